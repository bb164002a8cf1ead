#!/bin/sh
# test-tls-restart.sh HOLDFAST [ACCOUNTS]: so many accounts (200), each over a TLS connection of its
# own; the server is killed and started anew, and all are back. Prints how long that took.
. "$(dirname "$0")/common.sh"
accounts=${2:-200}
certificates=$folder/certificates
"$(dirname "$0")/../make-certificates" "$certificates" pbx.example.com "$address" ||
    fail 'no certificates'

# an address of its own is a connection of its own
{ echo "server: $address"
    echo 'transport: tls'
    echo "tls: {ca: $certificates/ca.pem}"
    echo 'retry: 2'
    echo 'accounts:'
    seq "$accounts" | awk '{
        printf "  - {name: a%d, user: a%d, password: pw-a%d, bind: {address: 127.34.%d.%d}}\n",
            $1, $1, $1, $1 / 250 + 1, $1 % 250 + 1 }'; } >"$folder/phones.yaml"

start_registrar() {
    "$holdfast" registrar "$address" --tls "$certificates/good.pem" \
        --tls-key "$certificates/good.key" >>"$folder/registrar.log" 2>&1 &
    registrar=$!
    processes="$processes $registrar"
    eventually grep -q bindings "$folder/registrar.log"
}

now() { date +%s%3N; }

# what the server says itself
bindings() {
    kill -USR1 "$registrar"
    sleep 0.5
    sed -n 's/.*: \([0-9]*\) bindings.*/\1/p' "$folder/registrar.log" | tail -1
}

# all_bound WHEN
all_bound() {
    began=$(now)
    until [ "$(bindings)" = "$accounts" ]; do
        kill -0 "$daemon" || fail 'the daemon has ended'
        [ $(($(now) - began)) -lt 120000 ] || fail "$(bindings) of $accounts $1"
    done
    connections=$(ls "/proc/$daemon/fd" | wc -l)
    [ "$connections" -ge "$accounts" ] || fail "only $connections connections"
    echo "$accounts accounts over as many TLS connections are bound $1:" \
        "$(($(now) - began)) ms; the daemon has $(awk '/VmRSS/ { print $2 }' \
            "/proc/$daemon/status") KiB in memory"
}

start_registrar
"$holdfast" run "$folder/phones.yaml" --control "$control" 2>"$folder/run.log" &
daemon=$!
processes="$processes $daemon"
all_bound 'at first'

kill -KILL "$registrar"
wait "$registrar" 2>/dev/null
sleep 1
: >"$folder/registrar.log"
start_registrar
all_bound 'after the restart'
