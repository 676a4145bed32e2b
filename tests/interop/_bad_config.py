"""Configurations that must be refused, and what sonde must say about each: data of bad_input.py.

A case: (sentence, file, lines). In the file, @ marks where each line must point; the marks are
taken out. Each expected line is what follows "file:line:column: " on stderr; one that begins with
": " names the file only, one that ends in "..." is a beginning.
"""
from _lab import SECRET

AUTH = f"auths: {{public_v2: {{version: 2, community: {SECRET}}}}}\n"
MODULE = ("modules: {sys: {get: [1.3.6.1.2.1.1.3.0], "
          "metrics: [{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge}]}}\n")
TARGET = 'targets: [{static: [{targets: ["127.0.0.1:9"]}]}]\n'
KEEP = AUTH + MODULE + TARGET  # what is right
NO_OID = "is not an OID in numbers (expected one such as 1.3.6.1.2.1.2.2)"
NO_DURATION = "is not a duration (expected a number with unit, such as 30s, 1m30s, 500ms)"
NO_TARGET = "is not a target (expected host, host:port, IPv4, IPv6 or [IPv6]:port)"
NO_TARGETS = ("targets: is missing or empty (expected a list of static:, file_sd:, http_sd: and "
              "csv: sources, or listen:)")


def module(text):
    """A configuration with this module."""
    return AUTH + f"modules: {{m: {{{text}}}}}\n" + TARGET


def metric(text):
    """A configuration with this metric in a module."""
    return module(f"walk: [1.3.6.1.2.1.2], metrics: [{text}]")


def targets(text):
    """A configuration with this value of targets:."""
    return AUTH + MODULE + f"targets: {text}\n"


def places(text, mark=b"@"):
    """The text without marks, and line and column of each."""
    raw = text if isinstance(text, bytes) else text.encode()
    found = []
    while mark in raw:
        before, raw = raw.split(mark, 1)
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1:].decode("latin-1")) + 1  # ASCII so far
        found.append(f":{line}:{column}: ")
        raw = before + raw
    return raw, found


TYPES = [
    ("a list where text is expected", KEEP + "poll: {interval: @[1s]}\n",
     ["poll.interval: expected text, found a list"]),
    ("a map where text is expected", KEEP + "poll: {interval: @{a: b}}\n",
     ["poll.interval: expected text, found a map"]),
    ("text where a map is expected", KEEP + "poll: @fast\n",
     ["poll: expected a map of keys and values, found text"]),
    ("text where a list is expected", targets("@here"),
     ["targets: expected a list, found text"]),
    ("a list where a target is expected", targets("[{static: [{targets: [@[a]]}]}]"),
     ["targets[0].static[0].targets[0]: expected text, found a list"]),
    ("a word where a number is expected", KEEP + "poll: {retries: @many}\n",
     ['poll.retries: "many" is not a whole number (expected 0 to 7)']),
    ("a fraction where a whole number is expected", KEEP + "poll: {retries: @1.5}\n",
     ['poll.retries: "1.5" is not a whole number (expected 0 to 7)']),
    ("a number that is too large", KEEP + "poll: {retries: @8}\n",
     ['poll.retries: "8" is out of range (expected 0 to 7)']),
    ("a number that is too large for anything", KEEP + f"poll: {{retries: @{'9' * 40}}}\n",
     [f'poll.retries: "{"9" * 40}" is out of range (expected 0 to 7)']),
    ("a negative number", KEEP + "poll: {retries: @-1}\n",
     ['poll.retries: "-1" is out of range (expected 0 to 7)']),
    ("a word where true or false is expected", KEEP + "poll: {pin: @maybe}\n",
     ['poll.pin: "maybe" is not true or false']),
    ("a word that is not in the list", KEEP + "io: {backend: @iouring}\n",
     ['io.backend: "iouring" is not known (did you mean "io_uring"?)']),
    ("a list at the top", "@- a\n- b\n", ["expected a map of keys and values, found a list"]),
    ("text at the top", "@hello\n", ["expected a map of keys and values, found text"]),
]

