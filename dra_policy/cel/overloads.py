"""The overloads of CEL's functions in Kubernetes, and since when: a table of facts, made from recorded declarations.

Source: the environment of k8s.io/dynamic-resource-allocation v0.37.2 (cel-go v0.29.2), listed by conformance data;
the order within a function is that of the declarations in cel-go and k8s.io/apiserver, because the checker tries
overloads in order. Versions: libraries of k8s.io/apiserver pkg/cel/environment/base.go, the optional library's by the
cel-go that each Kubernetes has, semver's one-argument forms by DRA's own library before 1.33.

One overload a line: function, id, style, minor version of Kubernetes 1.x, result, parameters (the receiver first).
"""

# ruff: noqa: E501 - one overload a line
TABLE = """\
!_ logical_not global 28 bool bool
-_ negate_double global 28 double double
-_ negate_int64 global 28 int int
@in in_list global 28 bool <A> list(<A>)
@in in_map global 28 bool <A> map(<A>,<B>)
@not_strictly_false not_strictly_false global 28 bool bool
@sortByAssociatedKeys list_int_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(int)
@sortByAssociatedKeys list_uint_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(uint)
@sortByAssociatedKeys list_double_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(double)
@sortByAssociatedKeys list_bool_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(bool)
@sortByAssociatedKeys list_google.protobuf.Duration_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(duration)
@sortByAssociatedKeys list_google.protobuf.Timestamp_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(timestamp)
@sortByAssociatedKeys list_string_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(string)
@sortByAssociatedKeys list_bytes_sortByAssociatedKeys member 34 list(<T>) list(<T>) list(bytes)
_!=_ not_equals global 28 bool <A> <A>
_%_ modulo_int64 global 28 int int int
_%_ modulo_uint64 global 28 uint uint uint
_&&_ logical_and global 28 bool bool bool
_*_ multiply_double global 28 double double double
_*_ multiply_int64 global 28 int int int
_*_ multiply_uint64 global 28 uint uint uint
_+_ add_bytes global 28 bytes bytes bytes
_+_ add_double global 28 double double double
_+_ add_duration_duration global 28 duration duration duration
_+_ add_duration_timestamp global 28 timestamp duration timestamp
_+_ add_timestamp_duration global 28 timestamp timestamp duration
_+_ add_int64 global 28 int int int
_+_ add_list global 28 list(<A>) list(<A>) list(<A>)
_+_ add_string global 28 string string string
_+_ add_uint64 global 28 uint uint uint
_-_ subtract_double global 28 double double double
_-_ subtract_duration_duration global 28 duration duration duration
_-_ subtract_int64 global 28 int int int
_-_ subtract_timestamp_duration global 28 timestamp timestamp duration
_-_ subtract_timestamp_timestamp global 28 duration timestamp timestamp
_-_ subtract_uint64 global 28 uint uint uint
_/_ divide_double global 28 double double double
_/_ divide_int64 global 28 int int int
_/_ divide_uint64 global 28 uint uint uint
_<=_ less_equals_bool global 28 bool bool bool
_<=_ less_equals_int64 global 28 bool int int
_<=_ less_equals_int64_double global 28 bool int double
_<=_ less_equals_int64_uint64 global 28 bool int uint
_<=_ less_equals_uint64 global 28 bool uint uint
_<=_ less_equals_uint64_double global 28 bool uint double
_<=_ less_equals_uint64_int64 global 28 bool uint int
_<=_ less_equals_double global 28 bool double double
_<=_ less_equals_double_int64 global 28 bool double int
_<=_ less_equals_double_uint64 global 28 bool double uint
_<=_ less_equals_string global 28 bool string string
_<=_ less_equals_bytes global 28 bool bytes bytes
_<=_ less_equals_timestamp global 28 bool timestamp timestamp
_<=_ less_equals_duration global 28 bool duration duration
_<_ less_bool global 28 bool bool bool
_<_ less_int64 global 28 bool int int
_<_ less_int64_double global 28 bool int double
_<_ less_int64_uint64 global 28 bool int uint
_<_ less_uint64 global 28 bool uint uint
_<_ less_uint64_double global 28 bool uint double
_<_ less_uint64_int64 global 28 bool uint int
_<_ less_double global 28 bool double double
_<_ less_double_int64 global 28 bool double int
_<_ less_double_uint64 global 28 bool double uint
_<_ less_string global 28 bool string string
_<_ less_bytes global 28 bool bytes bytes
_<_ less_timestamp global 28 bool timestamp timestamp
_<_ less_duration global 28 bool duration duration
_==_ equals global 28 bool <A> <A>
_>=_ greater_equals_bool global 28 bool bool bool
_>=_ greater_equals_int64 global 28 bool int int
_>=_ greater_equals_int64_double global 28 bool int double
_>=_ greater_equals_int64_uint64 global 28 bool int uint
_>=_ greater_equals_uint64 global 28 bool uint uint
_>=_ greater_equals_uint64_double global 28 bool uint double
_>=_ greater_equals_uint64_int64 global 28 bool uint int
_>=_ greater_equals_double global 28 bool double double
_>=_ greater_equals_double_int64 global 28 bool double int
_>=_ greater_equals_double_uint64 global 28 bool double uint
_>=_ greater_equals_string global 28 bool string string
_>=_ greater_equals_bytes global 28 bool bytes bytes
_>=_ greater_equals_timestamp global 28 bool timestamp timestamp
_>=_ greater_equals_duration global 28 bool duration duration
_>_ greater_bool global 28 bool bool bool
_>_ greater_int64 global 28 bool int int
_>_ greater_int64_double global 28 bool int double
_>_ greater_int64_uint64 global 28 bool int uint
_>_ greater_uint64 global 28 bool uint uint
_>_ greater_uint64_double global 28 bool uint double
_>_ greater_uint64_int64 global 28 bool uint int
_>_ greater_double global 28 bool double double
_>_ greater_double_int64 global 28 bool double int
_>_ greater_double_uint64 global 28 bool double uint
_>_ greater_string global 28 bool string string
_>_ greater_bytes global 28 bool bytes bytes
_>_ greater_timestamp global 28 bool timestamp timestamp
_>_ greater_duration global 28 bool duration duration
_?._ select_optional_field global 28 optional_type(<V>) dyn string
_?_:_ conditional global 28 <A> bool <A> <A>
_[?_] list_optindex_optional_int global 28 optional_type(<V>) list(<V>) int
_[?_] optional_list_optindex_optional_int global 28 optional_type(<V>) optional_type(list(<V>)) int
_[?_] map_optindex_optional_value global 28 optional_type(<V>) map(<K>,<V>) <K>
_[?_] optional_map_optindex_optional_value global 28 optional_type(<V>) optional_type(map(<K>,<V>)) <K>
_[_] index_list global 28 <A> list(<A>) int
_[_] index_map global 28 <B> map(<A>,<B>) <A>
_[_] optional_list_index_int global 28 optional_type(<V>) optional_type(list(<V>)) int
_[_] optional_map_index_value global 28 optional_type(<V>) optional_type(map(<K>,<V>)) <K>
__not_strictly_false__ __not_strictly_false__ global 28 bool bool
_in_ in_list global 28 bool <A> list(<A>)
_in_ in_map global 28 bool <A> map(<A>,<B>)
_||_ logical_or global 28 bool bool bool
add quantity_add member 28 kubernetes.Quantity kubernetes.Quantity kubernetes.Quantity
add quantity_add_int member 28 kubernetes.Quantity kubernetes.Quantity int
allowed decision_allowed member 28 bool kubernetes.authorization.Decision
asApproximateFloat quantity_get_float member 28 double kubernetes.Quantity
asInteger quantity_get_int member 28 int kubernetes.Quantity
bool bool_to_bool global 28 bool bool
bool string_to_bool global 28 bool string
bytes bytes_to_bytes global 28 bytes bytes
bytes string_to_bytes global 28 bytes string
cel.@mapInsert @mapInsert_map_map global 32 map(<K>,<V>) map(<K>,<V>) map(<K>,<V>)
cel.@mapInsert @mapInsert_map_key_value global 32 map(<K>,<V>) map(<K>,<V>) <K> <V>
charAt string_char_at_int member 28 string string int
check pathcheck_check member 28 kubernetes.authorization.Decision kubernetes.authorization.PathCheck string
check resourcecheck_check member 28 kubernetes.authorization.Decision kubernetes.authorization.ResourceCheck string
cidr string_to_cidr global 30 net.CIDR string
compareTo quantity_compare_to member 28 int kubernetes.Quantity kubernetes.Quantity
compareTo semver_compare_to member 30 int kubernetes.Semver kubernetes.Semver
contains contains_string member 28 bool string string
containsCIDR cidr_contains_cidr_string member 30 bool net.CIDR string
containsCIDR cidr_contains_cidr member 30 bool net.CIDR net.CIDR
containsIP cidr_contains_ip_string member 30 bool net.CIDR string
containsIP cidr_contains_ip_ip member 30 bool net.CIDR net.IP
distinct list_distinct member 34 list(<T>) list(<T>)
double double_to_double global 28 double double
double int64_to_double global 28 double int
double string_to_double global 28 double string
double uint64_to_double global 28 double uint
duration duration_to_duration global 28 duration duration
duration string_to_duration global 28 duration string
dyn to_dyn global 28 dyn <A>
endsWith ends_with_string member 28 bool string string
error decision_error member 28 string kubernetes.authorization.Decision
errored decision_errored member 28 bool kubernetes.authorization.Decision
family ip_family member 30 int net.IP
fieldSelector authorizer_fieldselector member 31 kubernetes.authorization.ResourceCheck kubernetes.authorization.ResourceCheck string
find string_find_string member 28 string string string
findAll string_find_all_string member 28 list(string) string string
findAll string_find_all_string_int member 28 list(string) string string int
first list_first member 33 optional_type(<V>) list(<V>)
flatten list_flatten member 34 list(<T>) list(list(<T>))
flatten list_flatten_int member 34 list(dyn) list(dyn) int
format string_format member 29 string string list(dyn)
format.byte format.byte global 31 kubernetes.NamedFormat
format.date format.date global 31 kubernetes.NamedFormat
format.datetime format.datetime global 31 kubernetes.NamedFormat
format.dns1035Label format.dns1035Label global 31 kubernetes.NamedFormat
format.dns1035LabelPrefix format.dns1035LabelPrefix global 31 kubernetes.NamedFormat
format.dns1123Label format.dns1123Label global 31 kubernetes.NamedFormat
format.dns1123LabelPrefix format.dns1123LabelPrefix global 31 kubernetes.NamedFormat
format.dns1123Subdomain format.dns1123Subdomain global 31 kubernetes.NamedFormat
format.dns1123SubdomainPrefix format.dns1123SubdomainPrefix global 31 kubernetes.NamedFormat
format.labelValue format.labelValue global 31 kubernetes.NamedFormat
format.named format-named global 31 optional_type(kubernetes.NamedFormat) string
format.qualifiedName format.qualifiedName global 31 kubernetes.NamedFormat
format.uri format.uri global 31 kubernetes.NamedFormat
format.uuid format.uuid global 31 kubernetes.NamedFormat
getDate timestamp_to_day_of_month_1_based member 28 int timestamp
getDate timestamp_to_day_of_month_1_based_with_tz member 28 int timestamp string
getDayOfMonth timestamp_to_day_of_month member 28 int timestamp
getDayOfMonth timestamp_to_day_of_month_with_tz member 28 int timestamp string
getDayOfWeek timestamp_to_day_of_week member 28 int timestamp
getDayOfWeek timestamp_to_day_of_week_with_tz member 28 int timestamp string
getDayOfYear timestamp_to_day_of_year member 28 int timestamp
getDayOfYear timestamp_to_day_of_year_with_tz member 28 int timestamp string
getEscapedPath url_get_escaped_path member 28 string kubernetes.URL
getFullYear timestamp_to_year member 28 int timestamp
getFullYear timestamp_to_year_with_tz member 28 int timestamp string
getHost url_get_host member 28 string kubernetes.URL
getHostname url_get_hostname member 28 string kubernetes.URL
getHours timestamp_to_hours member 28 int timestamp
getHours timestamp_to_hours_with_tz member 28 int timestamp string
getHours duration_to_hours member 28 int duration
getMilliseconds timestamp_to_milliseconds member 28 int timestamp
getMilliseconds timestamp_to_milliseconds_with_tz member 28 int timestamp string
getMilliseconds duration_to_milliseconds member 28 int duration
getMinutes timestamp_to_minutes member 28 int timestamp
getMinutes timestamp_to_minutes_with_tz member 28 int timestamp string
getMinutes duration_to_minutes member 28 int duration
getMonth timestamp_to_month member 28 int timestamp
getMonth timestamp_to_month_with_tz member 28 int timestamp string
getPort url_get_port member 28 string kubernetes.URL
getQuery url_get_query member 28 map(string,list(string)) kubernetes.URL
getScheme url_get_scheme member 28 string kubernetes.URL
getSeconds timestamp_to_seconds member 28 int timestamp
getSeconds timestamp_to_seconds_tz member 28 int timestamp string
getSeconds duration_to_seconds member 28 int duration
group authorizer_group member 28 kubernetes.authorization.GroupCheck kubernetes.authorization.Authorizer string
hasValue optional_hasValue member 28 bool optional_type(<V>)
in in_list global 28 bool <A> list(<A>)
in in_map global 28 bool <A> map(<A>,<B>)
includes list_includes_dyn_dyn member 36 bool dyn dyn
indexOf string_index_of_string member 28 int string string
indexOf string_index_of_string_int member 28 int string string int
indexOf list_a_index_of_int member 28 int list(<A>) <A>
int int64_to_int64 global 28 int int
int double_to_int64 global 28 int double
int duration_to_int64 global 28 int duration
int string_to_int64 global 28 int string
int timestamp_to_int64 global 28 int timestamp
int uint64_to_int64 global 28 int uint
ip cidr_ip member 30 net.IP net.CIDR
ip string_to_ip global 30 net.IP string
ip.isCanonical ip_is_canonical global 30 bool string
isCIDR is_cidr global 30 bool string
isGlobalUnicast ip_is_global_unicast member 30 bool net.IP
isGreaterThan quantity_is_greater_than member 28 bool kubernetes.Quantity kubernetes.Quantity
isGreaterThan semver_is_greater_than member 30 bool kubernetes.Semver kubernetes.Semver
isIP is_ip global 30 bool string
isInteger quantity_is_integer member 28 bool kubernetes.Quantity
isLessThan quantity_is_less_than member 28 bool kubernetes.Quantity kubernetes.Quantity
isLessThan semver_is_less_than member 30 bool kubernetes.Semver kubernetes.Semver
isLinkLocalMulticast ip_is_link_local_multicast member 30 bool net.IP
isLinkLocalUnicast ip_is_link_local_unicast member 30 bool net.IP
isLoopback ip_is_loopback member 30 bool net.IP
isQuantity is_quantity_string global 28 bool string
isSemver is_semver_string global 30 bool string
isSemver is_semver_string_bool global 33 bool string bool
isSorted list_int_is_sorted_bool member 28 bool list(int)
isSorted list_uint_is_sorted_bool member 28 bool list(uint)
isSorted list_double_is_sorted_bool member 28 bool list(double)
isSorted list_bool_is_sorted_bool member 28 bool list(bool)
isSorted list_string_is_sorted_bool member 28 bool list(string)
isSorted list_bytes_is_sorted_bool member 28 bool list(bytes)
isSorted list_duration_is_sorted_bool member 28 bool list(duration)
isSorted list_timestamp_is_sorted_bool member 28 bool list(timestamp)
isURL is_url_string global 28 bool string
isUnspecified ip_is_unspecified member 30 bool net.IP
join list_join member 28 string list(string)
join list_join_string member 28 string list(string) string
labelSelector authorizer_labelselector member 31 kubernetes.authorization.ResourceCheck kubernetes.authorization.ResourceCheck string
last list_last member 33 optional_type(<V>) list(<V>)
lastIndexOf string_last_index_of_string member 28 int string string
lastIndexOf string_last_index_of_string_int member 28 int string string int
lastIndexOf list_a_last_index_of_int member 28 int list(<A>) <A>
lists.range lists_range global 34 list(int) int
lowerAscii string_lower_ascii member 28 string string
major semver_major member 30 int kubernetes.Semver
masked cidr_masked member 30 net.CIDR net.CIDR
matches matches global 28 bool string string
matches matches_string member 28 bool string string
max list_int_max_int member 28 int list(int)
max list_uint_max_uint member 28 uint list(uint)
max list_double_max_double member 28 double list(double)
max list_bool_max_bool member 28 bool list(bool)
max list_string_max_string member 28 string list(string)
max list_bytes_max_bytes member 28 bytes list(bytes)
max list_duration_max_duration member 28 duration list(duration)
max list_timestamp_max_timestamp member 28 timestamp list(timestamp)
min list_int_min_int member 28 int list(int)
min list_uint_min_uint member 28 uint list(uint)
min list_double_min_double member 28 double list(double)
min list_bool_min_bool member 28 bool list(bool)
min list_string_min_string member 28 string list(string)
min list_bytes_min_bytes member 28 bytes list(bytes)
min list_duration_min_duration member 28 duration list(duration)
min list_timestamp_min_timestamp member 28 timestamp list(timestamp)
minor semver_minor member 30 int kubernetes.Semver
name resourcecheck_name member 28 kubernetes.authorization.ResourceCheck kubernetes.authorization.ResourceCheck string
namespace resourcecheck_namespace member 28 kubernetes.authorization.ResourceCheck kubernetes.authorization.ResourceCheck string
optional.none optional_none global 28 optional_type(<V>)
optional.of optional_of global 28 optional_type(<V>) <V>
optional.ofNonZeroValue optional_ofNonZeroValue global 28 optional_type(<V>) <V>
optional.unwrap optional_unwrap global 33 list(<V>) list(optional_type(<V>))
or optional_or_optional member 28 optional_type(<V>) optional_type(<V>) optional_type(<V>)
orValue optional_orValue_value member 28 <V> optional_type(<V>) <V>
patch semver_patch member 30 int kubernetes.Semver
path authorizer_path member 28 kubernetes.authorization.PathCheck kubernetes.authorization.Authorizer string
prefixLength cidr_prefix_length member 30 int net.CIDR
quantity string_to_quantity global 28 kubernetes.Quantity string
reason decision_reason member 28 string kubernetes.authorization.Decision
replace string_replace_string_string member 28 string string string string
replace string_replace_string_string_int member 28 string string string string int
resource groupcheck_resource member 28 kubernetes.authorization.ResourceCheck kubernetes.authorization.GroupCheck string
reverse list_reverse member 34 list(<T>) list(<T>)
semver string_to_semver global 30 kubernetes.Semver string
semver string_bool_to_semver global 33 kubernetes.Semver string bool
serviceAccount authorizer_serviceaccount member 28 kubernetes.authorization.Authorizer kubernetes.authorization.Authorizer string string
sets.contains list_sets_contains_list global 29 bool list(<T>) list(<T>)
sets.equivalent list_sets_equivalent_list global 29 bool list(<T>) list(<T>)
sets.intersects list_sets_intersects_list global 29 bool list(<T>) list(<T>)
sign quantity_sign global 28 int kubernetes.Quantity
size size_bytes global 28 int bytes
size bytes_size member 28 int bytes
size size_list global 28 int list(<A>)
size list_size member 28 int list(<A>)
size size_map global 28 int map(<A>,<B>)
size map_size member 28 int map(<A>,<B>)
size size_string global 28 int string
size string_size member 28 int string
slice list_slice member 34 list(<T>) list(<T>) int int
sort list_int_sort member 34 list(int) list(int)
sort list_uint_sort member 34 list(uint) list(uint)
sort list_double_sort member 34 list(double) list(double)
sort list_bool_sort member 34 list(bool) list(bool)
sort list_google.protobuf.Duration_sort member 34 list(duration) list(duration)
sort list_google.protobuf.Timestamp_sort member 34 list(timestamp) list(timestamp)
sort list_string_sort member 34 list(string) list(string)
sort list_bytes_sort member 34 list(bytes) list(bytes)
split string_split_string member 28 list(string) string string
split string_split_string_int member 28 list(string) string string int
startsWith starts_with_string member 28 bool string string
string string_to_string global 28 string string
string bool_to_string global 28 string bool
string bytes_to_string global 28 string bytes
string double_to_string global 28 string double
string duration_to_string global 28 string duration
string int64_to_string global 28 string int
string timestamp_to_string global 28 string timestamp
string uint64_to_string global 28 string uint
string cidr_to_string global 30 string net.CIDR
string ip_to_string global 30 string net.IP
strings.quote strings_quote global 29 string string
sub quantity_sub member 28 kubernetes.Quantity kubernetes.Quantity kubernetes.Quantity
sub quantity_sub_int member 28 kubernetes.Quantity kubernetes.Quantity int
subresource resourcecheck_subresource member 28 kubernetes.authorization.ResourceCheck kubernetes.authorization.ResourceCheck string
substring string_substring_int member 28 string string int
substring string_substring_int_int member 28 string string int int
sum list_int_sum_int member 28 int list(int)
sum list_uint_sum_uint member 28 uint list(uint)
sum list_double_sum_double member 28 double list(double)
sum list_duration_sum_duration member 28 duration list(duration)
timestamp timestamp_to_timestamp global 28 timestamp timestamp
timestamp int64_to_timestamp global 28 timestamp int
timestamp string_to_timestamp global 28 timestamp string
trim string_trim member 28 string string
type type global 28 type(<A>) <A>
uint uint64_to_uint64 global 28 uint uint
uint double_to_uint64 global 28 uint double
uint int64_to_uint64 global 28 uint int
uint string_to_uint64 global 28 uint string
unwrapOpt optional_unwrapOpt member 33 list(<V>) list(optional_type(<V>))
upperAscii string_upper_ascii member 28 string string
url string_to_url global 28 kubernetes.URL string
validate format-validate member 31 optional_type(list(string)) kubernetes.NamedFormat string
value optional_value member 28 <V> optional_type(<V>)
"""
