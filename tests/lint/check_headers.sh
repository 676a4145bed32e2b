#!/usr/bin/env bash
# Every header compiles alone, has a guard named after its path, and the public ones are C++ as well.
# check_headers.sh [--self-test] [ROOT]; CC and CXX name the compilers.
set -euo pipefail

lint=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-cc}

check() {
    local root=$1 failed=0 count=0 header name guard
    cd "$root"
    for header in $(find src include -name '*.h' 2>/dev/null | sort); do
        count=$((count + 1))
        case $header in
        src/*) name=${header#src/} guard=SN_ ;;
        *) name=${header#include/} guard= ;;
        esac
        guard+=$(printf '%s' "$name" | tr 'a-z/.' 'A-Z__')
        if ! grep -q "^#ifndef $guard\$" "$header" || ! grep -q "^#define $guard\$" "$header"; then
            echo "$header: no guard $guard"
            failed=$((failed + 1))
        fi
        if ! echo "#include \"$name\"" | "$cc" -x c -std=gnu11 -D_GNU_SOURCE -Isrc -Iinclude \
            -Wall -Wextra -Werror -fsyntax-only -; then
            echo "$header: does not compile alone"
            failed=$((failed + 1))
        fi
        if [ "$header" != "${header#include/}" ] && command -v "${CXX:-c++}" >/dev/null; then
            if ! echo "#include \"$name\"" | "${CXX:-c++}" -x c++ -std=c++11 -Iinclude \
                -Wall -Wextra -Werror -fsyntax-only -; then
                echo "$header: is not C++"
                failed=$((failed + 1))
            fi
        fi
    done
    echo "headers: $((count)) checked, $failed failed"
    [ "$failed" -eq 0 ]
}

if [ "${1:-}" = --self-test ]; then
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    plant() {
        rm -rf "$tmp/src" && mkdir -p "$tmp/src/base"
        printf '#ifndef %s\n#define %s\n%s\n#endif\n' "$1" "$1" "$2" >"$tmp/src/base/a.h"
    }
    good='#include <stddef.h>
size_t sn_a_f(void);'
    plant SN_BASE_A_H "$good"
    (check "$tmp") || { echo "headers self-test: good header refused"; exit 1; }
    plant SN_BASE_A_H 'size_t sn_a_f(void);'
    if (check "$tmp") >/dev/null 2>&1; then echo "headers self-test: missing include accepted"; exit 1; fi
    plant SN_A_H "$good"
    if (check "$tmp") >/dev/null 2>&1; then echo "headers self-test: wrong guard accepted"; exit 1; fi
    echo "headers self-test: 3 passed, 0 failed"
    exit 0
fi
check "${1:-$lint/../..}"