KEYS = [
    ("an unknown key at the top", KEEP + "@pol: {interval: 1s}\n",
     ['unknown key "pol" (did you mean "poll"?)']),
    ("an unknown key in a section", KEEP + "poll:\n  @intervall: 1s\n",
     ['poll: unknown key "intervall" (did you mean "interval"?)']),
    ("an unknown key like no other", KEEP + "poll: {@colour: red}\n",
     ['poll: unknown key "colour" (expected one of interval, timeout, retries, retransmit, '
      'threads, in_flight, window, rate_limit, prefix_limits, labels_ttl, max_reply_bytes, '
      'max_rows, device_labels, partial_scrapes, rates, pin)']),
    ("an unknown key in a metric", metric("{name: a, oid: 1.3.6.1.2.1.2.1, type: gauge, @hlp: b}"),
     ['modules.m.metrics[0]: unknown key "hlp" (did you mean "help"?)']),
    ("a duplicate key at the top", KEEP + "poll: {interval: 1s}\n@poll: {interval: 2s}\n",
     ['duplicate key "poll" (first at line 4, column 1)']),
    ("a duplicate key in a section", KEEP + "poll: {interval: 1s, @interval: 2s}\n",
     ['duplicate key "interval" (first at line 4, column 8)']),
    ("an output to Kafka without a topic", KEEP + "output: [{@kafka: {brokers: a}}]\n",
     ["output[0].kafka: topic is missing"]),
    ("spools without a folder", KEEP + "spool: @{mode: always}\n", ["spool: dir is missing"]),
    ("several mistakes at once", KEEP + "poll: {retries: @x, pin: @y}\nio: {@bakend: z}\n",
     ['poll.retries: "x" is not a whole number (expected 0 to 7)',
      'poll.pin: "y" is not true or false',
      'io: unknown key "bakend" (did you mean "backend"?)']),
]

AMOUNTS = [
    ("a duration with a unit nobody knows", KEEP + "poll: {interval: @5 parsecs}\n",
     [f'poll.interval: "5 parsecs" {NO_DURATION}']),
    ("a duration without a unit", KEEP + "poll: {timeout: @2}\n",
     [f'poll.timeout: "2" {NO_DURATION}']),
    ("a negative duration", KEEP + "poll: {timeout: @-1s}\n",
     [f'poll.timeout: "-1s" {NO_DURATION}']),
    ("a duration of nothing", KEEP + "poll: {timeout: @0s}\n",
     ['poll.timeout: "0s" is out of range (expected 1ms to 1h)']),
    ("a duration beyond the range", KEEP + "poll: {interval: @100000d}\n",
     ['poll.interval: "100000d" is out of range (expected 0s to 8784h)']),
    ("a duration beyond what can be counted", KEEP + "poll: {interval: @99999999999y}\n",
     ['poll.interval: "99999999999y" is out of range (expected 0s to 8784h)']),
    ("a bad duration in a target's label",
     targets("[{static: [{targets: [h], labels: {__scrape_interval__: @soon}}]}]"),
     [f'targets[0].static[0].labels.__scrape_interval__: "soon" {NO_DURATION}']),
    ("a size with a unit nobody knows", KEEP + "io: {rcvbuf_bytes: @1XB}\n",
     ['io.rcvbuf_bytes: "1XB" is not a size (expected bytes, or a number with unit, such as '
      '64KiB, 10MB)']),
    ("a size below the range", KEEP + "poll: {max_reply_bytes: @1}\n",
     ['poll.max_reply_bytes: "1" is out of range (expected 484 to 65507)']),
    ("a size beyond what can be counted", KEEP + "io: {rcvbuf_bytes: @99999999999999TiB}\n",
     ['io.rcvbuf_bytes: "99999999999999TiB" is out of range (expected 64KiB to 1GiB)']),
]

