"""Timestamps and durations as texts, and the parts of a date in a time zone (Go's package time, RFC 3339)."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from dra_policy.cel.arithmetic import LAST_SECOND, SECOND
from dra_policy.cel.data import INT_MAX, INT_MIN, Duration, Failure, Timestamp, Value

if TYPE_CHECKING:
    from datetime import tzinfo

_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_PART = r"(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(ns|us|µs|μs|ms|s|m|h)"
# The module ``re`` keeps these compiled once they are used: few commands do.
_DURATION = rf"([+-]?)((?:{_PART})+)"
_TIMESTAMP = (
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
# More of them are past every limit.
_MOST_DIGITS = 19
_EPOCH_DAY = 719163  # the ordinal of 1970-01-01


def parse_duration(text: str) -> int | None:
    """The nanoseconds of ``1h30m``, ``-1.5s``, ``0``; None for what Go's ParseDuration refuses."""
    if text in ("0", "+0", "-0"):
        return 0
    matched = re.fullmatch(_DURATION, text)
    if matched is None:
        return None
    total = 0
    for whole, fraction, bare_fraction, unit in re.findall(_PART, matched[2]):
        scale = _UNITS[unit]
        significant = whole.lstrip("0")
        if len(significant) > _MOST_DIGITS:
            return None
        total += int(significant or 0) * scale + _part_of(scale, fraction or bare_fraction)
    total = -total if matched[1] == "-" else total
    return total if INT_MIN <= total <= INT_MAX else None


def _part_of(scale: int, digits: str) -> int:
    """A fraction of a unit as Go computes it: of the digits that fit into 64 bits, in floating point."""
    number, divisor = 0, 1.0
    for digit in digits:
        longer = number * 10 + int(digit)
        if number > INT_MAX // 10 or longer > INT_MAX + 1:
            break
        number, divisor = longer, divisor * 10
    return int(float(number) * (scale / divisor))


