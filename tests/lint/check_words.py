#!/usr/bin/env python3
"""Words that committed files must not contain; which ones is in words.txt."""
import fnmatch
import os
import re

import lintlib

HERE = os.path.dirname(os.path.abspath(__file__))


def load(path):
    """The rules (globs, expression, advice) and the allowed (file, text) pairs of words.txt."""
    rules, allowed, section = [], [], "rules"
    with open(path, encoding="utf-8") as f:
        for number, raw in enumerate(f, 1):
            line = raw.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            if line == "[allowed]":
                section = "allowed"
                continue
            # The bar between columns has spaces around it, one inside an expression has none.
            parts = line.split(" | ")
            if len(parts) != (3 if section == "rules" else 2):
                raise SystemExit(f"{path}:{number}: wrong number of columns")
            if section == "rules":
                rules.append((parts[0].split(), re.compile(parts[1]), parts[2]))
            else:
                allowed.append((parts[0], parts[1]))
    return rules, allowed


def is_text(root, path):
    """Corpora and pictures are not read for words."""
    with open(os.path.join(root, path), "rb") as f:
        return b"\0" not in f.read(8192)


def check(root):
    """Findings of a whole tree."""
    rules, allowed = load(os.path.join(HERE, "words.txt"))
    errors = []
    for path in lintlib.files(root):
        # Fuzz inputs are bytes, whatever they spell.
        if path.startswith("tests/fuzz/corpus/") or not is_text(root, path):
            continue
        mine = [r for r in rules if any(fnmatch.fnmatchcase(path, g) for g in r[0])]
        may = [text for file, text in allowed if file == path]
        for number, line in enumerate(lintlib.read(root, path).split("\n"), 1):
            for _, expression, advice in mine:
                m = expression.search(line)
                if m and not any(text in line for text in may):
                    errors.append(f"{path}:{number}: {m.group(0)!r}: {advice}")
    return errors


# Assembled from halves, so that this file passes its own test.
TO_DO, PLACE, OUTSIDE = "TO" + "DO", "/wo" + "rk/main/src", "../sha" + "red/x"
CASES = [
    ("clean files", {
        "src/base/a.c": "/* mastodon; a template fileXXXXXX; https://example.org/work/x */\n",
        "README.md": f"{TO_DO} lists belong to issues\n",
        "tests/CMakeLists.txt": f'set(ENV{{SONDE_CORPORA}} "${{CMAKE_SOURCE_DIR}}/{OUTSIDE}")\n',
    }, None),
    ("unfinished work in the source", {
        "src/base/a.c": f"int a;\n/* {TO_DO}: more */\n",
    }, f"src/base/a.c:2: {TO_DO!r}"),
    ("a path of one machine", {"docs/x.md": f"see {PLACE}\n"}, "docs/x.md:1: "),
    ("a path of one machine in quotes", {"scripts/x": f'cd "{PLACE}"\n'}, "scripts/x:1: "),
    ("material outside the repository", {"tests/wire/test_x.c": f'"{OUTSIDE}"\n'},
     "named by SONDE_CORPORA"),
    ("the exception is for its lines only", {"tests/CMakeLists.txt": f"set(x {OUTSIDE})\n"},
     "tests/CMakeLists.txt:1: "),
    ("a merge conflict", {"README.md": "<" * 7 + " HEAD\n"}, "a merge conflict"),
]

if __name__ == "__main__":
    lintlib.main(
        "words",
        lambda root: lintlib.finish("words", check(root)),
        lambda: lintlib.self_test("words self-test", check, CASES))
