#!/bin/sh
# Help, versions and wrong usage.
. "$(dirname "$0")/common.sh"

expect 0 "$holdfast" --help
for command in run demo status events explain register unregister reload check convert settings \
    registrar simulate; do
    contains "$out" "^  $command "
    expect 0 "$holdfast" "$command" --help
    contains "$out" "^Usage: holdfast $command "
    expect 0 "$holdfast" --help
done
expect 0 "$holdfast" --version
contains "$out" '^holdfast [0-9]'

expect 2 "$holdfast"
expect 2 "$holdfast" fly
contains "$err" "no command 'fly'"
expect 2 "$holdfast" run
expect 2 "$holdfast" run --no-such-option x.yaml
contains "$err" "Try 'holdfast run --help'"
expect 2 "$holdfast" run --set expires=soon x.yaml
contains "$err" expires
expect 2 "$holdfast" run --log-level loud x.yaml
expect 2 "$holdfast" run --control-mode 888 x.yaml
expect 2 "$holdfast" status one two
expect 2 "$holdfast" explain
expect 2 "$holdfast" registrar
expect 2 "$holdfast" registrar 127.0.0.1:99999
expect 2 "$holdfast" registrar --keep x 127.0.0.1
expect 2 "$holdfast" registrar --algorithm rot13 127.0.0.1

for command in status events reload "explain a" "register a" "unregister a"; do
    # shellcheck disable=SC2086
    expect 1 "$holdfast" $command --control "$control"
    contains "$err" 'no holdfast answers at'
done

expect 1 "$holdfast" run --control "$control" "$folder/missing.yaml"
contains "$err" 'missing.yaml'
[ -e "$control" ] && fail "a socket is left behind"

expect 1 sh -c "'$holdfast' --help >/dev/full"
contains "$err" 'cannot write'
exit 0
