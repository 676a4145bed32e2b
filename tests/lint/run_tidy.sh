#!/usr/bin/env bash
# clang-tidy 14 over src/ and bench/, in parallel; what it looks for is in .clang-tidy.
# run_tidy.sh [--self-test] BUILD_DIR [file...]; BUILD_DIR holds compile_commands.json.
# Exit status 77 where clang-tidy-14 is missing.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
tidy=$(command -v clang-tidy-14) || {
    echo "tidy: skipped, clang-tidy-14 is not installed (scripts/deps)"
    exit 77
}

# The compile commands are gcc's: clang does not know all of its warnings.
run() {
    "$tidy" --quiet --extra-arg=-Wno-unknown-warning-option "$@"
}

if [ "${1:-}" = --self-test ]; then
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    cp "$root/.clang-tidy" "$tmp/"
    printf 'int f(int a);\nint f(int a)\n{\n\tif (a)\n\t\treturn 1;\n\treturn 0;\n}\n' >"$tmp/bad.c"
    printf 'int f(int a);\nint f(int a)\n{\n\tif (a) {\n\t\treturn 1;\n\t}\n\treturn 0;\n}\n' \
        >"$tmp/good.c"
    run "$tmp/good.c" -- -std=gnu11 || { echo "tidy self-test: good text refused"; exit 1; }
    if run "$tmp/bad.c" -- -std=gnu11 >/dev/null 2>&1; then
        echo "tidy self-test: missing braces accepted"
        exit 1
    fi
    echo "tidy self-test: 2 passed, 0 failed"
    exit 0
fi

build=${1:?"usage: run_tidy.sh BUILD_DIR [file...]"}
shift
if [ $# -eq 0 ]; then
    mapfile -t files < <(cd "$root" && find src bench -name '*.c' 2>/dev/null | sort)
    # Only what is compiled here has a compile command.
    for f in "${files[@]}"; do
        if grep -q "$root/$f\"" "$build/compile_commands.json"; then
            set -- "$@" "$root/$f"
        fi
    done
fi
if [ $# -eq 0 ]; then
    echo "tidy: nothing to check in $build"
    exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# One file a process: with several, version 14 calls every va_list of the later ones uninitialized.
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" "$tidy" --quiet -p "$build" \
    --extra-arg=-Wno-unknown-warning-option >"$log" 2>/dev/null || status=1
cat "$log"
# A crash of clang-tidy itself must not look like a clean file.
if [ "$status" -ne 0 ] || grep -q 'error:' "$log"; then
    echo "tidy: findings, see above"
    exit 1
fi
echo "tidy: $# files"
