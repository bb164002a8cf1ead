#!/bin/sh
# Every test that a document names exists: `test_what__sentence`, or `test_what__*` for several.
set -eu
cd "$1"
missing=0
for document in docs/answers.md docs/reports.md; do
    for name in $(grep -o '`test_[a-z0-9_]*\*\{0,1\}`' "$document" | tr -d '`' | sort -u); do
        case $name in
        *'*') pattern="static void ${name%\*}[a-z0-9_]*(" ;;
        *) pattern="static void $name(" ;;
        esac
        if ! grep -rq --include='test_*.c' -e "$pattern" tests; then
            echo "$document names $name, and there is none"
            missing=1
        fi
    done
done
exit $missing
