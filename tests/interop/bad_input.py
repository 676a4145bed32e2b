#!/usr/bin/env python3
"""Bad configurations, files and options: one line each that says where, what, and what was
expected; status 2; nothing is polled."""
# ctest: timeout=180
import os
import time

import _bad_config
import _confine
import _lab
from _lab import check

MIB10 = 10 << 20


def check_refused(run, status, expected):
    """Status 2, nothing on stdout, exactly the expected lines on stderr. One that ends in "..." is
    the beginning of a line."""
    check(status == 2, f"status {status}: {run.err[:300]!r}")
    check(run.out == "", f"on stdout: {run.out[:300]!r}")
    lines = run.err.splitlines()
    for line, wanted in zip(lines, expected):
        same = line.startswith(wanted[:-3]) if wanted.endswith("...") else line == wanted
        check(same, f"said {line!r}\n    not  {wanted!r}")
    check(len(lines) == len(expected), f"{len(lines)} lines: {run.err[:2000]!r}")


def marked(name, text, expected):
    """The text without its marks, and the lines expected about the file of this name."""
    content, places = _bad_config.places(text)
    return content, [f"{name}{line if line.startswith(': ') else f'{places.pop(0)}{line}'}"
                     for line in expected]


def refuses(sentence, text, expected):
    """The test of one case: checking and polling say the same."""
    def test(lab):
        content, lines = marked("sonde.yaml", text, expected)
        with open(lab.path("sonde.yaml"), "wb") as f:
            f.write(content)
        os.chmod(lab.path("sonde.yaml"), 0o600)
        for mode in ("--check", "--once"):
            check_refused(*lab.poll("-c", "sonde.yaml", mode), lines)
    test.__name__ = f"refuses_{sentence.replace(' ', '_')}"
    return test


def check_usage(lab, args, expected):
    """One wrong command line."""
    check_refused(*lab.poll(*args), expected)


def good(lab):
    """A configuration without mistakes, whose target nobody polls here."""
    return lab.write("sonde.yaml", _bad_config.KEEP)


def refuses_a_configuration_that_is_not_there(lab):
    """By name and by default."""
    check_usage(lab, ["-c", "gone.yaml"], ["cannot read gone.yaml: No such file or directory"])
    check_usage(lab, [], ["cannot read sonde.yaml: No such file or directory"])
    check_usage(lab, ["-c", ""], ["cannot read : No such file or directory"])


def refuses_a_folder_as_configuration(lab):
    """open(2) succeeds on it, read(2) does not."""
    check_usage(lab, ["-c", "."], ["cannot read .: Is a directory"])


def refuses_a_configuration_it_may_not_read(lab):
    """A file mode is respected even when root starts the program with fewer rights."""
    os.chmod(good(lab), 0)
    check_refused(*lab.poll("-c", "sonde.yaml", before=_confine.without_root_rights),
                  ["cannot read sonde.yaml: Permission denied"])


def refuses_module_files_that_cannot_be_read(lab):
    """Missing, a folder, a pattern that matches nothing, not readable."""
    os.mkdir(lab.path("folder"))
    lab.write("mode.yml", "modules:\n", mode=0)
    for name, expected in (
            ("gone.yml", "cannot read gone.yml: No such file or directory"),
            ("folder", "cannot read folder: Is a directory"),
            ("gone*.yml", 'module_files: no file matches "gone*.yml"'),
            ("mode.yml", "cannot read mode.yml: Permission denied")):
        text = _bad_config.KEEP + f"module_files: [@'{name}']\n"
        content, lines = marked("sonde.yaml", text, [expected])
        lab.write("sonde.yaml", content.decode())
        check_refused(*lab.poll("-c", "sonde.yaml", before=_confine.without_root_rights), lines)


def names_the_module_file_a_mistake_is_in(lab):
    """The place is that of the module file, not of sonde.yaml."""
    lab.write("sonde.yaml", "module_files: [m.yml]\n" + _bad_config.targets(
        "[{static: [{targets: [h], labels: {__param_module: sys}}]}]"))
    for text, expected in (
            ("modules:\n  m:\n    walk: [@ifTable]\n",
             f'modules.m.walk[0]: "ifTable" {_bad_config.NO_OID}'),
            ("modules:\n  m: [\n@", "did not find expected node content ..."),
            ("@- m\n", "expected a map of keys and values, found a list"),
            ("@targets: []\n", 'unknown key "targets" (expected one of auths, modules, version)')):
        content, lines = marked("m.yml", text, [expected])
        lab.write("m.yml", content.decode())
        check_refused(*lab.poll("-c", "sonde.yaml"), lines)


def names_the_target_file_a_mistake_is_in(lab):
    """YAML and JSON alike."""
    lab.write("sonde.yaml", _bad_config.targets("[{file_sd: {files: ['t/*.json', t/t.yml]}}]"))
    os.mkdir(lab.path("t"))
    lab.write("t/t.yml", "[]\n")
    for name, text, expected in (
            ("t/t.json", '[{"targets": ["a"],\n  @"labls": {}}]',
             '[0]: unknown key "labls" (did you mean "labels"?)'),
            ("t/t.json", '[{"targets": ["a"]@\n', "not JSON from here on"),
            ("t/t.yml", "- targets: @a\n", "[0].targets: expected a list, found text"),
            ("t/t.yml", "@targets: [a]\n", "expected a list, found a map")):
        content, lines = marked(name, text, [expected])
        lab.write(name, content.decode())
        check_refused(*lab.poll("-c", "sonde.yaml"), lines)
        lab.write(name, "[]\n")


