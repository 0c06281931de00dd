"""What random expressions are made of: for each type its smallest expressions, and rules with holes for parts."""

from __future__ import annotations

_A, _C = 'device.attributes["gpu.example.com"]', 'device.capacity["gpu.example.com"]'


def table(text: str) -> dict[str, tuple[str, ...]]:
    """Alternatives of each type, one type a paragraph: its name, a colon, and one alternative a line."""
    found = {}
    for paragraph in text.replace("$A", _A).replace("$C", _C).strip().split("\n\n"):
        name, *lines = paragraph.splitlines()
        found[name.rstrip(":")] = tuple(line.strip() for line in lines)
    return found


ATOMS = table("""
bool:
  true
  false
  $A.ecc
  device.allowMultipleAllocations

int:
  0
  1
  2
  -3
  9223372036854775807
  $A.index
  0x1F

uint:
  0u
  1u
  18446744073709551615u

double:
  0.5
  -1.0
  1e300
  3.0

string:
  ""
  "A100"
  'héllo'
  r"a\\d"
  "a,b"
  device.driver
  $A.model
  device.attributes["other.example.com"].model
  "192.168.0.1"
  "1.2.3"
  "40Gi"

bytes:
  b"abc"
  b""

ints:
  [1, 2, 3]
  []
  [3, 1]
  $A.numas

strings:
  ["A100", "H100"]
  ["b", "a", "b"]
  $A.links

quantity:
  quantity("40Gi")
  quantity("1.5")
  quantity("-2")
  quantity("1k")
  $C.memory
  $C.cores

semver:
  semver("1.2.3")
  semver("550.54.14")
  $A.driverVersion
  semver("v1.2", true)

ip:
  ip("192.168.0.1")
  ip("::1")
  ip("127.0.0.1")

cidr:
  cidr("192.168.0.0/16")
  cidr("::1/128")

url:
  url("https://user@example.com:8443/a/b?x=1&x=2")
  url("/path")

duration:
  duration("1h30m")
  duration("-1.5s")

timestamp:
  timestamp("2023-01-01T10:20:30Z")
  timestamp(0)

dyn:
  $A.model
  $A.index
  $A.ecc
  $A["driverVersion"]
  $A.absent
  $A.links
  dyn(1)
  dyn("x")
  null

map:
  {"a": 1, "b": 2}
  {}
  $A
  $C
  {1: "x", 2u: "y"}

doubles:
  [0.5, 1.5]
  [double("NaN"), 1.0]
  []

dyns:
  [dyn(1), "x", 2u]
  [dyn(1.0), true, null]
  $A.links
  []

type:
  int
  string
  type(1)

format:
  format.dns1123Label()
  format.uri()

optdyn:
  $A.?model
  $A[?"absent"]
  optional.of(dyn(1))

optint:
  optional.of(1)
  optional.none()
  $A.?index
  [1, 2][?0]
  {"a": 1}[?"b"]
  $A[?"index"]

optstring:
  $A.?model
  $A[?"absent"]
  optional.ofNonZeroValue("")
  device.attributes[?"other.example.com"].?model
""")

