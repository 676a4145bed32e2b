#!/usr/bin/env bash
# clang-format 14 over every C file: the layout is not a matter of opinion.
# check_format.sh [--self-test | --fix] [ROOT]; exit status 77 where clang-format-14 is missing.
set -euo pipefail

mode=check
case "${1:-}" in --self-test | --fix) mode=${1#--}; shift ;; esac
root=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
tool=$(command -v clang-format-14) || {
    echo "format: skipped, clang-format-14 is not installed (scripts/deps)"
    exit 77
}
cd "$root"

if [ "$mode" = self-test ]; then
    printf 'int f(void)\n{\n\treturn 1;\n}\n' | "$tool" --style=file --assume-filename=x.c \
        --dry-run -Werror || { echo "format self-test: 1 failed (good text refused)"; exit 1; }
    if printf 'int f(void) {\n    return 1;\n}\n' | "$tool" --style=file --assume-filename=x.c \
        --dry-run -Werror 2>/dev/null; then
        echo "format self-test: 1 failed (bad text accepted)"
        exit 1
    fi
    echo "format self-test: 2 passed, 0 failed"
    exit 0
fi

if [ -e .git ]; then
    mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.c' '*.h')
else
    mapfile -t files < <(find . -name build -prune -o -name '*.[ch]' -print)
fi
if [ ${#files[@]} -eq 0 ]; then
    echo "format: no C files"
    exit 1
fi
if [ "$mode" = fix ]; then
    "$tool" --style=file -i "${files[@]}"
    exit 0
fi
"$tool" --style=file --dry-run -Werror --ferror-limit=1 "${files[@]}" || {
    echo "format: run tests/lint/check_format.sh --fix"
    exit 1
}
echo "format: ${#files[@]} files"