OIDS = [
    (f"an OID {sentence}", module(f"walk: [@'{oid}'], metrics: []"),
     [f'modules.m.walk[0]: "{oid}" {NO_OID}'])
    for sentence, oid in (
        ("with a letter", "1.3.6.x.1"), ("as a name", "ifTable"), ("with a gap", "1.3..6"),
        ("ending in a dot", "1.3.6."), ("of one part", "1"), ("above 32 bits", "1.3.4294967296"),
        ("beginning with 3", "3.3.6"), ("with a second part above 39", "1.40.1"),
        ("with a sign", "1.3.-6"), ("of nothing", ""))
] + [
    ("an OID of 202 parts", module("get: [@1.3" + ".1" * 200 + "], metrics: []"),
     ['modules.m.get[0]: "1.3.1.1.1.1.1.1...']),
    ("a metric's bad OID", metric("{name: a, oid: @sysDescr, type: gauge}"),
     [f'modules.m.metrics[0].oid: "sysDescr" {NO_OID}']),
]

MODULES = [
    ("a module without metrics", AUTH + "modules: {@m: {walk: [1.3.6.1]}}\n" + TARGET,
     ["module m: no metrics, so there is nothing to poll"]),
    ("a module without anything", AUTH + "modules: {@m: }\n" + TARGET,
     ["module m: no metrics, so there is nothing to poll"]),
    ("no module at all", AUTH + TARGET.replace("[{targets", "[@{targets"),
     ["no module is defined (expected one under modules: or in a module file)"]),
    ("a metric without a name", metric("@{oid: 1.3.6.1.2.1.2.1, type: gauge}"),
     ["modules.m.metrics[0].name: missing"]),
    ("a metric of an unknown type", metric("{name: a, oid: 1.3.6.1.2.1.2.1, type: @gaugee}"),
     ['modules.m.metrics[0].type: "gaugee" is not known (did you mean "gauge"?)']),
    ("a module nobody defined",
     targets("[{static: [{targets: [h], labels: {__param_module: @sis}}]}]"),
     ['targets[0].static[0].labels.__param_module: module "sis" is not defined']),
    ("an auth nobody defined",
     targets("[{static: [{targets: [h], labels: {__param_auth: @nobody}}]}]"),
     ['targets[0].static[0].labels.__param_auth: auth "nobody" is not defined']),
    ("no auth at all", MODULE + TARGET.replace("[{targets", "[@{targets"),
     ["no auth is defined (expected one under auths: or in a module file)"]),
    ("an auth of an unknown version",
     "auths: {public_v2: {version: @4}}\n" + MODULE + TARGET,
     ['auths.public_v2.version: "4" is out of range (expected 1 to 3)']),
    ("an auth of version 3 without a user",
     "auths: {@v3: {version: 3, password: " + SECRET + "}}\n" + MODULE + TARGET,
     ["auths.v3: username is missing"]),
    ("a level that needs a password without one",
     "auths: {@v3: {version: 3, username: u, security_level: authPriv, password: " + SECRET +
     "}}\n" + MODULE + TARGET,
     ["auths.v3: priv_password is missing (expected priv_password, priv_key or "
      "priv_localized_key, or one of them with _file)"]),
    ("a protocol nobody has",
     "auths: {v3: {version: 3, username: u, priv_protocol: @AES512}}\n" + MODULE + TARGET,
     ['auths.v3.priv_protocol: "AES512" is not known (did you mean "AES192"?)']),
    ("two sources of one key",
     "auths: {v3: {version: 3, username: u, security_level: authNoPriv, password: " + SECRET +
     ", @password_file: f}}\n" + MODULE + TARGET,
     ["auths.v3: password and password_file exclude each other"]),
    ("a key of the wrong length",
     "auths: {v3: {version: 3, username: u, security_level: authNoPriv, auth_protocol: SHA, "
     "auth_key: @'0x" + "5a" * 16 + "'}}\n" + MODULE + TARGET,
     ["auths.v3.auth_key: the key has 16 octets (expected 20)"]),
    ("a localized key of no engine",
     "auths: {@v3: {version: 3, username: u, security_level: authNoPriv, auth_localized_key: '0x" +
     "5a" * 16 + "'}}\n" + MODULE + TARGET,
     ["auths.v3: engine_id is missing (auth_localized_key is a key of one engine only)"]),
    ("an engine ID that is none",
     "auths: {v3: {version: 3, username: u, engine_id: @80000}}\n" + MODULE + TARGET,
     ['auths.v3.engine_id: "80000" is not right '
      '(expected 5 to 32 octets as pairs of hexadecimal digits)']),
    ("a label with a context that is too long",
     "auths: {v3: {version: 3, username: u}}\n" + MODULE +
     "targets: [{static: [{targets: [h], labels: {__param_snmp_context: @" + "c" * 33 + "}}]}]\n",
     ['targets[0].static[0].labels.__param_snmp_context: "' + "c" * 33 +
      '" is too long (expected 0 to 32 octets)']),
    ("a community from a variable that is not set",
     "auths: {public_v2: {community: @'${SONDE_TEST_NOT_SET}'}}\n" + MODULE + TARGET,
     ['auths.public_v2.community: environment variable "SONDE_TEST_NOT_SET" is not set']),
]

