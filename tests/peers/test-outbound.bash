#!/bin/bash
# Flows (RFC 5626) by way of two Kamailio edge proxies to a Kamailio registrar: each has its reg-id in
# Kamailio's own list; with one edge dead the account is reached through the other; the one that comes
# back has its flow again, in the place of the old one. Flow-Timer is followed. An edge without
# outbound gets a 439 for us and carries nothing then. OVER: udp, tcp or tls, from phone to edge.
. "$(dirname "$0")/harness.bash"
[ -e /usr/lib/*/kamailio/modules/outbound.so ] || { echo 'no kamailio-outbound-modules'; exit 77; }

registrar=$(address 0)
one=$(address 1)
two=$(address 2)
caller=$(address 3)
over=${OVER:-udp} trust= way='.' # what a Path says of the way from phone to edge
[ "$over" != tls ] || trust="tls: {ca: $folder/tls/ca.pem}"
[ "$over" = udp ] || way=";transport=$over;lr"
instance=urn:uuid:00000000-0000-1000-8000-000a95a0e128

# edge_start NAME ADDRESS [DEFINE]
edge_start() {
    local more=()
    case $over in
    tcp) more=(-l "tcp:$2:5060" -A TCP) ;;
    tls) more=(-l "tls:$2:5061" -m 64 -M 8 -A TLS -A "CERTIFICATE=\"$folder/tls/good.pem\""
        -A "KEY=\"$folder/tls/good.key\"") ;;
    esac
    start "$1" kamailio -DD -E -f "$here/edge.cfg" -P "$folder/$1.pid" -Y "$folder" -w "$folder" \
        -m 16 -M 4 -n 1 -l "udp:$2:5060" -A "CONTROL=\"unix:$folder/$1.ctl\"" ${3:+-A "$3"} \
        ${more[@]+"${more[@]}"}
    declare -g "group_$1=$started"
    eventually registrar_rpc "$1" core.uptime
}

# flows: REG-ID PATH of alice's bindings in Kamailio's list, sorted
flows() {
    registrar_rpc registrar ul.dump | awk '
        $1 == "Path:" { path = $2 }
        $1 == "Instance:" { instance = $2 }
        $1 == "Reg-Id:" { print $2, path, instance }' | sort
}
flow() { flows | grep "^$1 <sip:[^ ]*$2[;:].*;ob.*$instance" | grep -q "$way"; }
no_flow() { ! flows | grep -q "^$1 "; }
flow_count() { [ "$(flows | wc -l)" = "$1" ]; }

saw() { grep 'SEEN ' "$folder/$1.log" | grep -q -- "$2"; }

ask() { call_user alice "$registrar" "$caller" 5; }

[ "$over" != tls ] || "$here/../make-certificates" "$folder/tls" "edges.test,IP:$one" "$two" ||
    fail 'no certificates'
registrar_start registrar "$registrar" "SERVICE_ROUTE=\"<sip:$registrar:5060;lr>\"" FLOW_TIMER=5
edge_start one "$one" OUTBOUND
edge_start two "$two" OUTBOUND
cat >"$folder/phone.yaml" <<END
accounts:
  - name: alice
    user: alice
    password: pass-alice
    server: $registrar
    proxies: [{address: $one, transport: $over}, {address: $two, transport: $over}]
    $trust
    outbound: yes
    instance: $instance
    timer.t1: 0.1
    retry.min: 1
    retry.max: 4
    retry_counts: 1
END
phones_start "$folder/phone.yaml"
state alice registered
eventually flow 1 "$one"
eventually flow 2 "$two"
same "$(flows | wc -l)" 2 'a flow by way of each edge'
saw one 'REGISTER ' && saw two 'REGISTER ' || fail 'not by both edges'
ask || fail 'a request does not come through'
"$holdfast" explain alice --control "$control" | grep -q 'the server wants one every 5.0 s' ||
    fail "Flow-Timer is not followed: $("$holdfast" explain alice --control "$control")"

# The flow that calls go through dies with its edge: the other one is there at once.
signal_group KILL one
wait "$group_one" 2>/dev/null
"$holdfast" register alice --control "$control" >/dev/null
within 8 is alice server "$registrar via $two" || fail "it works through $(status alice server)"
state alice registered
flow 2 "$two" || fail 'the other flow went as well'
edge_start one "$one" OUTBOUND
within 15 saw one 'REGISTER ' || fail 'the lost flow is not made again'
eventually flow 1 "$one"
same "$(flows | wc -l)" 2 'each flow once'

# A program that ends without a word, and starts again from other ports, with the same reg-ids.
kill -KILL "$group_holdfast"
wait "$group_holdfast" 2>/dev/null
rm -f "$control"
phones_start "$folder/phone.yaml"
state alice registered
eventually flow 1 "$one"
eventually flow 2 "$two"
same "$(flows | wc -l)" 2 'the old flows were replaced'
ask || fail 'a request does not come through after the restart'
phones_stop
eventually flow_count 0

# An edge that keeps no flows: the registrar says 439, and one registration by the other edge is all.
signal_group KILL one
wait "$group_one" 2>/dev/null
edge_start one "$one"
phones_start "$folder/phone.yaml"
state alice registered
eventually flow 2 "$two"
eventually flow_count 1
is alice server "$registrar via $two" || fail "it works through $(status alice server)"
"$holdfast" explain alice --control "$control" | grep -q 439 || fail 'explain does not tell the 439'
phones_stop
exit 0
