#!/bin/sh
# holdfast simulate: every rehearsal holds, every mistake is told with its line.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
rehearsals=$here/../../examples/rehearsals

# each is an example of something that holds
for scenario in "$rehearsals"/*.yaml; do
    expect 0 "$holdfast" simulate "$scenario"
    contains "$out" '^ok '
    lacks "$out" FAIL
done

# the same seed gives the same bytes, another one others
scenario=$rehearsals/primary-flaps.yaml
expect 0 "$holdfast" simulate "$scenario" --seed 5 --json --chart "$folder/one.svg"
cp "$folder/out" "$folder/one.json"
expect 0 "$holdfast" simulate --chart="$folder/two.svg" --seed=5 --json "$scenario"
cmp "$folder/out" "$folder/one.json" || fail 'the same seed gives other figures'
cmp "$folder/one.svg" "$folder/two.svg" || fail 'the same seed gives another chart'
expect 0 "$holdfast" simulate "$scenario" --seed 6 --json
cmp -s "$folder/out" "$folder/one.json" && fail 'another seed gives the same figures'
contains "$(cat "$folder/one.svg")" '</svg>'
contains "$(cat "$folder/one.json")" '"held": true'

# each wrong file begins with what is to be said of it: '# LINE: text'
for scenario in "$here"/scenarios/*.yaml; do
    expect 1 "$holdfast" simulate "$scenario"
    wanted=0
    while read -r hash line text; do
        case $hash$line in
        \#*:) ;;
        *) break ;;
        esac
        printf '%s\n' "$err" | grep -qF "$scenario:$line error: $text" ||
            fail "no '$line error: $text' in: $err"
        wanted=$((wanted + 1))
    done <"$scenario"
    got=$(printf '%s\n' "$err" | grep -c "^$scenario:[0-9]*: error: ")
    [ "$wanted" = "$got" ] || fail "$wanted errors are expected of $scenario, $got are told: $err"
done

expect 1 "$holdfast" simulate "$folder/missing.yaml"
contains "$err" 'cannot be read'
expect 1 "$holdfast" simulate "$rehearsals/primary-flaps.yaml" --chart "$folder/no/such/folder"
contains "$err" 'cannot be written'
expect 2 "$holdfast" simulate
expect 2 "$holdfast" simulate a.yaml b.yaml
expect 2 "$holdfast" simulate a.yaml --seed one
contains "$err" 'no seed'
expect 2 "$holdfast" simulate a.yaml --chart
