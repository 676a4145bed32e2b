#!/usr/bin/env python3
"""Every #include of the project against the layer table in layers.txt."""
import fnmatch
import os
import re

import lintlib

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


class Table:
    """layers.txt, parsed."""

    def __init__(self, path):
        self.folders, self.generated, self.foreign = {}, {}, []
        self.pure, self.pure_headers, self.refused, self.exempt = set(), set(), set(), {}
        section = None
        with open(path, encoding="utf-8") as f:
            for number, raw in enumerate(f, 1):
                line = raw.strip()
                if not line or line.startswith("#"):
                    continue
                if line.startswith("["):
                    section = line.strip("[]")
                    continue
                key, colon, value = line.partition(":")
                if not colon:
                    raise SystemExit(f"{path}:{number}: expected `key: value`")
                self._line(section, key.strip(), value.strip(), f"{path}:{number}")
        self._check_order(path)

    def _line(self, section, key, value, where):
        if section == "folders":
            self.folders[key] = value.split()
        elif section == "generated":
            self.generated[key] = set(value.split())
        elif section == "foreign":
            self.foreign.append((key, value))
        elif section == "pure":
            {"folders": self.pure, "headers": self.pure_headers,
             "refused": self.refused}[key].update(value.split())
        elif section == "exempt":
            if not value:
                raise SystemExit(f"{where}: an exemption needs its reason")
            path, *things = key.split()
            self.exempt.setdefault(path, set()).update(things)
        else:
            raise SystemExit(f"{where}: unknown section {section}")

    def _check_order(self, path):
        """The table lists lower layers first, so it can have no cycle."""
        seen = set()
        for folder, allowed in self.folders.items():
            for item in allowed:
                below = item.split("/")[0]
                if below != "include" and below not in seen:
                    raise SystemExit(f"{path}: {folder} may not use {below}: not listed before it")
            seen.add(folder)

    def allows(self, folder, header):
        """May folder include the project header `folder2/name.h`?"""
        target = header.split("/")[0]
        allowed = self.folders[folder]
        return target == folder or target in allowed or header in allowed


def project_include(table, root, path, header):
    """Finding for a quoted include, or None."""
    top, folder = path.split("/")[0], path.split("/")[1] if path.count("/") > 1 else ""
    target = header.split("/")[0]
    crosses = not (top == "src" and target == folder)
    if header.endswith("_int.h") and crosses:
        return f"{header} is internal to {target}/"
    if top in ("tests", "bench"):
        return None
    if header in table.generated:
        ok = top == "src" and folder in table.generated[header]
        return None if ok else f"{header} is not for {folder or top}/"
    if "/" not in header:
        return f'write the folder: "{folder}/{header}"'
    if target == "sonde":
        ok = top == "include" or "include/sonde" in table.folders.get(folder, [])
        return None if ok else f"{folder}/ must not include the public header {header}"
    if top == "include":
        return f"a public header must not include the internal {header}"
    if target not in table.folders:
        return f"{header}: no such layer"
    if not os.path.exists(os.path.join(root, "src", header)):
        return f"{header}: no such header"
    if not table.allows(folder, header):
        allowed = " ".join(table.folders[folder]) or "nothing"
        return f"{folder}/ must not include {header} (allowed: {allowed})"
    return None


def system_include(table, path, header):
    """Finding for an include in angle brackets, or None."""
    top, _, inner = path.partition("/")
    folder = inner.split("/")[0]
    if top not in ("src", "include"):
        return None
    if header.startswith("sonde/"):
        return f'write "{header}"'
    for pattern, owners in table.foreign:
        if fnmatch.fnmatchcase(header, pattern):
            if top == "src" and inner in owners.split():
                return None
            return f"<{header}> belongs to src/{', src/'.join(owners.split())} alone"
    if top == "src" and folder in table.pure and header not in table.pure_headers:
        if header not in table.exempt.get(inner, ()):
            return f"<{header}>: {folder}/ is pure, see [pure] in layers.txt"
    return None


def check_file(table, root, path):
    """Findings of one file."""
    text = lintlib.strip_c(lintlib.read(root, path), strings=False)
    found = []
    for m in INCLUDE.finditer(text):
        quoted, header = m.group(1) == '"', m.group(2)
        what = (project_include(table, root, path, header) if quoted
                else system_include(table, path, header))
        if what:
            found.append((text.count("\n", 0, m.start(2)) + 1, what))
    top, _, inner = path.partition("/")
    folder = inner.split("/")[0]
    if top == "src" and "/" in inner and folder not in table.folders:
        found.append((1, f"src/{folder}/ is not in layers.txt"))
    if top == "src" and folder in table.pure:
        names = table.refused - table.exempt.get(inner, set())
        code = lintlib.strip_c(text)
        for m in re.finditer(rf"(?<![\w.>])({'|'.join(sorted(names))})[ \t]*\(", code):
            line = code.count("\n", 0, m.start()) + 1
            found.append((line, f"{m.group(1)}(): {folder}/ is pure, see [pure] in layers.txt"))
    return [f"{path}:{line}: {what}" for line, what in sorted(found)]


