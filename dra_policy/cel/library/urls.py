"""URLs as Go's net/url parses them (k8s.io/apiserver pkg/cel/library urls)."""

from __future__ import annotations

import re

from dra_policy.cel.data import GO_NAMES, TYPE_NAMES, Failure, MapValue, Value
from dra_policy.cel.equality import LIBRARY_EQUALITY
from dra_policy.cel.functions import Function, Overload
from dra_policy.cel.library.addresses import parse_address
from dra_policy.record import dataclass
from dra_policy.values.go_text import go_quote

URL_TYPE = "kubernetes.URL"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
# Characters that each part of a URL leaves as they are.
_PATH = _UNRESERVED | frozenset("$&+,/:;=@")
_HOST = _UNRESERVED | frozenset("!$&'()*+,;=:[]<>\"")
_USER_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:~!$&'()*+,;=%@")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PORT = re.compile(r"(:[0-9]*)?")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


class _UrlError(Exception):
    """A text that is no URL."""


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in parts; ``path`` as written (escapes included), ``user`` None where there is none."""

    scheme: str = ""
    opaque: str = ""
    user: str | None = None
    host: str = ""
    path: str = ""
    query: str = ""
    forced_query: bool = False
    fragment: str = ""
    has_authority: bool = False

    def __str__(self) -> str:
        """The URL as Go prints it, which equality compares."""
        start = f"{self.scheme}:" if self.scheme else ""
        end = ("?" + self.query if self.query or self.forced_query else "") + (
            "#" + self.fragment if self.fragment else ""
        )
        if self.opaque:
            return start + self.opaque + end
        user = "" if self.user is None else self.user + "@"
        authority = "//" + user + _escape(self.host, _HOST) if self.has_authority else ""
        return start + authority + _escaped_path(self) + end


TYPE_NAMES[Url] = URL_TYPE
GO_NAMES[Url] = "cel.URL"
LIBRARY_EQUALITY[Url] = lambda one, other: str(one) == str(other)


def _unescape(text: str, allowed: frozenset[str] | None = None) -> str:
    """Escapes replaced; ``allowed`` are the only ASCII characters a host may have."""
    for match in re.finditer("%", text):
        escape = text[match.start() : match.start() + 3]
        if not _ESCAPE.fullmatch(escape) or (allowed is not None and int(escape[1], 16) < 8 and escape != "%25"):
            raise _UrlError(f"invalid URL escape {go_quote(escape)}")
    for character in text if allowed is not None else "":
        if character != "%" and ord(character) < 128 and allowed is not None and character not in allowed:
            raise _UrlError(f"invalid character {go_quote(character)} in host name")
    data = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode("utf-8"))
    return data.decode("utf-8", "replace")


def _escape(text: str, kept: frozenset[str]) -> str:
    return "".join(
        character if character in kept else "".join(f"%{byte:02X}" for byte in character.encode("utf-8"))
        for character in text
    )


def _escaped_path(url: Url) -> str:
    valid = all(character in _PATH or character in "!'()*[]%" for character in url.path)
    return url.path if valid else _escape(_unescape(url.path), _PATH)


def _host(scheme: str, host: str) -> str:
    bracket = host.rfind("[")
    if bracket > 0:
        raise _UrlError("invalid IP-literal")
    if bracket == 0:
        return _bracketed_host(host)
    colon = host.find(":")
    if colon >= 0:
        if scheme not in ("http", "https"):
            colon = host.rfind(":")
        _check_port(host[colon:])
    return _unescape(host, _HOST)


def _check_port(port: str) -> None:
    if not _PORT.fullmatch(port):
        raise _UrlError(f"invalid port {go_quote(port)} after host")


def _bracketed_host(host: str) -> str:
    closing = host.rfind("]")
    if closing < 0:
        raise _UrlError("missing ']' in host")
    _check_port(host[closing + 1 :])
    name = host[1:closing]
    zone = name.find("%25")
    plain = _unescape(name, _HOST) if zone < 0 else _unescape(name[:zone], _HOST) + _unescape(name[zone:])
    address = parse_address(plain)
    if isinstance(address, str):
        raise _UrlError(f"invalid host: {address}")
    if address.bits == 32:
        raise _UrlError("invalid IP-literal")
    return f"[{plain}]{host[closing + 1 :]}"


def _authority(scheme: str, authority: str) -> tuple[str | None, str]:
    user, separator, host = authority.rpartition("@")
    parsed = _host(scheme, host)
    if not separator:
        return None, parsed
    if not _USER_LETTERS.issuperset(user):
        raise _UrlError("net/url: invalid userinfo")
    _unescape(user)
    return user, parsed


def _parse(text: str, *, is_request: bool) -> Url:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise _UrlError("net/url: invalid control character in URL")
    if not text and is_request:
        raise _UrlError("empty url")
    if text == "*":
        return Url(path="*")
    if text.startswith(":"):
        raise _UrlError("missing protocol scheme")
    found = _SCHEME.match(text)
    scheme = found.group()[:-1].lower() if found else ""
    rest = text[found.end() :] if found else text
    forced = rest.endswith("?") and rest.count("?") == 1
    rest, _, query = (rest[:-1], "", "") if forced else rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, opaque=rest, query=query, forced_query=forced)
        if is_request:
            raise _UrlError("invalid URI for request")
        if ":" in rest.partition("/")[0]:
            raise _UrlError("first path segment in URL cannot contain colon")
    user, host, has_authority = None, "", False
    if rest.startswith("//") and (scheme or (not is_request and not rest.startswith("///"))):
        authority, slash, path = rest[2:].partition("/")
        user, host = _authority(scheme, authority)
        rest, has_authority = slash + path, True
    _unescape(rest)
    return Url(scheme, "", user, host, rest, query, forced, has_authority=has_authority)


def parse_request_url(text: str) -> Url | str:
    """A URL as an HTTP request has it, absolute or a path from the root; Go's refusal where it is none."""
    try:
        return _parse(text, is_request=True)
    except _UrlError as problem:
        return f"parse {go_quote(text)}: {problem}"