def stops_after_twenty_mistakes(lab):
    """And says that there are more."""
    lab.write("sonde.yaml", _bad_config.KEEP + "".join(f"key{i}: v\n" for i in range(100)))
    run, status = lab.poll("-c", "sonde.yaml")
    check(status == 2, f"status {status}")
    lines = run.err.splitlines()
    check(len(lines) == 21, f"{len(lines)} lines")
    check(lines[0].startswith('sonde.yaml:4:1: unknown key "key0" '), lines[0])
    check(lines[20] == "too many errors; the rest is not shown", lines[20])


def refuses_ten_megabytes_of_garbage_at_once(lab):
    """Every kind within seconds and with a few lines."""
    kinds = {"random": os.urandom(MIB10), "zeros": bytes(MIB10), "letters": b"x" * MIB10,
             "brackets": b"[{" * (MIB10 // 2), "dashes": b"- " * (MIB10 // 2),
             "questions": b"? " * (MIB10 // 2), "anchors": b"&a " * (MIB10 // 3),
             "quotes": b'"' * MIB10, "printable": bytes(b % 95 + 32 for b in os.urandom(MIB10)),
             "keys": b"".join(b"k%d: v\n" % i for i in range(MIB10 // 10))}
    for kind, content in kinds.items():
        with open(lab.path(f"{kind}.yaml"), "wb") as f:
            f.write(content)
        began = time.monotonic()
        run, status = lab.poll("-c", f"{kind}.yaml", "--check")
        spent = time.monotonic() - began
        check(status == 2, f"{kind}: status {status}: {run.err[:300]!r}")
        check(1 <= len(run.err.splitlines()) <= 21 and len(run.err) < 20000,
              f"{kind}: {len(run.err)} bytes of messages")
        check(run.err.startswith(f"{kind}.yaml:1:"), f"{kind}: {run.err[:300]!r}")
        check(spent < 10 * _lab.FACTOR, f"{kind}: {spent:.1f} s")


def refuses_options_it_does_not_know(lab):
    """getopt's sentence, then where to read on."""
    hint = "try 'sonde poll --help'"
    check_usage(lab, ["--bogus"], ["sonde poll: unrecognized option '--bogus'", hint])
    check_usage(lab, ["-x"], ["sonde poll: invalid option -- 'x'", hint])
    check_usage(lab, ["-c"], ["sonde poll: option requires an argument -- 'c'", hint])
    check_usage(lab, ["--once=3"],
                ["sonde poll: option '--once' doesn't allow an argument", hint])
    check_usage(lab, ["--once", "more"],
                ["sonde poll: unexpected argument \"more\" (try 'sonde poll --help')"])


def refuses_option_values_out_of_range(lab):
    """What, and what was expected."""
    good(lab)
    for value in ("0", "-1", "1x", "", "1025", "99999999999999999999"):
        check_usage(lab, ["--threads", value],
                    [f'sonde poll: --threads: "{value}" is not valid '
                     "(expected a number from 1 to 1024)"])
    check_usage(lab, ["--io", "epoll"], ['sonde poll: --io: "epoll" is not valid '
                                         "(expected auto, io_uring or recvmmsg)"])
    check_usage(lab, ["--format", "xml"], ['sonde poll: --format: "xml" is not valid '
                                           "(expected influx, json, json_samples, prometheus, otlp or avro)"])
    check_usage(lab, ["--output", ""], ['sonde poll: --output: "" is not valid '
                                        "(expected stdout or the name of a file)"])
    for value in ("5", "0s", "-1s", "soon", ""):
        check_usage(lab, ["--duration", value],
                    [f'sonde poll: --duration: "{value}" is not valid '
                     "(expected a time above 0, such as 30s, 1m30s, 500ms)"])


def refuses_targets_that_are_not_configured(lab):
    """--target and --trace."""
    good(lab)
    check_usage(lab, ["--once", "--target", "nope"],
                ['target "nope" is not in the configuration'])
    check_usage(lab, ["--once", "--trace", "nope"],
                ['sonde: --trace: no target is called "nope"'])


def refuses_commands_it_does_not_know(lab):
    """And tells the ones it does when there is none."""
    run = _lab.Run(lab, ["pol"])
    check_refused(run, run.wait(), ["sonde: unknown command \"pol\" (see 'sonde --help')"])
    run = _lab.Run(lab, [])
    check(run.wait() == 2, "status")
    check(run.err.startswith("usage: sonde COMMAND") and run.out == "", f"{run.err!r}")


def accepts_what_is_odd_but_right(lab):
    """The line before all these refusals: a byte order mark, UTF-16, Windows line ends."""
    for content in (_bad_config.KEEP.encode(), b"\xef\xbb\xbf" + _bad_config.KEEP.encode(),
                    ("\ufeff" + _bad_config.KEEP).encode("utf-16-le"),
                    _bad_config.KEEP.replace("\n", "\r\n").encode()):
        with open(lab.path("sonde.yaml"), "wb") as f:
            f.write(content)
        os.chmod(lab.path("sonde.yaml"), 0o600)
        run, status = lab.poll("-c", "sonde.yaml", "--check")
        check(status == 0, f"status {status}: {run.err!r}")
        check(run.err == "sonde.yaml: ok: 1 targets, 1 outputs\n", f"{run.err!r}")


_lab.main(accepts_what_is_odd_but_right,
          *(refuses(*case) for case in _bad_config.CASES),
          refuses_a_configuration_that_is_not_there,
          refuses_a_folder_as_configuration,
          refuses_a_configuration_it_may_not_read,
          refuses_module_files_that_cannot_be_read,
          names_the_module_file_a_mistake_is_in,
          names_the_target_file_a_mistake_is_in,
          stops_after_twenty_mistakes,
          refuses_ten_megabytes_of_garbage_at_once,
          refuses_options_it_does_not_know,
          refuses_option_values_out_of_range,
          refuses_targets_that_are_not_configured,
          refuses_commands_it_does_not_know)
