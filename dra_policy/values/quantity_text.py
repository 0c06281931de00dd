"""Read the text of a quantity, and write its canonical form, as apimachinery ``pkg/api/resource`` does."""

from __future__ import annotations

from functools import lru_cache

from dra_policy.values.int64 import MAX_INT64, MIN_INT64

DECIMAL_SI = "DecimalSI"
BINARY_SI = "BinarySI"
DECIMAL_EXPONENT = "DecimalExponent"

# Text -> (base, exponent, format): quantity_suffix of the API documentation.
_SUFFIXES = {
    "": (10, 0, DECIMAL_SI),
    "n": (10, -9, DECIMAL_SI),
    "u": (10, -6, DECIMAL_SI),
    "m": (10, -3, DECIMAL_SI),
    "k": (10, 3, DECIMAL_SI),
    "M": (10, 6, DECIMAL_SI),
    "G": (10, 9, DECIMAL_SI),
    "T": (10, 12, DECIMAL_SI),
    "P": (10, 15, DECIMAL_SI),
    "E": (10, 18, DECIMAL_SI),
    "Ki": (2, 10, BINARY_SI),
    "Mi": (2, 20, BINARY_SI),
    "Gi": (2, 30, BINARY_SI),
    "Ti": (2, 40, BINARY_SI),
    "Pi": (2, 50, BINARY_SI),
    "Ei": (2, 60, BINARY_SI),
}
_DECIMAL_SUFFIXES = {exponent: text for text, (base, exponent, _) in _SUFFIXES.items() if base == 10}
_BINARY_SUFFIXES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")

_DIGITS = "0123456789"
_SUFFIX_LETTERS = "eEinumkKMGTP"
_NANO = -9
# Python refuses to read longer numbers by default (a quadratic algorithm); no real quantity comes near.
_MOST_DIGITS = 2000

MOST_PLACES = 100_000
"""Kubernetes computes with exponents up to 2**31 and takes minutes for it; past this many places it is an error."""

_FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_NUMERIC_WRONG = "unable to parse numeric part of quantity"
_SUFFIX_WRONG = "unable to parse quantity's suffix"


class QuantityError(ValueError):
    """A text that is no quantity, or a conversion that does not hold; the message is Kubernetes'."""


# (unscaled, scale, whether the inf.Dec form is used, format, whether Kubernetes keeps the text as canonical);
# the amount is unscaled * 10**scale.
Reading = tuple[int, int, bool, str, bool]


def read_quantity(text: str) -> Reading:
    """Read a quantity into the same of its two forms that ParseQuantity chooses.

    The choice shows (``isInteger``, ``Value``), so it is part of the meaning: up to 18 digits with a decimal suffix,
    or a binary one without fraction whose digits and exponent together stay below 15 digits, make an int64 with a
    scale; everything else an unlimited decimal.

    Raises:
        QuantityError: with the text of ParseQuantity.
    """
    if not text:
        raise QuantityError(_FORMAT_WRONG)
    number, whole, fraction, suffix = _split(text)
    base, exponent, form = _interpret(suffix)
    digits = len(whole) + len(fraction)
    if base == 10:
        scale = exponent - len(fraction)
        if digits <= 18 and scale >= _NANO:
            shifted = whole + fraction
            unscaled = int(shifted)
            keeps = scale % 3 == 0 and not shifted.endswith("000") and shifted[0] != "0"
            return -unscaled if text[0] == "-" else unscaled, scale, False, form, keeps or text == "0"
    elif not fraction and 14 - len(whole) - exponent * 3 // 10 >= 0:
        value = int(whole)
        unscaled = value << exponent
        return -unscaled if text[0] == "-" else unscaled, 0, False, form, value & 7 != 0
    return _read_decimal(number, base, exponent, form)


def _split(text: str) -> tuple[str, str, str, str]:
    """The signed number as written, its digits before and after the point without leading zeros, and the suffix."""
    unsigned = text[1:] if text[0] in "+-" else text
    significant = unsigned.lstrip("0")
    if not significant:
        return "0", "0", "", ""
    rest = significant.lstrip(_DIGITS)
    whole = significant[: len(significant) - len(rest)] or "0"
    fraction = ""
    if rest.startswith("."):
        after_point = rest[1:]
        rest = after_point.lstrip(_DIGITS)
        fraction = after_point[: len(after_point) - len(rest)]
    number = text[: len(text) - len(rest)]
    exponent = rest.lstrip(_SUFFIX_LETTERS)
    if exponent[:1] in ("+", "-"):
        exponent = exponent[1:]
    if exponent.lstrip(_DIGITS):
        raise QuantityError(_FORMAT_WRONG)
    return number, whole, fraction, rest