def _url(text: str) -> Value:
    request = parse_request_url(text)
    if isinstance(request, str):
        return Failure(f"URL parse error during conversion from string: {request}")
    before, _, fragment = text.partition("#")
    try:
        parsed = _parse(before, is_request=False)
    except _UrlError as problem:
        return Failure(f"URL parse error during conversion from string: parse {go_quote(before)}: {problem}")
    return Url(
        parsed.scheme,
        parsed.opaque,
        parsed.user,
        parsed.host,
        parsed.path,
        parsed.query,
        parsed.forced_query,
        fragment,
        parsed.has_authority,
    )


def _split_port(host: str) -> tuple[str, str]:
    colon = host.rfind(":")
    port = ""
    if colon >= 0 and _PORT.fullmatch(host[colon:]):
        host, port = host[:colon], host[colon + 1 :]
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host, port


def _query(url: Url) -> Value:
    found: dict[Value, Value] = {}
    for part in url.query.split("&"):
        if not part or ";" in part:
            continue
        key, _, value = part.partition("=")
        try:
            name, text = (_unescape(piece.replace("+", " ")) for piece in (key, value))
        except _UrlError:
            continue
        values = found.setdefault(name, [])
        assert isinstance(values, list)
        values.append(text)
    return MapValue(found)


FUNCTIONS = (
    Function("url", (Overload("string_to_url", ("string",), _url),)),
    Function("getScheme", (Overload("url_get_scheme", (URL_TYPE,), lambda url: url.scheme),)),
    Function("getHost", (Overload("url_get_host", (URL_TYPE,), lambda url: url.host),)),
    Function("getHostname", (Overload("url_get_hostname", (URL_TYPE,), lambda url: _split_port(url.host)[0]),)),
    Function("getPort", (Overload("url_get_port", (URL_TYPE,), lambda url: _split_port(url.host)[1]),)),
    Function("getEscapedPath", (Overload("url_get_escaped_path", (URL_TYPE,), _escaped_path),)),
    Function("getQuery", (Overload("url_get_query", (URL_TYPE,), _query),)),
    Function("isURL", (Overload("is_url_string", ("string",), lambda text: isinstance(parse_request_url(text), Url)),)),
)
