#!/usr/bin/env python3
"""Sizes of files, functions, lines and folders: what to aim at (warning) and the limit (error).

Exceptions are in size_exceptions.txt; one that is no longer needed is an error too.
"""
import collections
import os
import re

import lintlib

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = 100
TAB = 8

# kind: (aim, limit), for the product and for its tests and benchmarks
PRODUCT = {".c": (400, 600), ".h": (250, 400), "function": (60, 120), "files": (14, 18)}
TESTS = {".c": (600, 1000), ".h": (250, 400), "function": (80, 160), "files": (20, 40)}


class Limits:
    """Compares a size with its aim, its limit and the exceptions."""

    def __init__(self, exceptions_path):
        self.exceptions, self.used = {}, set()
        self.errors, self.warnings = [], []
        if not os.path.exists(exceptions_path):
            return
        with open(exceptions_path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                if line.strip() and not line.startswith("#"):
                    m = re.match(r"(\S+) (\S+) (\d+): \S", line)
                    if not m:
                        self.errors.append(f"{exceptions_path}:{number}: "
                                           "expected `<path> <kind> <limit>: reason`")
                        continue
                    self.exceptions[m.group(1), m.group(2)] = int(m.group(3))

    def judge(self, where, path, kind, size, aim, limit):
        """One measured size. where is what the finding begins with."""
        if size > limit and (path, kind) in self.exceptions:
            self.used.add((path, kind))
            limit = aim = self.exceptions[path, kind]
        if size > limit:
            self.errors.append(f"{where}: {kind} {size} > {limit}")
        elif size > aim:
            self.warnings.append(f"{where}: {kind} {size} > {aim}")

    def finish(self):
        """Exceptions that nothing needs any more."""
        for path, kind in sorted(set(self.exceptions) - self.used):
            self.errors.append(f"{path}: the exception for {kind} is not needed")


def functions(lines):
    """(name, first line, lines) of each function: a `{` alone in column 0 up to its `}`. The length
    counts from the line of the name, as a reader sees it."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start:
            head = start - 1
            while head > 1 and lines[head - 1].startswith((" ", "\t")):
                head -= 1
            signature = " ".join(lines[head - 1:start - 1])
            m = re.match(r"START_TEST\((\w+)\)", signature) or re.search(r"(\w+)\s*\(", signature)
            yield (m.group(1) if m else "?"), head, number - head + 1
            start = None


def check_file(limits, root, path):
    """Lines, columns and functions of one file."""
    text = lintlib.read(root, path)
    lines = text.splitlines()
    kind = PRODUCT if path.startswith(("src/", "include/")) else TESTS
    limits.judge(path, path, "lines", len(lines), *kind[os.path.splitext(path)[1]])
    # One finding a file is enough: its widest line.
    width, number = max(((len(line.expandtabs(TAB)), -n) for n, line in enumerate(lines, 1)),
                        default=(0, -1))
    limits.judge(f"{path}:{-number}", path, "columns", width, COLUMNS, COLUMNS)
    code = lintlib.strip_c(text).splitlines()
    for name, first, size in functions(code):
        limits.judge(f"{path}:{first}", path, f"function:{name}", size, *kind["function"])


def measure(root):
    """The judged sizes of a whole tree."""
    limits = Limits(os.path.join(root, "tests/lint/size_exceptions.txt"))
    folders = collections.Counter()
    for path in lintlib.files(root):
        if path.endswith((".c", ".h")) and path.startswith(("src/", "include/", "tests/", "bench/")):
            check_file(limits, root, path)
            if path.endswith(".c"):
                folders[os.path.dirname(path)] += 1
    for folder, count in sorted(folders.items()):
        kind = PRODUCT if folder.startswith("src/") else TESTS
        limits.judge(f"{folder}/", folder, "files", count, *kind["files"])
    limits.finish()
    return limits


def run(root):
    """Prints all findings of the tree."""
    limits = measure(root)
    return lintlib.finish("sizes", limits.errors, limits.warnings)


def function(name, size):
    """A function of so many lines."""
    return f"static int {name}(int a,\n\t\tint b)\n{{\n" + "\ta++;\n" * (size - 4) + "}\n"


EXCEPTIONS = "tests/lint/size_exceptions.txt"
CASES = [
    ("sizes at the limits", {
        "src/base/a.c": function("f", 120) + "int x;\n" * 480,
        "src/base/a.h": "int x;\n" * 400,
        "src/base/b.c": "\t" * 12 + "abcd\n",
    }, None),
    ("a long file", {"src/base/a.c": "int x;\n" * 601}, "src/base/a.c: lines 601 > 600"),
    ("a long header", {"src/base/a.h": "int x;\n" * 401}, "src/base/a.h: lines 401 > 400"),
    ("a long function, by name and line", {
        "src/base/a.c": "int y;\n\n" + function("too_long", 121),
    }, "src/base/a.c:3: function:too_long 121 > 120"),
    ("a long test case", {
        "tests/unit/base/test_a.c": "START_TEST(says)\n{\n" + "\ta++;\n" * 158 + "}\nEND_TEST\n",
    }, "tests/unit/base/test_a.c:1: function:says 161 > 160"),
    ("a brace in a comment does not end a function", {
        "src/base/a.c": "int f(void)\n{\n/*\n}\n*/\n" + "\ta++;\n" * 120 + "}\n",
    }, "function:f 126 > 120"),
    ("tabs count eight columns", {
        "src/base/a.c": "\t" * 12 + "abcde\n",
    }, "src/base/a.c:1: columns 101 > 100"),
    ("a crowded folder", {
        f"src/base/f{i}.c": "int x;\n" for i in range(19)
    }, "src/base/: files 19 > 18"),
    ("an exception allows so much", {
        "src/base/a.c": function("f", 130), EXCEPTIONS: "src/base/a.c function:f 130: a table\n",
    }, None),
    ("and no more", {
        "src/base/a.c": function("f", 131), EXCEPTIONS: "src/base/a.c function:f 130: a table\n",
    }, "function:f 131 > 130"),
    ("an exception without a reason", {
        "src/base/a.c": function("f", 130), EXCEPTIONS: "src/base/a.c function:f 130:\n",
    }, "expected `<path> <kind> <limit>: reason`"),
    ("an exception nobody needs", {
        "src/base/a.c": "int x;\n", EXCEPTIONS: "src/base/a.c lines 700: long\n",
    }, "src/base/a.c: the exception for lines is not needed"),
]

if __name__ == "__main__":
    lintlib.main(
        "sizes", run,
        lambda: lintlib.self_test("sizes self-test", lambda root: measure(root).errors, CASES))