def _interpret(suffix: str) -> tuple[int, int, str]:
    """Base, exponent and format of a suffix."""
    known = _SUFFIXES.get(suffix)
    if known is not None:
        return known
    digits = suffix[2:] if suffix[1:2] in ("+", "-") else suffix[1:]
    if suffix[0] not in "eE" or not digits or digits.strip(_DIGITS) or len(digits) > _MOST_DIGITS:
        raise QuantityError(_SUFFIX_WRONG)
    exponent = int(suffix[1:])
    if not MIN_INT64 <= exponent <= MAX_INT64:
        raise QuantityError(_SUFFIX_WRONG)
    # ParseQuantity keeps the low 32 bits.
    return 10, (exponent + 2**31) % 2**32 - 2**31, DECIMAL_EXPONENT


def _read_decimal(number: str, base: int, exponent: int, form: str) -> Reading:
    """The unlimited decimal form, at most nine places, binary amounts capped at the largest int64."""
    written, _, fraction = number.lstrip("+-").partition(".")
    digits = written + fraction
    if not digits or len(digits) > _MOST_DIGITS:
        raise QuantityError(_NUMERIC_WRONG)
    unscaled, scale = int(digits), -len(fraction)
    if base == 10:
        scale += exponent
    else:
        unscaled <<= exponent
    if unscaled:
        unscaled, scale = round_up(unscaled, scale, _NANO), _NANO
    if form == BINARY_SI:
        if unscaled > MAX_INT64 * ten_to(-scale):
            unscaled, scale = MAX_INT64, 0
        if 0 < unscaled < ten_to(-scale):
            form = DECIMAL_SI
    return -unscaled if number[0] == "-" else unscaled, scale, True, form, False


def ten_to(places: int) -> int:
    """A power of ten, ``places`` not negative."""
    if places > _MOST_DIGITS:
        return _huge_power(places)
    power: int = 10**places
    return power


@lru_cache(maxsize=8)
def _huge_power(places: int) -> int:
    """A power that takes milliseconds: a selector that loops over it asks for the same one each time."""
    power: int = 10**places
    return power


def round_up(unscaled: int, scale: int, to: int) -> int:
    """``unscaled * 10**scale`` counted in units of ``10**to``, rounded away from zero.

    Raises:
        QuantityError: if more than MOST_PLACES are to be added.
    """
    if scale >= to:
        if scale - to > MOST_PLACES:
            raise QuantityError(_NUMERIC_WRONG)
        return unscaled * ten_to(scale - to)
    size = abs(unscaled)
    # A bit is less than a third of a digit: past this many places nothing but the rounding is left.
    places = min(to - scale, size.bit_length() + 1)
    quotient, remainder = divmod(size, ten_to(places))
    size = quotient + (remainder != 0)
    return -size if unscaled < 0 else size


def write_quantity(unscaled: int, scale: int, form: str) -> str:
    """The canonical text: no fraction, the largest exponent or suffix that loses nothing.

    A binary amount below 1024 or with a fraction is written in decimal form. Where Kubernetes has no suffix for a
    decimal exponent (``1000E``) it writes none; here the exponent is written, so that the amount is kept.
    """
    if unscaled == 0:
        return "0"
    mantissa, exponent = strip_zeros(unscaled, scale)
    if form == BINARY_SI and exponent >= 0 and not -1024 < mantissa * ten_to(exponent) < 1024:
        return _write_binary(mantissa * ten_to(exponent))
    mantissa *= ten_to(exponent % 3)
    exponent -= exponent % 3
    digits = _digits(mantissa)
    if exponent == 0:
        return digits
    if form == DECIMAL_EXPONENT or exponent not in _DECIMAL_SUFFIXES:
        return f"{digits}e{exponent}"
    return f"{digits}{_DECIMAL_SUFFIXES[exponent]}"


def _digits(number: int) -> str:
    """``str(number)``, which Python refuses for numbers of some thousand digits."""
    if number < 0:
        return f"-{_digits(-number)}"
    if number < ten_to(_MOST_DIGITS):
        return str(number)
    # Halves, as the cost grows with the square of the length.
    half = number.bit_length() // 7
    high, low = divmod(number, ten_to(half))
    return _digits(high) + _digits(low).rjust(half, "0")


def _write_binary(amount: int) -> str:
    times = 0
    while amount % 1024 == 0 and times < len(_BINARY_SUFFIXES) - 1:
        amount //= 1024
        times += 1
    return f"{_digits(amount)}{_BINARY_SUFFIXES[times]}"


def strip_zeros(unscaled: int, scale: int) -> tuple[int, int]:
    """The same amount with the smallest unscaled number; zero has scale 0."""
    if unscaled == 0:
        return 0, 0
    step = 1
    while (rest := divmod(unscaled, ten_to(step)))[1] == 0:
        unscaled, scale, step = rest[0], scale + step, step * 2
    while step > 1:
        step //= 2
        quotient, remainder = divmod(unscaled, ten_to(step))
        if remainder == 0:
            unscaled, scale = quotient, scale + step
    return unscaled, scale
