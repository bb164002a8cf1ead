#!/bin/sh
# test-hostile.sh HOLDFAST SERVER measured|not-measured: servers that say nothing, a byte a second,
# or without end, that take nothing, and that refuse, over TCP and TLS; beside them an account at a
# good server, which must not notice, and a memory that must not grow.
server=$2 memory=$3
. "$(dirname "$0")/common.sh"

"$holdfast" registrar "$address" --tcp --min-expires 1 --max-expires 4 2>"$folder/registrar.log" \
    >"$folder/bindings.log" &
processes="$processes $!"
eventually grep -q bindings "$folder/bindings.log"
kinds='silent deaf trickle garbage headers length pings refuses stalls'
set --
port=6000
{ echo 'accounts:'
    echo "  - {name: good, user: good, password: pw-good, server: $address, transport: tcp, expires: 4, retry: 1}"
    for kind in $kinds; do
        port=$((port + 1))
        echo "  - {name: $kind, user: u, server: '$address:$port', transport: tcp, retry: 1}"
        echo "  - {name: $kind-tls, user: u, server: '$address:$port', transport: tls, retry: 1," \
            "tls: {verify: no}}"
    done; } >"$folder/phones.yaml"
port=6000
for kind in $kinds; do
    port=$((port + 1))
    set -- "$@" "$port:$kind"
done
"$server" "$address" "$@" >"$folder/hostile.log" 2>&1 &
processes="$processes $!"
eventually grep -q listening "$folder/hostile.log"

"$holdfast" run "$folder/phones.yaml" --control "$control" 2>"$folder/run.log" &
daemon=$!
processes="$processes $daemon"
# field ACCOUNT NAME
field() {
    "$holdfast" status --control "$control" --json "$1" | sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",}]*\).*/\1/p"
}
is() { [ "$(field "$1" "$2")" = "$3" ]; }
eventually is good state registered
since=$(field good registered_since)
resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status"; }
# the marks of having been asked: refused, cut off, or not yet given up
sleep 3
before=$(resident)
for _ in 1 2 3 4 5; do
    sleep 2
    is good state registered || fail "the good account is $(field good state)"
done
after=$(resident)
if [ "$memory" = measured ]; then
    [ $((after - before)) -lt 4096 ] || fail "memory grew from $before to $after KiB"
    [ "$after" -lt 65536 ] || fail "$after KiB of memory"
fi
[ "$(field good registered_since)" = "$since" ] || fail 'the good account was lost meanwhile'
[ "$(field good failures)" = 0 ] || fail 'the good account has failed meanwhile'
for kind in $kinds; do
    for account in "$kind" "$kind-tls"; do
        is "$account" state registered && fail "$account is registered"
    done
done
# An answer and the end of the connection do not bypass the wait: a second each.
asked=$("$holdfast" explain --control "$control" refuses)
contains "$asked" 'waits before the next try'
[ "$(field refuses last_status)" = 503 ] || fail "refuses: $(field refuses last_status)"
kill "$daemon"
wait "$daemon" || fail "the daemon exits with $?"
exit 0
