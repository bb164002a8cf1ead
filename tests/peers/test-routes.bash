#!/bin/bash
# Two edge proxies before one registrar: edges add Path (RFC 3327), the registrar gives a
# Service-Route out (RFC 3608). The first edge is killed and the account moves to the second. What
# is true is read from Kamailio: the binding's Path from the registrar's list, the Route of
# keep-alives from what the edges and the registrar were sent, and that a request to the binding
# comes to us through the edge from the answer that the registrar's caller got.
. "$(dirname "$0")/harness.bash"

registrar=$(address 0)
one=$(address 1)
two=$(address 2)
caller=$(address 3)

# edge_start NAME ADDRESS
edge_start() {
    start "$1" kamailio -DD -E -f "$here/edge.cfg" -P "$folder/$1.pid" -Y "$folder" -w "$folder" \
        -m 16 -M 4 -n 1 -l "udp:$2:5060" -A "CONTROL=\"unix:$folder/$1.ctl\""
    declare -g "group_$1=$started"
    eventually registrar_rpc "$1" core.uptime
}

# saw NAME PATTERN: a line about a request that it was sent, in its log
saw() { grep 'SEEN ' "$folder/$1.log" | grep -q -- "$2"; }
path_is() { registrar_rpc registrar ul.dump | grep -q "Path: <sip:$1[;:].*lr"; }

ask() { call_user "$1" "$registrar" "$caller" 5; }

registrar_start registrar "$registrar" \
    "SERVICE_ROUTE=\"<sip:$registrar:5060;lr>\""
edge_start one "$one"
edge_start two "$two"
cat >"$folder/phone.yaml" <<END
accounts:
  - name: alice
    user: alice
    password: pass-alice
    server: $registrar
    proxies: [$one, $two]
    retry: 1
    timer.t1: 0.1
    retry_counts: 1
    keep_alive.method: options
    keep_alive.interval: 1
    keep_alive.max_tries: 2
    failback: registration
    proxy.fallback_interval: 3
END
phones_start "$folder/phone.yaml"
state alice registered
bound registrar alice || fail 'no binding at the registrar'
path_is "$one" || fail "the binding's Path is not the first edge: $(registrar_rpc registrar ul.dump)"
service_route="<sip:$registrar:5060;lr>"
eventually saw one "OPTIONS .*route <sip:$one;lr> second $service_route"
eventually saw registrar "OPTIONS .*route $service_route"
saw one "REGISTER .*$service_route" && fail 'REGISTER goes by the service route'
"$holdfast" explain alice --control "$control" >"$folder/explain.log"
grep -q "^service route: $service_route\$" "$folder/explain.log" ||
    fail 'explain does not tell the service route'
grep -q "^path to here: <sip:$one[;:].*lr" "$folder/explain.log" ||
    fail 'explain does not tell the path'
ask alice || fail 'a request to the binding does not come through the first edge'
saw one "OPTIONS sip:alice@.* from $registrar:5060" || fail 'the request did not take the Path'

signal_group KILL one
wait "$group_one" 2>/dev/null
eventually path_is "$two"
state alice registered
same "$(bindings registrar | grep -c '^alice ')" 1 'one binding, moved'
eventually saw two "OPTIONS .*route <sip:$two;lr> second $service_route"
ask alice || fail 'a request to the binding does not come through the second edge'
saw two "OPTIONS sip:alice@.* from $registrar:5060" || fail 'the request did not take the Path'

# Back at the first edge: the registrar has one binding, which the way by the second edge led to,
# too; it must not be removed there.
edge_start one "$one"
eventually path_is "$one"
state alice registered
sleep 1
bound registrar alice || fail 'moving back has removed the binding'
ask alice || fail 'a request to the binding does not come through the first edge again'
phones_stop
eventually not_bound registrar alice
exit 0