TARGETS = [
    ("a file without targets", AUTH + MODULE, [f": {NO_TARGETS}"]),
    ("an empty file", "", [f": {NO_TARGETS}"]),
    ("a file of comments", "# nothing\n", [f": {NO_TARGETS}"]),
    ("an empty list of targets", targets("@[]"), [NO_TARGETS]),
    ("targets without a value", AUTH + MODULE + "targets:@\n", [NO_TARGETS]),
    ("an empty static list", targets("[{static: []}]"), [": there is no target in it"]),
    ("a group without targets", targets("[{static: [{targets: []}]}]"),
     [": there is no target in it"]),
    ("a source of no kind", targets("[@{}]"),
     ["targets[0]: expected static, file_sd, http_sd or csv"]),
    ("a service without a URL", targets("[{http_sd: @{timeout: 1s}}]"),
     ["targets[0].http_sd: url is missing"]),
    ("a service at no web server", targets("[{http_sd: {url: @'ftp://h/x'}}]"),
     ["targets[0].http_sd.url: not a URL to ask (expected one such as http://host/path or "
      "https://host:8443/path)"]),
    ("a service with two identities",
     targets("[{http_sd: @{url: 'http://h/x', bearer_token: a, basic_auth: {username: b}}}]"),
     ["targets[0].http_sd: expected at most one of basic_auth, authorization, bearer_token"]),
    ("a header that is not the user's",
     targets("[{http_sd: {url: 'http://h/x', http_headers: {@Host: {values: [a]}}}}]"),
     ['targets[0].http_sd.http_headers: "Host" is not a header that can be set here']),
    ("half a certificate",
     targets("[{http_sd: {url: 'https://h/x', tls_config: @{key_file: k.pem}}}]"),
     ["targets[0].http_sd.tls_config: cert_file is missing"]),
    ("a CSV file that is not there", targets("[{csv: {files: [@gone.csv]}}]"),
     ["cannot read gone.csv: No such file or directory"]),
    ("a delimiter of two characters", targets("[{csv: {files: [a.csv], delimiter: @'::'}}]"),
     ['targets[0].csv.delimiter: "::" is too long (expected 1 to 1 octets)']),
    ("a state folder below one that is not there",
     targets("[{static: [{targets: [h]}]}]") + "state_dir: @gone/state\n",
     ["state_dir: cannot use the folder gone/state: No such file or directory"]),
    ("a port above 65535", targets('[{static: [{targets: [@"127.0.0.1:99999"]}]}]'),
     [f'targets[0].static[0].targets[0]: "127.0.0.1:99999" {NO_TARGET}']),
    ("a target with a blank", targets('[{static: [{targets: [@"a b"]}]}]'),
     [f'targets[0].static[0].targets[0]: "a b" {NO_TARGET}']),
    ("a target of nothing", targets("[{static: [{targets: [@'']}]}]"),
     [f'targets[0].static[0].targets[0]: "" {NO_TARGET}']),
    ("one target with two settings",
     targets("[{static: [{targets: [h]}, {targets: [@h], labels: {a: b}}]}]"),
     ['target "h" has other settings here than at sonde.yaml:3:32']),
    ("a target file that is not there", targets("[{file_sd: {files: [@gone.yml]}}]"),
     ["cannot read gone.yml: No such file or directory"]),
    ("a target file of an unknown kind", targets("[{file_sd: {files: [@a.txt]}}]"),
     ['targets[0].file_sd.files[0]: "a.txt" is no target file '
      '(expected a name ending in .yml, .yaml, .json)']),
]

