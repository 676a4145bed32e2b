"""What the tests of encoded rows share: bodies from tests/tools/encode_dump, the same rows as
Prometheus text and as JSON lines, a small runner.

A test is a function without arguments whose name is a sentence."""
import os
import re
import struct
import subprocess
import sys
import traceback

SOURCE = os.environ.get("SONDE_SOURCE_DIR") or os.path.abspath(f"{__file__}/../../..")
BUILD = os.environ.get("SONDE_BUILD_DIR") or f"{SOURCE}/build/release"
TOOL = f"{BUILD}/tests/tools/encode_dump"
FULL = bool(os.environ.get("SONDE_TEST_FULL"))


class Failure(AssertionError):
    """What was read is not what was encoded."""


def check(condition, text):
    """Fails the test with a text a person can use."""
    if not condition:
        raise Failure(text)


def same(got, expected, what):
    """Fails unless two values are equal."""
    check(got == expected, f"{what}: {repr(got)[:500]}, expected {repr(expected)[:500]}")


def skip(why):
    """Ends the program as one that cannot run here."""
    print(f"skipped: {why}")
    sys.exit(77)


def dump(*args):
    """What encode_dump prints."""
    return subprocess.run([TOOL, *map(str, args)], stdout=subprocess.PIPE, check=True).stdout


def bodies(*args):
    """The bodies it prints, each behind four octets of length."""
    data, at = dump(*args), 0
    while at < len(data):
        size, = struct.unpack_from(">I", data, at)
        check(at + 4 + size <= len(data), "the last body is cut")
        yield data[at + 4:at + 4 + size]
        at += 4 + size


def once(text):
    """Runs of U+FFFD as one: formats differ in how many an octet that is no UTF-8 becomes."""
    return re.sub("\ufffd+", "\ufffd", text)


LABEL = re.compile(r'[,{]([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def prometheus(*args):
    """The lines of the same rows in Prometheus' format: (name, labels without empty ones, value,
    ms)."""
    for line in dump(*args).decode().split("\n")[:-1]:
        name = re.match(r"[A-Za-z_:][A-Za-z0-9_:]*", line).group(0)
        labels, at = {}, len(name)
        while line[at] in "{,":
            m = LABEL.match(line, at)
            text = re.sub(r'\\[\\"n]', lambda e: ESCAPES[e.group(0)], m.group(2))
            if text:
                labels[m.group(1)] = once(text)
            at = m.end()
        value, at_ms = line[at + (line[at] == "}"):].split()
        yield name, labels, float(value), int(at_ms)


def main(*tests):
    """Runs the tests and ends the program: 0 or 1."""
    failed = 0
    if not os.access(TOOL, os.X_OK):
        skip(f"{TOOL} is not built")
    for test in tests:
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {name}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            traceback.print_exc()
            print(f"FAILED {name}", flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(failed != 0)
