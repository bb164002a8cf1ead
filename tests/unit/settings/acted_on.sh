#!/bin/sh
# A row of the table says `.acted_on = true` exactly when the engine reads the setting: `holdfast
# check -v` promises no more and no less than what is done.
# usage: acted_on.sh ROOT
cd "$1" || exit 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
awk '/^ROW\(/ { split($0, parts, /[(,]/); id = parts[2] }
     /\.acted_on = true/ { print id }' src/settings/rows_*.def | sort -u >"$scratch/promised"
awk '/^ROW\(/ { split($0, parts, /[(,]/); print parts[2] }' src/settings/rows_*.def |
    sort -u >"$scratch/rows"
cat src/target/*.[ch] src/usage/*.[ch] src/account/*.[ch] src/agent/*.[ch] src/net/*.[ch] \
    src/daemon/*.[ch] | grep -oE '\bSETTING_[A-Z0-9_]+' | sed 's/^SETTING_//' |
    sort -u | comm -12 - "$scratch/rows" >"$scratch/read"
comm -23 "$scratch/promised" "$scratch/read" | sed 's/$/: acted_on in the table, but nothing reads it/'
comm -13 "$scratch/promised" "$scratch/read" | sed 's/$/: read, but not acted_on in the table/'
[ -s "$scratch/rows" ] && cmp -s "$scratch/promised" "$scratch/read"
