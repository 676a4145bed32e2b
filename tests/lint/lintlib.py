"""What the lint scripts share: the list of files, C text without comments, planted self-tests."""
import os
import re
import subprocess
import sys
import tempfile

SKIPPED_DIRS = {".git", "build", "__pycache__", ".cache"}


def files(root):
    """Paths below root, relative: what git tracks or would track, or all of an unpacked archive."""
    try:
        # Git is used only where root is the top of a checkout, not somewhere inside another one.
        out = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout if os.path.exists(f"{root}/.git") else None
    except (OSError, subprocess.CalledProcessError):
        out = None
    if out is not None:
        paths = [p for p in out.decode().split("\0") if p]
        return sorted(p for p in set(paths) if os.path.isfile(os.path.join(root, p)))
    found = []
    for here, dirs, names in os.walk(root):
        dirs[:] = [d for d in dirs if d not in SKIPPED_DIRS]
        found += [os.path.relpath(os.path.join(here, n), root) for n in names]
    return sorted(found)


def read(root, path):
    """The text of a file; bytes that are not UTF-8 are kept as escapes."""
    with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def strip_c(text, strings=True):
    """C text with comments (and string contents) blanked, line numbers kept."""
    def blank(m):
        token = m.group(0)
        if token[0] in "\"'":
            return token if not strings else token[0] + token[0]
        return re.sub(r"[^\n]", " ", token)
    return _TOKEN.sub(blank, text)


def finish(name, errors, warnings=()):
    """Prints the findings and returns the exit status."""
    for w in warnings:
        print(f"{w} (warning)")
    for e in errors:
        print(e)
    print(f"{name}: {len(errors)} error(s), {len(warnings)} warning(s)")
    return 1 if errors else 0


def self_test(name, check, cases):
    """Proves that a lint turns red. Each case is (title, {path: text}, expected finding or None):
    check(root) runs over a tree of just these files and must report a line that contains the
    expected text, or no error at all where None is expected."""
    failed = 0
    for title, tree, expected in cases:
        with tempfile.TemporaryDirectory() as root:
            for path, text in tree.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as f:
                    f.write(text)
            errors = check(root)
        good = not errors if expected is None else any(expected in e for e in errors)
        if not good:
            failed += 1
            print(f"FAILED {title}: wanted {expected!r}, got {errors}")
    print(f"{name}: {len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


def main(name, run, test):
    """Command line of every lint: [--self-test] [ROOT]."""
    here = os.path.dirname(os.path.abspath(__file__))
    args = sys.argv[1:]
    if args[:1] == ["--self-test"]:
        sys.exit(test())
    sys.exit(run(args[0] if args else os.path.dirname(os.path.dirname(here))))
