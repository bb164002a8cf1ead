#!/bin/bash
# The program when its machine's network changes: in a network namespace of its own, with a small
# registrar in another one. Addresses come and go, an interface goes down and up.
. "$(dirname "$0")/../in-namespace.sh"
. "$(dirname "$0")/common.sh"
command -v ip >/dev/null || { echo "skipped: no ip (iproute2)"; exit 77; }

# The server's side is a namespace that lives as long as the process in it.
unshare -n sleep 600 &
server=$!
processes="$processes $server"
eventually sh -c "! [ /proc/$server/ns/net -ef /proc/self/ns/net ]"
in_server() { nsenter -t $server -n "$@"; }

ip link set lo up
ip link add phone type veth peer name line netns $server || { echo "skipped: no veth here"; exit 77; }
in_server ip link set lo up
in_server ip address add 10.77.0.1/24 dev line
in_server ip link set line up
ip link set phone up
ip address add 10.77.0.2/24 dev phone

nsenter -t $server -n "$holdfast" registrar --tcp 10.77.0.1:5060 >"$folder/registrar.log" 2>&1 &
registrar=$!
processes="$processes $registrar"
eventually grep -q bindings "$folder/registrar.log"

for transport in udp tcp; do
    cat <<END
  - {name: $transport, user: alice-$transport, password: pw-alice-$transport,
     server: 10.77.0.1, transport: $transport, expires: 3600, retry: 600}
END
done | { echo "accounts:"; cat
    echo '  - {name: nobody, user: nobody, server: "10.77.0.1:5999", expires: 3600, retry: 600}'; } >"$folder/two.yaml"
"$holdfast" run "$folder/two.yaml" --control "$control" -v 2>"$folder/run.log" &
processes="$processes $!"

# registered_from ADDRESS: both are, and their bindings name it
registered_from() {
    for name in udp tcp; do
        "$holdfast" status --json --control "$control" $name >"$folder/status" 2>/dev/null || return 1
        grep -q '"state": "registered"' "$folder/status" || return 1
        grep -q "\"contact\": \"[^\"]*@$1[:;>\"]" "$folder/status" || return 1
        grep -q "\"transport\": \"$name\"" "$folder/status" || return 1
    done
}
wait_for() {
    for _ in $(seq 100); do
        registered_from "$1" && return 0
        sleep 0.1
    done
    fail "not registered from $1: $(cat "$folder/status")"
}

wait_for 10.77.0.2

# Another address in place of the first.
ip address add 10.77.0.3/24 dev phone
ip address del 10.77.0.2/24 dev phone
ip address show dev phone | grep -q 10.77.0.3 || ip address add 10.77.0.3/24 dev phone
wait_for 10.77.0.3
grep -q 'the address 10.77.0.2 is gone' "$folder/run.log" ||
    "$holdfast" explain udp --control "$control" | grep -q 'local address' ||
    fail "nobody says that the address is gone"

# None for a while: attempts fail, and the wait after them is ten minutes.
ip address flush dev phone
sleep 3
ip address add 10.77.0.4/24 dev phone
wait_for 10.77.0.4

# The interface goes down with its address, and both come back.
ip link set phone down
ip address flush dev phone
sleep 2
ip link set phone up
ip address add 10.77.0.5/24 dev phone
wait_for 10.77.0.5

# Down and up with its address: nobody needs to do anything.
ip link set phone down
sleep 1
ip link set phone up
sleep 2
wait_for 10.77.0.5

# A container comes and goes: that wakes nobody who waits, as soon as all who were woken before have
# tried (the system tells of a carrier a second later, and who is woken waits three at most). An account that was woken would by then
# have failed again, and wait the ten minutes anew.
nobody_waits() {
    "$holdfast" status --json --control "$control" nobody |
        sed -n 's/.*"next_attempt_in": *\([0-9]*\).*/\1/p'
}
waits_long() { [ "$(nobody_waits)" -gt 300 ]; }
sleep 5
eventually waits_long
ip link add container type veth peer name inside
ip link set container up
ip link set inside up
sleep 1
ip link del container
before=$(nobody_waits)
sleep 5
[ "$(nobody_waits)" -le $((before - 4)) ] ||
    fail "a container's interface wakes who waits: $before s, $(nobody_waits) s five seconds later:
$("$holdfast" explain nobody --control "$control")"

# The bindings from before are gone, where they could be removed: the last REGISTER from elsewhere
# did so.
lists_one_each() {
    before=$(wc -l <"$folder/registrar.log")
    kill -USR1 $registrar
    sleep 0.3
    tail -n +$((before + 1)) "$folder/registrar.log" >"$folder/bindings"
    [ "$(grep -c 'alice-udp@' "$folder/bindings")" = 1 ] &&
        [ "$(grep -c 'alice-tcp@' "$folder/bindings")" = 1 ]
}
eventually lists_one_each
exit 0
