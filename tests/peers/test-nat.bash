#!/bin/bash
# Behind a NAT that masquerades, with another port each time (nftables), and forgets a mapping after
# two seconds. An account that keeps its mapping open can be reached: proved by a request that
# Kamailio sends to its binding. One that does not cannot. When the mapping changes, the account
# registers again, the old binding is gone, and it can be reached again.
. "$(dirname "$0")/../in-namespace.sh"
. "$(dirname "$0")/harness.bash"
skip() { echo "skipped: $*" && exit 77; }
for program in ip nft conntrack nsenter; do
    command -v "$program" >/dev/null || skip "there is no $program"
done

inner=10.78.1.2  # the phone
outer=203.0.113.1 # the NAT, seen from outside
server=203.0.113.2
caller=203.0.113.3

# namespace NAME: one that lives as long as the test
namespace() {
    start "$1" unshare -n sleep 600
    declare -g "$1=$started"
    eventually sh -c "! [ /proc/$started/ns/net -ef /proc/self/ns/net ]"
}
in_nat() { nsenter -t "$nat" -n "$@"; }
in_world() { nsenter -t "$world" -n "$@"; }
namespace nat
namespace world
ip link add phone type veth peer name inside netns "$nat" || skip 'no veth here'
in_nat ip link add outside type veth peer name line netns "$world"
ip link set lo up
ip address add $inner/24 dev phone
ip link set phone up
in_nat ip address add 10.78.1.1/24 dev inside
in_nat ip address add $outer/24 dev outside
in_nat ip link set inside up
in_nat ip link set outside up
in_world ip link set lo up
in_world ip address add $server/24 dev line
in_world ip address add $caller/24 dev line
in_world ip link set line up
ip route replace default via 10.78.1.1
in_nat sysctl -qw net.ipv4.ip_forward=1
in_nat nft 'table ip nat { chain out { type nat hook postrouting priority 100;
    oifname "outside" udp sport 5076 masquerade;
    oifname "outside" masquerade fully-random; }; }' || skip 'no nftables in this kernel'
in_nat sysctl -qw net.netfilter.nf_conntrack_udp_timeout=2 \
    net.netfilter.nf_conntrack_udp_timeout_stream=2 || skip 'no conntrack in this kernel'

# Kamailio runs on the far side; its control socket is a file, which can be reached from here.
mkdir "$folder/bin"
printf '#!/bin/sh\nexec nsenter -t %s -n %s "$@"\n' "$world" "$(command -v kamailio)" \
    >"$folder/bin/kamailio"
chmod +x "$folder/bin/kamailio"
PATH=$folder/bin:$PATH

ask() { call_user "$1" "$server" "$caller" 3 in_world; }
contact() { bindings registrar | sed -n "s/^$1 [^@]*@\([^ ;]*\).*/\1/p"; }
is_from_the_nat() { case $(contact "$1") in "$outer":*) ;; *) return 1 ;; esac; }

registrar_start registrar "$server" REACHES_USERS
cat >"$folder/three.yaml" <<END
accounts:
  - {name: kept, user: kept, password: pass-kept, server: $server, expires: 3600, local_port: 5070,
     nat.rewrite_contact: yes, nat.keep_alive: packet, nat.keep_alive_interval: 1}
  - {name: told, user: told, password: pass-told, server: $server, expires: 3600, local_port: 5072,
     nat.rewrite_contact: yes, nat.keep_alive: options, nat.keep_alive_interval: 1}
  - {name: loose, user: loose, password: pass-loose, server: $server, expires: 3600,
     local_port: 5074, nat.rewrite_contact: yes}
  - {name: asker, user: asker, password: pass-asker, server: $server, expires: 3600,
     local_port: 5076, nat.traversal: stun, nat.stun_server: $caller, nat.rport: no,
     nat.keep_alive: packet, nat.keep_alive_interval: 1}
END
# Whom the last one asks where it is; its port alone is the same outside, for everybody.
start stun nsenter -t "$world" -n "$holdfast" registrar --open "$caller:3478"
phones_start "$folder/three.yaml"
for name in kept told loose; do
    state $name registered
    eventually is_from_the_nat $name
    same "$(bindings registrar | grep -c "^$name ")" 1 "bindings of $name"
done
ask loose || fail 'the account cannot be reached while the NAT knows it'

sleep 5 # the NAT forgets whom it does not hear
ask kept || fail 'the mapping was kept open, and the account cannot be reached'
ask told || fail 'the mapping was kept open by OPTIONS, and the account cannot be reached'
ask loose && fail 'the NAT has not forgotten an account that is silent'

# The NAT forgets all, as after a restart, and gives out other ports.
before=$(contact told)
in_nat conntrack -F >/dev/null 2>&1
has_moved() { [ "$(contact told)" != "$before" ] && is_from_the_nat told; }
eventually has_moved
same "$(bindings registrar | grep -c '^told ')" 1 'the old binding is gone'
state told registered
"$holdfast" explain told --control "$control" | grep -q 'sees us at another address' ||
    fail 'explain does not tell why it registered again'
ask told || fail 'the account cannot be reached at its new place'
# Where the STUN server saw it stands in its Contact, and in its Via, where the answers go.
state asker registered
same "$(contact asker)" "$outer:5076" 'the place that the STUN server told'
"$holdfast" explain asker --control "$control" | grep -q "STUN server $caller sees us at $outer:5076" ||
    fail 'explain does not tell what the STUN server said'
sleep 2 # its keep-alives have opened the NAT again, which was told to forget all
ask asker || fail 'the account that asks a STUN server cannot be reached'
phones_stop
exit 0
