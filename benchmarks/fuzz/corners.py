"""What random expressions have seldom: rarer functions, errors inside loops and logic, texts that do not compile."""

from __future__ import annotations

from benchmarks.fuzz.grammar import table

CORNERS = table("""
bool:
  1 / <int> == 1 && <bool>
  <bool> && 7 % <int> == 1
  1 / <int> == 1 || <bool>
  <bool> || int(<string>) > 0
  <dyn> && <bool>
  <bool> || <dyn>
  <dyn> || <dyn> && <bool>
  <dyn> ? <bool> : <bool>
  !<dyn>
  <ints>.all(x, 6 / x > 1)
  <ints>.exists(x, 6 % x == 1)
  <ints>.exists_one(x, 6 / x == 3)
  <ints>.exists_one(i, x, i == x)
  <ints>.existsOne(i, x, x / i == 1)
  <dyns>.all(x, x > <dyn>)
  <dyns>.exists(x, x == <dyn>)
  <dyns>.exists(x, x)
  <dyns>.exists_one(x, x == 1)
  <dyns>.all(i, x, i < x || x == "x")
  <dyn>.all(x, x != <dyn>)
  <dyn>.exists(k, v, k == v)
  <map>.all(k, k != <string>)
  <map>.exists(k, v, v == <int>)
  <map>.exists_one(k, k == "a")
  device.attributes.exists(d, d == <string>)
  device.attributes.exists(d, v, "model" in v)
  device.attributes.all(d, device.attributes[d].size() < <int>)
  device.capacity.exists(d, v, v.all(n, q, q.isInteger()))
  $A.all(k, $A[k] != <dyn>)
  $C.all(k, v, v.isGreaterThan(<quantity>))
  <ints>.exists(x, <strings>.exists(y, size(y) == x))
  <ints>.all(x, <ints>.exists(x, x == <int>))
  <ints>.all(x, cel.bind(y, x * x, y >= x))
  cel.bind(x, <dyn>, x == x && <bool>)
  cel.bind(x, <dyns>, x.exists(y, y == x[0]))
  cel.bind(x, 1 / <int>, <bool> || x == 1)
  cel.bind(x, <optint>, x.hasValue() ? x.value() > 0 : <bool>)
  has({"a": <int>}.a)
  has({"a": 1}.b)
  has(<map>.a)
  has($A.?model.orValue({"a": 1}).a)
  has(device.attributes.absent)
  has(device.driver)
  has(device.allowMultipleAllocations)
  has(<dyn>.a)
  <dyn>.a == <dyn>
  <dyn>.a.b == <int>
  <dyn>[<int>] == <dyn>
  <dyn>.?a.hasValue()
  <dyn>[?<string>].hasValue()
  $A.?links[?<int>].orValue("x") == <string>
  <double> == <int>
  <uint> == <int>
  <uint> < <double>
  <double> != <double>
  <dyn> < <dyn>
  <dyn> >= <dyn>
  <dyn> == null
  null == <dyn>
  <bytes> < <bytes>
  google.protobuf.StringValue{value: <dyn>} == <string>
  google.protobuf.StringValue{?value: optional.of(<string>)} == <string>
  google.protobuf.Int32Value{value: <dyn>} == <int>
  google.protobuf.UInt64Value{value: <dyn>} == <uint>
  google.protobuf.FloatValue{value: <double>} == <double>
  google.protobuf.BytesValue{value: dyn([<uint>])} == <bytes>
  google.protobuf.Value{number_value: <dyn>} == <double>
  google.protobuf.Value{list_value: dyn(<ints>)} == <ints>
  google.protobuf.ListValue{values: <dyns>} == <ints>
  google.protobuf.ListValue{values: [<timestamp>]} == <dyns>
  google.protobuf.ListValue{values: [<optint>]} == <dyns>
  google.protobuf.Struct{fields: {"a": <bytes>}} == <map>
  google.protobuf.Duration{seconds: <int>, nanos: <int>} == <duration>
  <bool> < <bool>
  <timestamp> <= <timestamp>
  <duration> == <duration>
  <semver> != <semver>
  <quantity> != <quantity>
  <dyn> == <quantity>
  <quantity> == <dyn>
  <dyn> != <semver>
  <ip> == <dyn>
  <dyn> == <url>
  <type> == <type>
  <type> == type(<dyn>)
  <dyn> in <dyns>
  <dyn> in <ints>
  <double> in <ints>
  <dyn> in <map>
  <uint> in {1: "x", 2u: "y"}
  <quantity> in [<quantity>, <quantity>]
  <semver> in [<semver>]
  <dyn> in [<semver>]
  <dyn> in ["A100", "H100"]
  <dyn> in [1, 2u, 3.0]
  <bool> in [<bool>]
  <optint> in [<optint>]
  [<dyn>] == [<dyn>]
  {<string>: <dyn>} == {<string>: <dyn>}
  <dyns> == <dyns>
  <optint> == <optstring>
  <optstring> != <optstring>
  <optdyn> == optional.of(<dyn>)
  <optdyn>.hasValue()
  <ip>.isUnspecified()
  <ip>.isLinkLocalMulticast()
  <ip>.isLinkLocalUnicast()
  ip.isCanonical(string(<ip>))
  <cidr> == <cidr>
  <cidr>.containsCIDR(<string>)
  <format>.validate(<string>).hasValue()
  <format>.validate(<string>).orValue([]).size() > <int>
  <format>.validate(<dyn>) == optional.none()
  format.named(<string>).hasValue()
  format.named("dns1123Label").value().validate(<string>) == optional.none()
  <strings>.isSorted()
  <doubles>.isSorted()
  [<quantity>].isSorted()
  [<duration>, <duration>].isSorted()
  sets.contains(<dyns>, <dyns>)
  sets.equivalent(<dyns>, <ints>)
  sets.intersects([<dyn>], <strings>)
  <strings>.includes(<string>)
  <ints>.includes(<dyn>)
  <ints>.includes(<ints>)
  <int>.includes(<int>)
  <dyn>.includes(<semver>)
  <string>.matches("^(a|b)*$")
  <string>.matches("[[:alpha:]]{2,3}\\\\b")
  <string>.matches("(?i)h100")
  <string>.matches(string(<dyn>))
  <dyn>.matches("x")
  <dyn>.startsWith(<string>)
  <string>.contains(<dyn>)
  "%s".format([<map>]) == <string>
  <strings>.reverse() == <strings>
  <dyn>.exists(x, x == 1) || <bool>
  string(<string>) == <string>
  bool(<dyn>)
  bool(<bool>)

int:
  <int> * -9223372036854775807
  9223372036854775807 + <int>
  <int> / 0
  <int> % 0
  -(<int>)
  - -<int>
  int(<int>)
  int(<dyn>)
  int(<duration>)
  size(<ints>)
  size(<dyns>)
  <map>.size()
  <dyn>.size()
  size(<dyn>)
  <strings>[<dyn>].size()
  <dyns>[<int>]
  <map>[<string>]
  <strings>.indexOf(<string>)
  <strings>.lastIndexOf(<string>)
  <ints>.lastIndexOf(<int>)
  <dyns>.indexOf(<dyn>)
  <string>.lastIndexOf(<string>, <int>)
  <ints>.last().value()
  <ints>.filter(x, x > 1).sum()
  <ints>.map(x, x * 2).max()
  [<int>].min()
  <strings>.map(s, size(s)).sum()
  <semver>.minor()
  semver(<string>).major()
  <url>.getPort() == "" ? <int> : <int>
  <duration>.getHours()
  <duration>.getMinutes()
  <duration>.getMilliseconds()
  <timestamp>.getMonth()
  <timestamp>.getDate()
  <timestamp>.getDayOfMonth()
  <timestamp>.getDayOfWeek()
  <timestamp>.getDayOfYear()
  <timestamp>.getSeconds()
  <timestamp>.getMilliseconds()
  <timestamp>.getMinutes("+05:30")
  <timestamp>.getHours(<string>)
  <timestamp>.getDate("Asia/Tokyo")
  <timestamp>.getDayOfWeek("-08:00")
  <optint>.optMap(x, x / <int>).orValue(<int>)
  <optint>.optFlatMap(x, <optint>).value()
  <optint>.or(<optint>).orValue(<int>)
  <optdyn>.orValue(1)
  {"a": <int>}.a
  {"a": {"b": <int>}}.a.b
  [[<int>]][0][<int>]
  <ints>.transformMap(i, x, x)[<int>]
  sign(<quantity>) + <int>
  cel.bind(x, <ints>, x[0] + x.size())
  <strings>.sortBy(s, size(s)).size()

uint:
  <uint> % <uint>
  uint(<double>)
  uint(<dyn>)
  uint(<uint>)
  0u - <uint>

double:
  <double> - <double>
  -<double>
  double(<uint>)
  double(<dyn>)
  double("NaN")
  double("-Infinity")
  <doubles>.sum()
  <doubles>.min()
  <double> / 0.0
  <quantity>.add(<quantity>).asApproximateFloat()

string:
  string(<uint>)
  string(<quantity>)
  string(<url>)
  string(<map>)
  string(<type>)
  <string>.replace("", "-")
  <string>.replace(<string>, <string>, -1)
  <string>.substring(<int>, <int>)
  <string>.split("").join("-")
  <string>.split(<string>, -1).join()
  <strings>.map(s, s.upperAscii()).join(",")
  <string>.find(<string>)
  <string>.find("(a)(b)?")
  <string>.lowerAscii().upperAscii()
  <strings>.min()
  <strings>.max()
  <strings>.first().value()
  <strings>[?<int>].orValue(<string>)
  <url>.getHostname()
  <url>.getPort()
  <url>.getQuery().a[0]
  url(<string>).getHost()
  "%d|%s".format([<uint>, <double>])
  "%e %.3e".format([<double>, <double>])
  "%f".format([<int>])
  "%x|%X".format([<string>, <bytes>])
  "%o|%b|%X".format([<int>, <uint>, <int>])
  "%s %s".format([<ints>, <map>])
  "%s %s".format([<duration>, <timestamp>])
  "%s".format([<optint>])
  "%s".format([<quantity>])
  "%d".format([<dyn>])
  "%.1f".format([<dyn>])
  "%%%s".format([<strings>])
  <string>.format([<dyn>])
  strings.quote(<string> + "\\n\\"\\u00e9")
  <optint>.optMap(x, string(x)).orValue(<string>)
  {<string>: <string>}[<string>]
  {1: "x", 2u: "y"}[<dyn>]
  <timestamp>.getFullYear() > 2000 ? <string> : <string>
  <bytes>.size() > 2 ? <string> : string(<bytes>)

bytes:
  bytes(<bytes>)
  b"\\xff\\x00"
  bytes(<string> + "é")

ints:
  <ints>.slice(<int>, <int>)
  <ints>.slice(1, 2)
  [[<int>], <ints>].flatten()
  [[1, [2]], <ints>].flatten(<int>)
  <ints>.filter(x, 4 / x > 1)
  <ints>.map(x, 4 / x)
  <ints>.map(x, x != 0, 4 / x)
  <ints>.transformList(i, x, x > <int>, i)
  <ints>.transformList(i, x, x / i)
  <ints>.sortBy(x, 4 / x)
  <ints>.sortBy(x, <int>)
  <strings>.map(s, s.indexOf("a"))
  [?<ints>[?<int>], <int>]
  lists.range(3).map(x, x * <int>)
  <map>.map(k, <map>[k])
  optional.unwrap([<optint>, <optint>])
  <bool> ? <ints> : <ints>
  cel.bind(x, <ints>, x + x)
  <dyn>

strings:
  <strings> + <strings>
  <strings>.reverse()
  <strings>.slice(0, <int>)
  <strings>.sortBy(s, s)
  <strings>.sortBy(s, -size(s))
  [<strings>, <strings>].flatten()
  <strings>.transformList(i, s, s + string(i))
  <strings>.filter(s, s.matches("^[A-Z]"))
  <string>.findAll(<string>)
  <string>.findAll("", -1)
  <string>.split("", <int>)
  <map>.map(k, k)
  $A.map(k, k)
  $A.map(k, k == "model", k).sort()
  <format>.validate(<string>).orValue(["fine"])
  optional.unwrap([<optstring>])
  [?<optstring>]
  <url>.getQuery()[<string>]
  <bool> ? <strings> : <strings>

doubles:
  [<double>, <double>]
  [1.5, -0.0, 0.0]
  <doubles>.sort()
  <doubles>.map(x, x * <double>)

dyns:
  [dyn(1), "x", <dyn>]
  [<dyn>, <dyn>]
  <dyns> + <dyns>
  <ints>.map(x, dyn(x))
  <dyns>.distinct()
  <dyns>.reverse()
  <dyns>.sort()
  [<optdyn>, <optdyn>].unwrapOpt()
  $A.links

dyn:
  dyn(<uint>)
  dyn(<bool>)
  dyn(<ints>)
  dyn(<map>)
  dyn(<strings>)
  dyn(<duration>)
  dyn(<optint>)
  dyn(<bytes>)
  dyn({"a": <dyn>})
  dyn({"a": {"b": <int>}})
  <dyns>[<int>]
  <optdyn>.value()
  <optdyn>.orValue(<dyn>)
  $A[device.driver]
  $A.flags
  $A.firmwares
  $A["links"][<int>]
  $A.firmwares[<int>]
  <dyn> + <dyn>
  <dyn> - <int>
  <dyn> * <double>
  -<dyn>
  <bool> ? <dyn> : <int>
  cel.bind(x, <dyn>, x)
  null

optdyn:
  $A.?model
  $A[?<string>]
  $A.?absent
  $A.?links[?0]
  <dyns>.first()
  <dyns>[?<int>]
  <optdyn>.or(<optdyn>)
  optional.ofNonZeroValue(<dyn>)
  <optdyn>.optMap(x, x)
  <dyn>.?a
  <dyn>.?a.?b
  optional.none()

map:
  {<string>: <dyn>}
  {<int>: <int>, <uint>: <int>}
  {<bool>: <string>}
  {?"a": <optint>}
  {"a": <int>, "a": <int>}
  {<dyn>: <int>}
  {"a": {"b": <int>}}
  <map>.transformMap(k, v, v)
  <map>.transformMap(k, v, k != "a", v)
  <ints>.transformMapEntry(i, x, {x: i})
  <strings>.transformMapEntry(i, s, s != "a", {s: i})
  <ints>.transformMap(i, x, x / i)
  <bool> ? <map> : <map>

quantity:
  <quantity>.sub(<int>)
  quantity("0.1n")
  quantity("1.5Gi")
  quantity("9223372036854775807")
  quantity("1e30")
  quantity("1Ei").add(quantity("7Ei"))
  <quantity>.add(<quantity>).sub(<quantity>)

semver:
  semver("01.2", true)
  semver("1.2.3-rc.1+b")
  $A.firmwares[<int>]

type:
  int
  string
  list
  map
  null_type
  type(<dyn>)
  type(<int>)
  type(<map>)
  type(<quantity>)
  type(type(<dyn>))
  type(<optint>)

format:
  format.dns1123Label()
  format.dns1123Subdomain()
  format.dns1035Label()
  format.qualifiedName()
  format.dns1123LabelPrefix()
  format.dns1123SubdomainPrefix()
  format.dns1035LabelPrefix()
  format.labelValue()
  format.uri()
  format.uuid()
  format.byte()
  format.date()
  format.datetime()

ip:
  ip("fe80::1")
  ip("0.0.0.0")
  ip("224.0.0.1")
  ip("ff02::1")
  ip("::ffff:1.2.3.4")
  ip("010.0.0.1")

cidr:
  cidr("10.0.0.1/8")
  cidr("fe80::/10")
  cidr("10.0.0.0/33")

url:
  url("http://[::1]:80/?a=1&a=2&b")
  url("https://h/p%20q#f")
  url("nohost")

duration:
  <duration> - <duration>
  duration("1d")
  duration("2562047h")
  -<duration>
  timestamp("9999-12-31T23:59:59Z") - timestamp("0001-01-01T00:00:00Z")

timestamp:
  <timestamp> - <duration>
  timestamp("9999-12-31T23:59:59.999Z")
  timestamp("2023-01-01T10:20:30.5+02:00")
  timestamp(253402300800)
  timestamp("2023-13-01T00:00:00Z")
""")