def parse_timestamp(text: str) -> Timestamp | None:
    """The moment of an RFC 3339 text, years 0 to 9999; None for what is none."""
    matched = re.fullmatch(_TIMESTAMP, text)
    if matched is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in matched.groups()[:6])
    if not (1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return None
    if not 1 <= day <= _days_in_month(year, month):
        return None
    offset = 0
    if matched[8]:
        if int(matched[9]) > 24 or int(matched[10]) > 60:
            return None
        offset = (int(matched[9]) * 3600 + int(matched[10]) * 60) * (-1 if matched[8] == "-" else 1)
    seconds = _days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
    nanoseconds = seconds * SECOND + int((matched[7] or "")[:9].ljust(9, "0"))
    return Timestamp(nanoseconds, offset, _compared_zone(offset) if matched[8] else None)


def _compared_zone(offset: int) -> object:
    """What tells a written offset from others: Go keeps one zone for each whole hour, and makes all others anew."""
    hours, rest = divmod(offset, 3600)
    return hours if rest == 0 and -12 <= hours <= 14 else object()


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in_month(year: int, month: int) -> int:
    return (31, 29 if _is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _days_since_epoch(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 in the proleptic Gregorian calendar."""
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    days += sum(_days_in_month(year, earlier) for earlier in range(1, month))
    return days + day - _EPOCH_DAY


def _civil(seconds: int) -> tuple[int, int, int, int]:
    """Year, month, day and day of the year (from 0) of a moment in local seconds since 1970."""
    # Days since 0000-03-01, counted in eras of 400 years: March starts the year so that leap days come last.
    days = seconds // 86400 + 719468
    era, of_era = divmod(days, 146097)
    of_year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    march_day = of_era - (365 * of_year + of_year // 4 - of_year // 100)
    march_month = (5 * march_day + 2) // 153
    day = march_day - (153 * march_month + 2) // 5 + 1
    month = march_month + 3 if march_month < 10 else march_month - 9
    year = of_year + era * 400 + (1 if month <= 2 else 0)
    return year, month, day, sum(_days_in_month(year, earlier) for earlier in range(1, month)) + day - 1


def timestamp_text(value: Timestamp) -> str:
    """RFC 3339 with as many decimals as needed, in the offset that the timestamp was written with."""
    seconds, rest = divmod(value.nanoseconds, SECOND)
    local = seconds + value.offset
    year, month, day, _ = _civil(local)
    clock = f"{local % 86400 // 3600:02d}:{local % 3600 // 60:02d}:{local % 60:02d}"
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    sign = "-" if value.offset < 0 else "+"
    ahead = abs(value.offset)
    zone = f"{sign}{ahead // 3600:02d}:{ahead % 3600 // 60:02d}" if value.offset else "Z"
    # Go counts no sign among the four places of a year.
    return f"{'-' if year < 0 else ''}{abs(year):04d}-{month:02d}-{day:02d}T{clock}{fraction}{zone}"


def _zone_offset(zone: str, seconds: int) -> int | Failure:
    """Seconds ahead of UTC at a moment, of ``UTC``, ``Europe/Berlin``, ``-08:00`` or ``2:00``."""
    if ":" in zone:
        hours, _, minutes = zone.partition(":")
        for part in (hours, minutes):
            problem = _integer_problem(part)
            if problem is not None:
                return Failure(f'strconv.Atoi: parsing "{part}": {problem}')
        ahead = int(hours) * 60 + (-int(minutes) if zone.startswith("-") else int(minutes))
        return ahead * 60
    if zone in ("", "UTC"):
        return 0
    return _named_zone_offset(zone, seconds)


def _integer_problem(text: str) -> str | None:
    """What Go's Atoi says of a text that is no int."""
    if not _INTEGER.fullmatch(text):
        return "invalid syntax"
    digits = text.lstrip("+-").lstrip("0")
    most = -INT_MIN if text[0] == "-" else INT_MAX
    return "value out of range" if len(digits) > 19 or int(digits or "0") > most else None


# The zones' files of the system that Kubernetes runs on (Go, time/zoneinfo_unix.go).
_SOURCES = ("/usr/share/zoneinfo/", "/usr/share/lib/zoneinfo/", "/usr/lib/locale/TZ/", "/etc/zoneinfo/")
# Go's words for what the system says of a file that cannot be read.
_UNREADABLE = {
    "ENAMETOOLONG": "file name too long",
    "ENOTDIR": "not a directory",
    "EISDIR": "is a directory",
    "EACCES": "permission denied",
}


def _named_zone_offset(zone: str, seconds: int) -> int | Failure:
    if ".." in zone or zone[0] in "/\\":
        return Failure("time: invalid location name")
    if "\0" in zone:
        return Failure("invalid argument")
    information = _zone(zone)
    if isinstance(information, Failure):
        return information
    from datetime import UTC, datetime, timedelta

    # Python's dates end where local ones could be in another year; the rules of a zone repeat after 400 years.
    within = min(max(seconds, -62135510400), LAST_SECOND - 2 * 86400)
    ahead = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=within)).astimezone(information).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo | Failure:
    """A zone by its file; Local is what the process is set to."""
    from datetime import UTC
    from zoneinfo import ZoneInfo

    if name == "Local":
        import os

        name = os.environ.get("TZ", "localtime").removeprefix(":") or "UTC"
        found = _zone(name) if name != "Local" and name[0] != "/" else UTC
        return UTC if isinstance(found, Failure) else found
    problem = _read_zone(name)
    if problem is not None and not isinstance(problem, str):
        return problem
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return Failure(problem or f"unknown time zone {name}")


def _read_zone(name: str) -> tzinfo | str | None:
    """A zone as Go reads it from the first file of its name; the first problem but a missing file, or None."""
    import errno
    from zoneinfo import ZoneInfo

    problem: str | None = None
    for source in _SOURCES:
        try:
            with open(source + name, "rb") as file:
                return ZoneInfo.from_file(file, key=name)
        except (FileNotFoundError, UnicodeEncodeError):
            continue
        except OSError as error:
            said = _UNREADABLE.get(errno.errorcode.get(error.errno or 0, ""), "input/output error")
        except (ValueError, EOFError, IndexError, MemoryError, struct.error):
            said = "malformed time zone information"
        problem = problem or said
    return problem


def _local(part: Callable[[int, int], int]) -> Callable[..., Value]:
    """A function of (local seconds since 1970, nanoseconds) as one of a timestamp and, if given, a zone."""

    def of(moment: Timestamp, zone: str = "UTC") -> Value:
        seconds, rest = divmod(moment.nanoseconds, SECOND)
        ahead = _zone_offset(zone, seconds)
        return ahead if isinstance(ahead, Failure) else part(seconds + ahead, rest)

    return of


# Months, days of the year, month and week count from 0, the date from 1 (cel-spec, Timestamps).
TIMESTAMP_PARTS: dict[str, Callable[..., Value]] = {
    "getFullYear": _local(lambda seconds, _: _civil(seconds)[0]),
    "getMonth": _local(lambda seconds, _: _civil(seconds)[1] - 1),
    "getDate": _local(lambda seconds, _: _civil(seconds)[2]),
    "getDayOfMonth": _local(lambda seconds, _: _civil(seconds)[2] - 1),
    "getDayOfYear": _local(lambda seconds, _: _civil(seconds)[3]),
    "getDayOfWeek": _local(lambda seconds, _: (seconds // 86400 + 4) % 7),
    "getHours": _local(lambda seconds, _: seconds % 86400 // 3600),
    "getMinutes": _local(lambda seconds, _: seconds % 3600 // 60),
    "getSeconds": _local(lambda seconds, _: seconds % 60),
    "getMilliseconds": _local(lambda _, rest: rest // 10**6),
}


def _whole(unit: int) -> Callable[[Duration], Value]:
    def of(span: Duration) -> Value:
        whole = abs(span.nanoseconds) // unit
        return whole if span.nanoseconds >= 0 else -whole

    return of


DURATION_PARTS: dict[str, Callable[[Duration], Value]] = {
    "getHours": _whole(3600 * SECOND),
    "getMinutes": _whole(60 * SECOND),
    "getSeconds": _whole(SECOND),
    "getMilliseconds": _whole(10**6),
}
