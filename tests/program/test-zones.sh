#!/bin/bash
# Servers at link-local addresses, "fe80::1%phone": over UDP, TCP and TLS, directly and as outbound
# proxy. The zone is this machine's own: no message says it (RFC 4007 section 11.2, RFC 6874).
. "$(dirname "$0")/../in-namespace.sh"
. "$(dirname "$0")/common.sh"
command -v ip >/dev/null || { echo "skipped: no ip (iproute2)"; exit 77; }
[ -e /proc/net/if_inet6 ] || { echo "skipped: no IPv6"; exit 77; }
certificates=$folder/certificates
"$(dirname "$0")/../make-certificates" "$certificates" pbx.example.com 127.0.0.1 ||
    fail 'no certificates'

unshare -n sleep 600 &
server=$!
processes="$processes $server"
eventually sh -c "! [ /proc/$server/ns/net -ef /proc/self/ns/net ]"
in_server() { nsenter -t $server -n "$@"; }

ip link set lo up
ip link add phone type veth peer name line netns $server || { echo "skipped: no veth here"; exit 77; }
in_server ip link set lo up
in_server ip link set line up
ip link set phone up
# nodad: usable at once
in_server ip address add fe80::77:1/64 dev line nodad || { echo "skipped: no IPv6"; exit 77; }
ip address add fe80::77:2/64 dev phone nodad
index=$(in_server ip -o link show line | sed 's/:.*//')

# Not by the function: what is killed would be its subshell.
nsenter -t $server -n "$holdfast" registrar --tcp --tls "$certificates/good.pem" --tls-key "$certificates/good.key" \
    "[fe80::77:1%$index]:5060" >"$folder/registrar.log" 2>&1 &
processes="$processes $!"
eventually grep -q bindings "$folder/registrar.log"

{ echo 'accounts:'
    for transport in udp tcp; do
        echo "  - {name: $transport, user: $transport, password: pw-$transport, server: 'fe80::77:1%phone'," \
            "transport: $transport}"
        echo "  - {name: port-$transport, user: p-$transport, password: pw-p-$transport," \
            "server: '[fe80::77:1%phone]:5060', transport: $transport}"
        echo "  - {name: proxy-$transport, user: q-$transport, password: pw-q-$transport," \
            "domain: pbx.example.com, server: pbx.example.com, proxy: '[fe80::77:1%phone]:5060'," \
            "transport: $transport}"
    done
    echo "  - {name: tls, user: tls, password: pw-tls, domain: pbx.example.com," \
        "server: '[fe80::77:1%phone]:5061', transport: tls, tls: {ca: $certificates/ca.pem}}"
    echo "  - {name: nowhere, user: n, password: pw-n, server: 'fe80::77:1%missing', retry: 3600}"
} >"$folder/phones.yaml"
"$holdfast" run --verbose --trace "$folder/phones.yaml" --control "$control" 2>"$folder/run.log" >"$folder/run.out" &
daemon=$!
processes="$processes $daemon"
status() { "$holdfast" status --control "$control" --json "$1"; }
is() { status "$1" | grep -q "\"state\": *\"$2\""; }
for account in udp tcp port-udp port-tcp proxy-udp proxy-tcp tls; do
    eventually is "$account" registered
    contains "$(status $account)" '"contact": *"[^"]*@\[fe80::[0-9a-f:]*\]:[0-9]'
done
eventually is nowhere waiting
contains "$(status nowhere)" 'no interface of that name'
lacks "$(grep -h 'sip:\|^Via\|SIP/2.0' "$folder/run.out" "$folder/run.log" | grep -v warning)" '%phone'

contains "$(cat "$folder/run.out" "$folder/run.log")" 'REGISTER sip:\[fe80::77:1\]'
contains "$(cat "$folder/run.out" "$folder/run.log")" '^ *Route: <sip:\[fe80::77:1\]:5060'

# Without the interface there is nothing to be said to the server.
ip link delete phone
eventually sh -c "! grep -q phone /proc/net/dev"
kill "$daemon"
wait "$daemon" || fail "the daemon exits with $?"
exit 0
