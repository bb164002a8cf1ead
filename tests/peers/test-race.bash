#!/bin/bash
# A name with IPv4 and IPv6 addresses, the IPv4 ones of which swallow every packet: over TCP and TLS an
# account is registered over IPv6 a quarter of a second later, not after a timeout (RFC 8305), in a
# network namespace of its own. Where IPv4 is not there at all, and where it works, likewise at once.
. "$(dirname "$0")/../in-namespace.sh"
. "$(dirname "$0")/harness.bash"
. "$here/knot.bash"

ip link set lo up || { echo "skipped: no ip (iproute2)"; exit 77; }
ip -6 address add fd09::1/128 dev lo nodad || { echo "skipped: no IPv6"; exit 77; }
# it takes what is sent to neighbours who are not there
ip link add hole type veth peer name bottom || { echo "skipped: no veth here"; exit 77; }
ip link set hole up && ip link set bottom up && ip address add 10.9.0.1/24 dev hole || fail 'no hole'
for nobody in 10.9.0.2 10.9.0.3; do
    ip neighbour add $nobody lladdr 02:00:00:00:00:99 dev hole || fail 'no neighbour'
done
"$here/../make-certificates" "$folder/certificates" hole.peers.test 127.0.0.1 || fail 'no certificates'

dns_start 127.0.0.1 <<'END'
$TTL 60
hole A 10.9.0.2
hole A 10.9.0.3
hole AAAA fd09::1
nowhere A 203.0.113.1
nowhere AAAA fd09::1
both A 127.0.0.1
both AAAA fd09::1
END
for address in '127.0.0.1' '[fd09::1]'; do
    start "registrar$address" "$holdfast" registrar --tcp --tls "$folder/certificates/good.pem" \
        --tls-key "$folder/certificates/good.key" "$address:5070"
    eventually grep -q bindings "$folder/registrar$address.log"
done

# account NAME TRANSPORT PORT
account() {
    echo "  - {name: $1-$2, user: $1-$2, password: pw-$1-$2, server: '$1.peers.test:$3', transport: $2," \
        "transport.connect_timeout: 5, tls: {ca: $folder/certificates/ca.pem}}"
}
{ echo accounts:
    account hole tcp 5070
    account hole tls 5071
    account nowhere tcp 5070
    account both tcp 5070; } >"$folder/phones.yaml"
phones_start --dns 127.0.0.1:5353 "$folder/phones.yaml"
for name in hole-tcp hole-tls nowhere-tcp; do
    within 3 is "$name" state registered || fail "$name: $("$holdfast" status --control "$control" --json "$name")"
    case $(status "$name" target) in '[fd09::1]:'*) ;; *) fail "$name is at $(status "$name" target)" ;; esac
done
within 3 is both-tcp state registered || fail 'both-tcp is not registered'
same "$(status both-tcp target)" 127.0.0.1:5070 'what is fast enough is not raced'
"$holdfast" explain --control "$control" hole-tcp | grep -q "IPv6 address was faster" ||
    fail "hole-tcp: $("$holdfast" explain --control "$control" hole-tcp)"
phones_stop
exit 0