RULES = table("""
bool:
  <bool> && <bool>
  <bool> || <bool>
  !<bool>
  (<bool>) == (<bool>)
  <bool> ? <bool> : <bool>
  <int> == <int>
  <int> < <int>
  <int> >= <int>
  <uint> <= <uint>
  <double> > <double>
  <int> < <double>
  <string> == <string>
  <string> != <string>
  <string> < <string>
  <dyn> == <dyn>
  <dyn> != <string>
  <dyn> < <int>
  <dyn> == <int>
  <string> == <dyn>
  <dyn>
  <quantity> == <quantity>
  <quantity>.isGreaterThan(<quantity>)
  <quantity>.isLessThan(<quantity>)
  <quantity>.isInteger()
  isQuantity(<string>)
  <semver> == <semver>
  <semver>.isGreaterThan(<semver>)
  <semver>.isLessThan(<semver>)
  isSemver(<string>)
  isSemver(<string>, <bool>)
  <semver> == <string>
  <string> == <semver>
  <string>.startsWith(<string>)
  <string>.endsWith(<string>)
  <string>.contains(<string>)
  <string>.matches("^[A-H]1")
  <string>.matches("(\\\\d+)|é")
  <string>.matches(<string>)
  <string> in <strings>
  <int> in <ints>
  <dyn> in <strings>
  <string> in <map>
  <dyn>.includes(<dyn>)
  <dyn>.includes(<string>)
  has($A.model)
  has($A.absent)
  "other.example.com" in device.attributes
  <ints>.all(x, x > <int>)
  <ints>.exists(x, x == <int>)
  <ints>.exists_one(x, x < <int>)
  <ints>.all(i, x, i < x)
  <strings>.exists(s, s == <string>)
  <strings>.all(s, s.size() < <int>)
  <strings>.exists(i, s, i > 0 && s == <string>)
  $A.exists(k, k == "model")
  $A.exists(k, v, k == "model" && v == <dyn>)
  <ints> == <ints>
  <strings> == <strings>
  <ints>.isSorted()
  sets.contains(<ints>, <ints>)
  sets.intersects(<strings>, <strings>)
  sets.equivalent(<ints>, <ints>)
  <optint>.hasValue()
  <optstring>.hasValue()
  <optint> == <optint>
  <optstring>.orValue(<string>) == <string>
  isIP(<string>)
  isCIDR(<string>)
  isURL(<string>)
  ip.isCanonical(<string>)
  <ip>.isLoopback()
  <ip>.isGlobalUnicast()
  <ip> == <ip>
  <cidr>.containsIP(<ip>)
  <cidr>.containsIP(<string>)
  <cidr>.containsCIDR(<cidr>)
  <duration> < <duration>
  <timestamp> == <timestamp>
  <timestamp> + <duration> > <timestamp>
  <bytes> == <bytes>
  <map> == <map>
  type(<dyn>) == int
  type(<int>) == type(<dyn>)
  cel.bind(x, <int>, x == x + <int>)
  cel.bind(a, $A, a.ecc && a.index == <int>)
  cel.bind(b, <bool>, b || <bool>)
  format.dns1123Label().validate(<string>).hasValue()
  format.named("uuid").hasValue()
  bool(<string>)
  <url> == <url>
  <dyn>.isGreaterThan(<semver>)
  <dyn>.isGreaterThan(<quantity>)
  <dyn>.size() > <int>

int:
  <int> + <int>
  <int> - <int>
  <int> * <int>
  <int> / <int>
  <int> % <int>
  -<int>
  (<int>)
  <bool> ? <int> : <int>
  size(<string>)
  <strings>.size()
  size(<map>)
  size(<bytes>)
  int(<string>)
  int(<double>)
  int(<uint>)
  int(<timestamp>)
  <ints>[<int>]
  <map>["a"]
  <string>.indexOf(<string>)
  <string>.lastIndexOf(<string>)
  <string>.indexOf(<string>, <int>)
  <ints>.indexOf(<int>)
  <ints>.sum()
  <ints>.min()
  <ints>.max()
  <quantity>.asInteger()
  <quantity>.compareTo(<quantity>)
  sign(<quantity>)
  <semver>.major()
  <semver>.patch()
  <semver>.compareTo(<semver>)
  <ip>.family()
  <cidr>.prefixLength()
  <optint>.orValue(<int>)
  <optint>.value()
  <ints>.first().orValue(<int>)
  <duration>.getSeconds()
  <timestamp>.getFullYear()
  <timestamp>.getHours("America/New_York")
  cel.bind(x, <int>, x * x)

uint:
  <uint> + <uint>
  <uint> - <uint>
  <uint> * <uint>
  uint(<int>)
  uint(<string>)
  <uint> / <uint>

double:
  <double> + <double>
  <double> * <double>
  <double> / <double>
  double(<int>)
  double(<string>)
  <quantity>.asApproximateFloat()
  [<double>, <double>].max()

string:
  <string> + <string>
  <bool> ? <string> : <string>
  string(<int>)
  string(<double>)
  string(<bool>)
  string(<dyn>)
  string(<bytes>)
  string(<duration>)
  string(<timestamp>)
  string(<ip>)
  string(<cidr>)
  <string>.lowerAscii()
  <string>.upperAscii()
  <string>.trim()
  <string>.replace(<string>, <string>)
  <string>.replace(<string>, <string>, <int>)
  <string>.substring(<int>)
  <string>.substring(<int>, <int>)
  <string>.charAt(<int>)
  <string>.find("[0-9]+")
  <strings>.join()
  <strings>.join(<string>)
  <strings>[<int>]
  "%s-%d".format([<string>, <int>])
  "%.2f|%x|%b".format([<double>, <int>, <bool>])
  "%s".format([<dyn>])
  strings.quote(<string>)
  <optstring>.orValue(<string>)
  <optstring>.value()
  <url>.getHost()
  <url>.getScheme()
  <url>.getEscapedPath()
  <strings>.last().orValue(<string>)

bytes:
  bytes(<string>)
  <bytes> + <bytes>

ints:
  [<int>, <int>]
  <ints> + <ints>
  <ints>.map(x, x * <int>)
  <ints>.map(x, x > 1, x + 1)
  <ints>.filter(x, x % 2 == <int>)
  <ints>.sort()
  <ints>.reverse()
  <ints>.distinct()
  <ints>.slice(0, <int>)
  lists.range(<int>)
  [<ints>, <ints>].flatten()
  <ints>.transformList(i, x, i + x)
  <strings>.map(s, size(s))
  [?<optint>]
  <ints>.sortBy(x, -x)
  [<optint>, <optint>].unwrapOpt()

strings:
  [<string>, <string>]
  <string>.split(<string>)
  <string>.split(",", <int>)
  <strings>.map(s, s + <string>)
  <strings>.filter(s, s != <string>)
  <strings>.sort()
  <strings>.distinct()
  <string>.findAll("[a-z]")
  <string>.findAll("[0-9]", <int>)
  <url>.getQuery()["x"]
  {"a": <string>}.map(k, k)

quantity:
  quantity(<string>)
  <quantity>.add(<quantity>)
  <quantity>.sub(<quantity>)
  <quantity>.add(<int>)
  <bool> ? <quantity> : <quantity>

semver:
  semver(<string>)
  semver(<string>, <bool>)
  semver(string(<semver>))

ip:
  ip(<string>)
  <cidr>.ip()

cidr:
  cidr(<string>)
  <cidr>.masked()

url:
  url(<string>)

duration:
  duration(<string>)
  <duration> + <duration>
  <timestamp> - <timestamp>

timestamp:
  timestamp(<string>)
  timestamp(<int>)
  <timestamp> + <duration>

dyn:
  dyn(<int>)
  dyn(<string>)
  dyn(<quantity>)
  dyn(<semver>)
  dyn(<double>)
  $A[<string>]
  device.attributes[<string>].model
  device.capacity[<string>].memory
  [dyn(<int>), <string>][<int>]
  {"k": dyn(<bool>)}["k"]
  <dyn> ? <dyn> : <dyn>

map:
  {<string>: <int>}
  {"a": <int>, ?"b": <optint>}
  <map>.transformMap(k, v, k)
  {"x": 1, "y": 2}.transformMapEntry(k, v, {v: k})
  {"x": <int>}.transformMap(k, v, v > 1, v + 1)

optint:
  optional.of(<int>)
  optional.ofNonZeroValue(<int>)
  <optint>.or(<optint>)
  <optint>.optMap(x, x + <int>)
  <optint>.optFlatMap(x, optional.of(x * 2))
  <ints>[?<int>]
  <ints>.first()
  <map>[?<string>]

optstring:
  optional.of(<string>)
  <optstring>.or(<optstring>)
  <optstring>.optMap(s, s + <string>)
  <strings>[?<int>]
  <strings>.last()
  $A[?<string>]
""")