MISTAKES = table("""
bool:
  nosuch == <int>
  nosuch(<int>)
  <int>.nosuch()
  <string>.nosuch(<int>, <string>)
  device.nosuch == <int>
  device.attributes.nosuch.model == <string>
  device.Driver == "x"
  <string>.startsWith()
  <string>.startsWith(<int>)
  <strings>.join(<int>) == <string>
  <string>.isGreaterThan(<quantity>)
  <quantity> > <quantity>
  <quantity> + <quantity> == <quantity>
  <semver> < <semver>
  <quantity>.sign() == <int>
  <int> + <string> == <int>
  <int> + <double> == <int>
  <int> == <uint>
  <string> == <int>
  <bool> + <bool>
  !<int>
  -<string> == "x"
  -<uint> == 1u
  <int> && <bool>
  <bool> || <string>
  <int> ? <bool> : <bool>
  <bool> ? <int> : <string>
  <int>
  <string>
  <map>
  <optint>
  <quantity>
  [1, "a"].size() == <int>
  {1: 2, "a": 3}.size() == <int>
  {"a": 1, "b": "x"} == <map>
  [<int>, <string>] == <ints>
  <int> in <strings>
  <int> in <int>
  <strings>[<string>] == <string>
  <map>[<int>] == <int>
  <int>[0] == <int>
  <ints>.all(1, true)
  <ints>.all(x.y, true)
  <ints>.all(x, x)
  <ints>.exists(x, x + "a" == "b")
  <ints>.map(x, y).size() == <int>
  <ints>.filter(x, x) == <ints>
  <ints>.exists(i, i, true)
  <int>.all(x, true)
  <string>.exists(x, true)
  <bool>.map(x, x) == [true]
  <ints>.transformMapEntry(i, x, x).size() == 1
  <map>.transformMapEntry(k, v, {k: v, "x": 1}).size() == 1
  <ints>.sortBy(x, [x]) == <ints>
  <map>.sortBy(x, x) == <ints>
  <ints>.sort(1) == <ints>
  has(<int>)
  has(device)
  has($A["model"])
  has(<map>.a, <map>.b)
  cel.bind(1, 2, true)
  cel.bind(x.y, 2, true)
  cel.bind(x, 2)
  cel.bind(x, <int>, x)
  cel.bind(x, <string>, x > 1)
  x.bind(x, 1, true)
  <optint>.optMap(1, 2).hasValue()
  <optint>.value() == <string>
  <optint>.orValue(<string>) == 1
  <optint> == <int>
  <optstring>.a == 1
  optional.of() == optional.none()
  [?<int>] == [1]
  {?"a": <int>} == <map>
  <string>.matches("[")
  <string>.matches("(?=a)")
  <string>.find("*") == ""
  duration("x") == <duration>
  timestamp("x") == <timestamp>
  timestamp(<string>, <int>) == <timestamp>
  quantity("x") == <quantity>
  semver("x") == <semver>
  ip("x") == <ip>
  int("x") == <int>
  "%d".format(["x"]) == <string>
  "%s %s".format([<string>]) == <string>
  "%q".format([<string>]) == <string>
  "%".format([]) == <string>
  <string>.format(<int>) == <string>
  format.nosuch().validate(<string>).hasValue()
  type(<int>) == Int
  kubernetes.Nosuch{} == <dyn>
  google.protobuf.Int64Value{value: <int>} == <int>
  google.protobuf.StringValue{} == <string>
  size(<int>) == 1
  size() == 1
  string() == ""
  int(<bool>) == 1
  dyn() == 1
  9223372036854775808 == <int>
  18446744073709551616u == <uint>
  1e400 == <double>
  "\\\\d" == <string>
  '\\ud800' == <string>
  <string> == <string> == <string>
  <bool> == <bool> == <int>
  let == <int>
  if(<bool>)
  <map>.in == 1
  <map>.`a` == 1
  `a` == 1
  1 == 1 &
  <int> = <int>
  <int> === <int>
  <bool> and <bool>
  not <bool>
  <int> <> <int>
  {"a": 1 == <map>
  [1, 2 == <ints>
  (<bool>
  <bool>)
  "abc
  'a' 'b' == <string>
  <int>..size() == 1
  [,] == <ints>
  {,} == <map>
  [1,] == <ints>
  f(1,) == 1
  .nosuch == 1
  .device.driver == <string>
  authorizer.path("/").check("get").allowed()
  true && nosuch && <int> && other
  <ints>.exists(x, nosuch) || <ints>.all(y, other)
  [nosuch, other].exists(x, x == third)
""")