def check(root, table=None):
    """Findings of a whole tree."""
    table = table or Table(os.path.join(HERE, "layers.txt"))
    errors = []
    for path in lintlib.files(root):
        if path.endswith((".c", ".h")) and path.startswith(("src/", "include/", "tests/", "bench/")):
            errors += check_file(table, root, path)
    return errors


CASES = [
    ("a clean tree", {
        "src/base/err.h": "#include <stdint.h>\n",
        "src/codec/ber.h": '#include "base/err.h"\n',
        "src/codec/ber.c": '#include "codec/ber.h"\n/* #include "msg/x.h" */\n#include <string.h>\n',
        "src/encode/encoder.h": '#include "base/err.h"\n',
        "src/collect/job.c": '#include "encode/encoder.h"\n',
        "include/sonde/sonde.h": "#include <stdint.h>\n",
        "src/daemon/wire.h": "",
        "src/cli/main.c": '#include "sonde/sonde.h"\n#include "daemon/wire.h"\n'
                          '#include "sonde_build.h"\n',
        "src/usm/keys.c": "#include <sys/mman.h>\n",
        "src/io/uring.c": "#include <liburing.h>\n",
        "tests/unit/codec/test_ber.c": '#include "codec/ber.h"\n#include "support/x.h"\n',
    }, None),
    ("an upward include", {
        "src/base/err.h": '#include "codec/ber.h"\n', "src/codec/ber.h": "",
    }, "src/base/err.h:1: base/ must not include codec/ber.h"),
    ("a sideways include, its line and spelling", {
        "src/codec/ber.c": '/*\n * text\n */\n#  include "io/io.h"\n', "src/io/io.h": "",
    }, "src/codec/ber.c:4: codec/ must not include io/io.h"),
    ("another header of a folder of which only one is allowed", {
        "src/collect/job.c": '#include "output/file.h"\n', "src/output/file.h": "",
    }, "collect/ must not include output/file.h"),
    ("cli reaching below the daemon", {
        "src/cli/main.c": '#include "session/requester.h"\n', "src/session/requester.h": "",
    }, "cli/ must not include session/requester.h"),
    ("an internal header that crosses folders", {
        "src/msg/peek.c": '#include "codec/ber_int.h"\n', "src/codec/ber_int.h": "",
    }, "codec/ber_int.h is internal"),
    ("an internal header in a test", {
        "tests/unit/codec/test_ber.c": '#include "codec/ber_int.h"\n', "src/codec/ber_int.h": "",
    }, "codec/ber_int.h is internal"),
    ("a foreign header in a second file", {
        "src/io/mmsg.c": "#include <liburing.h>\n",
    }, "src/io/mmsg.c:1: <liburing.h> belongs to src/io/uring.c alone"),
    ("a foreign header by folder", {
        "src/usm/seal.c": "#include <openssl/evp.h>\n",
    }, "<openssl/evp.h> belongs to src/usm/crypto.c alone"),
    ("a socket in the codec", {
        "src/codec/ber.c": "#include <sys/socket.h>\n",
    }, "src/codec/ber.c:1: <sys/socket.h>: codec/ is pure"),
    ("a heap call in the codec", {
        "src/codec/ber.c": "void *f(void)\n{\n\treturn malloc(3);\n}\n",
    }, "src/codec/ber.c:3: malloc(): codec/ is pure"),
    ("an exemption is for one file", {
        "src/usm/auth.c": "#include <sys/mman.h>\n",
    }, "<sys/mman.h>: usm/ is pure"),
    ("a sibling without its folder", {
        "src/codec/ber.c": '#include "ber.h"\n',
    }, 'write the folder: "codec/ber.h"'),
    ("a header that is not there", {
        "src/codec/ber.c": '#include "base/nope.h"\n',
    }, "base/nope.h: no such header"),
    ("a folder the table does not know", {
        "src/misc/x.c": "int x;\n",
    }, "src/misc/ is not in layers.txt"),
    ("a public header that shows the inside", {
        "include/sonde/sonde.h": '#include "base/err.h"\n', "src/base/err.h": "",
    }, "a public header must not include the internal base/err.h"),
]

if __name__ == "__main__":
    lintlib.main(
        "includes",
        lambda root: lintlib.finish("includes", check(root)),
        lambda: lintlib.self_test("includes self-test", check, CASES))
