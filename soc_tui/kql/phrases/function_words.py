"""The words for KQL's comparisons, functions and units in plain text; {} stands for an operand.

Meaning of operators and functions: https://learn.microsoft.com/kusto/query/
"""

from __future__ import annotations

UNITS = {
    "d": "day",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "m": "minute",
    "min": "minute",
    "s": "second",
    "sec": "second",
    "ms": "millisecond",
    "milli": "millisecond",
    "tick": "tick",
}
ORDER = {
    ">": ("is above", "is later than"),
    ">=": ("is at least", "is not before"),
    "<": ("is below", "is earlier than"),
    "<=": ("is at most", "is not after"),
}
MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
EQUAL = {"==": "is", "!=": "is not", "<>": "is not", "=~": "is", "!~": "is not"}
TEXT = {
    "has": "contains the term",
    "hasprefix": "contains a term that starts with",
    "hassuffix": "contains a term that ends with",
    "contains": "contains",
    "startswith": "starts with",
    "endswith": "ends with",
    "like": "matches the pattern",
    "matches regex": "matches the regular expression",
    "has_any": "contains any of the terms",
    "has_all": "contains all the terms",
    "in": "is one of",
}
NEGATED = {
    "has": "does not contain the term",
    "hasprefix": "contains no term that starts with",
    "hassuffix": "contains no term that ends with",
    "contains": "does not contain",
    "startswith": "does not start with",
    "endswith": "does not end with",
    "like": "does not match the pattern",
    "in": "is none of",
}
ANY_CASE = "(case-insensitive)"
SAME_CASE = "(case-sensitive)"
TESTS = {
    "isempty": "{} is empty",
    "isnotempty": "{} is not empty",
    "notempty": "{} is not empty",
    "isnull": "{} has no value",
    "isnotnull": "{} has a value",
    "notnull": "{} has a value",
    "isnan": "{} is not a number",
    "ipv4_is_private": "{} is a private IPv4 address",
    "ipv4_is_in_range": "{} is an IPv4 address in {}",
    "ipv4_is_in_any_range": "{} is an IPv4 address in any of {}",
    "ipv4_is_match": "{} and {} are the same IPv4 address",
    "ipv6_is_in_range": "{} is an IPv6 address in {}",
    "ipv6_is_match": "{} and {} are the same IP address",
    "has_ipv4": "{} contains the IPv4 address {}",
    "has_any_ipv4": "{} contains any of the IPv4 addresses {}",
    "has_ipv4_prefix": "{} contains an IPv4 address that starts with {}",
    "set_has_element": "{} has the element {}",
    "bag_has_key": "{} has the key {}",
}
VALUES = {
    "ago": "{} ago",
    "now": "now",
    "bin": "{} in steps of {}",
    "floor": "{} in steps of {}",
    "startofday": "the start of the day of {}",
    "endofday": "the end of the day of {}",
    "startofweek": "the start of the week of {}",
    "startofmonth": "the start of the month of {}",
    "hourofday": "the hour of the day of {}",
    "dayofweek": "the day of the week of {}",
    "tostring": "{} as text",
    "toint": "{} as a whole number",
    "tolong": "{} as a whole number",
    "todouble": "{} as a number",
    "toreal": "{} as a number",
    "tobool": "{} as true or false",
    "todatetime": "{} as a time",
    "totimespan": "{} as a timespan",
    "dynamic_to_json": "{} as JSON text",
    "todynamic": "{} read as JSON",
    "parse_json": "{} read as JSON",
    "tolower": "{} in lower case",
    "toupper": "{} in upper case",
    "strlen": "the length of {}",
    "split": "{} split at {}",
    "trim": "{1} without {0} at its ends",
    "array_length": "the number of elements of {}",
    "base64_decode_tostring": "{} decoded from Base64",
    "url_decode": "{} URL-decoded",
    "parse_url": "the parts of the URL {}",
    "parse_path": "the parts of the path {}",
    "parse_command_line": "the arguments of the command line {}",
    "abs": "the absolute value of {}",
    "iff": "{1} where {0}, else {2}",
    "iif": "{1} where {0}, else {2}",
    "geo_info_from_ip_address": "the location of the IP address {}",
    "format_datetime": "{} written as {}",
    "row_number": "the row number",
    # Aggregations
    "count": "the number of rows",
    "countif": "the number of rows where {}",
    "dcount": "the number of distinct values of {} (an estimate)",
    "dcountif": "the number of distinct values of {} (an estimate) where {}",
    "count_distinct": "the number of distinct values of {}",
    "sum": "the sum of {}",
    "sumif": "the sum of {} where {}",
    "avg": "the average of {}",
    "avgif": "the average of {} where {}",
    "min": "the lowest {}",
    "max": "the highest {}",
    "stdev": "the standard deviation of {}",
    "variance": "the variance of {}",
    "percentile": "the percentile {1} of {0}",
    "make_set": "a list of the distinct values of {}",
    "make_set_if": "a list of the distinct values of {} where {}",
    "make_list": "a list of all values of {}",
    "make_list_if": "a list of all values of {} where {}",
    "make_bag": "all of {} in one property bag",
    "take_any": "any one value of {}",
    "any": "any one value of {}",
}
CONDITIONS_IN = {"countif": 0, "iff": 0, "iif": 0, "dcountif": 1, "sumif": 1, "avgif": 1}
CONDITIONS_IN |= {"make_set_if": 1, "make_list_if": 1}
JOINED = {"strcat": "joined from ", "coalesce": "the first non-null of "}