OUTPUTS = [
    ("an empty list of outputs", KEEP + "output: @[]\n", ["output: the list is empty"]),
    ("an output nobody knows", KEEP + "output: [{@stdoutt: {}}]\n",
     ['output[0]: unknown key "stdoutt" (did you mean "stdout"?)']),
    ("two outputs in one", KEEP + "output: [@{stdout: {}, file: {path: x}}]\n",
     ["output[0]: expected exactly one of stdout, file, kafka"]),
    ("a file output without a path", KEEP + "output: [{@file: {}}]\n",
     ["output[0].file: path is missing"]),
    ("a format nobody knows", KEEP + "output: [{stdout: {format: @xml}}]\n",
     ['output[0].stdout.format: "xml" is not a format of this version '
      '(expected influx, json, json_samples, prometheus, otlp or avro)']),
    ("the same output twice", KEEP + "output: [{stdout: }, @{stdout: }]\n",
     ["output[1]: the same stdout as output[0]"]),
]

TEXTS = [
    ("a tab in the indentation", KEEP + "poll:\n@\tinterval: 1s\n",
     ["a tab where a value begins (expected spaces)"]),
    ("an open brace", KEEP + "poll: {interval: 1s\n@",
     ["did not find expected ',' or '}' (while parsing a flow mapping, line 4, column 7)"]),
    ("an open quote", KEEP + 'poll: "abc\n@',
     ["found unexpected end of stream (while scanning a quoted scalar, line 4, column 7)"]),
    ("wrong indentation", KEEP + "poll:\n    interval: 1s\n  @timeout: 2s\n",
     ["did not find expected key ..."]),
    ("two values on a line", KEEP + "poll: interval@: 1s\n",
     ["mapping values are not allowed in this context"]),
    # The byte is the first of a pair, so the one after it is what does not fit.
    ("text that is not UTF-8", (KEEP + "poll: {interval: ").encode() + b"\xe9@}\n",
     ["invalid trailing UTF-8 octet (expected text in UTF-8)"]),
    ("a NUL byte", KEEP + "a: @\0\n",
     ["control characters are not allowed (expected text in UTF-8)"]),
    ("an alias of nothing", KEEP + "poll: @*nope\n", ["this alias names no anchor above it"]),
    ("aliases that multiply", "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi")
     ).replace("g: &g [", "g: &g [@"),
     ["aliases make this file too large (more than 1000000 nodes)"]),
    ("a tag", KEEP + "poll: @!!str x\n", ["tags are not supported"]),
    ("two documents", KEEP + "@---\na: b\n",
     ["a second document begins here (expected one a file)"]),
    ("lists nested beyond reason", "a: " + "[" * 63 + "@" + "[" * 4900,
     ["nested too deeply (at most 64 lists and maps inside each other)"]),
    ("a mistake after Windows line ends", (KEEP + "poll:\n  retries: @x\n").replace("\n", "\r\n"),
     ['poll.retries: "x" is not a whole number (expected 0 to 7)']),
    ("a very long value", KEEP + f"poll: {{interval: @{'x' * 100000}}}\n",
     ['poll.interval: "xxxxxxxxxxxxxxxxxxxxxxxx...']),
]

CASES = TYPES + KEYS + AMOUNTS + OIDS + MODULES + TARGETS + OUTPUTS + TEXTS
