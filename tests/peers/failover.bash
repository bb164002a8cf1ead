# Sourced by the failover tests: two Kamailio registrars, Knot DNS that leads to them by SRV and A
# records, and a fleet with an account for each way home, from files of three families. What is
# true of a binding is what the registrars' own lists say (watch-bindings.bash).
. "$(dirname "${BASH_SOURCE[0]}")/harness.bash"
. "$here/knot.bash"

# OVER: udp, tcp or tls, and the same with -ipv6
over=${OVER:-udp}
transport=${over%-ipv6}
case $transport in
udp) service=_sip._udp primary_port=5060 backup_port=5060 ;;
tcp) service=_sip._tcp primary_port=5060 backup_port=5060 ;;
tls) service=_sips._tcp primary_port=5061 backup_port=5061 ;;
*) fail "OVER=$over means nothing" ;;
esac
primary=$(address 0) backup=$(address 1) record=A
if [ "$over" != "$transport" ]; then
    grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6 || exit 77 # no ::1 here
    primary=::1 backup=::1 record=AAAA # there is no other one: they differ by their ports
    primary_port=$((20000 + $$ % 10000 * 4)) backup_port=$((primary_port + 2))
fi
dns=$(address 2)
dns_ttl=2
lifetime=6 # so that everybody renews every three seconds, at home or not

# ---- Knot DNS

fleet_names() {
    dns_start "$dns" <<END
\$TTL $dns_ttl
$service.pbx SRV 10 1 $primary_port one
$service.pbx SRV 20 1 $backup_port two
one $record $primary
two $record $backup
END
}

# the primary's SRV record and its address are gone
dns_forget_primary() {
    dns_rpc zone-begin peers.test &&
        dns_rpc zone-unset peers.test $service.pbx SRV 10 1 $primary_port one &&
        dns_rpc zone-unset peers.test one $record && dns_rpc zone-commit peers.test
} >/dev/null
dns_remember_primary() {
    dns_rpc zone-begin peers.test &&
        dns_rpc zone-set peers.test $service.pbx "$dns_ttl" SRV 10 1 $primary_port one &&
        dns_rpc zone-set peers.test one "$dns_ttl" $record "$primary" && dns_rpc zone-commit peers.test
} >/dev/null

# ---- The registrars

listen() { case $1 in *:*) echo "[$1]:$2" ;; *) echo "$1:$2" ;; esac; }

# failover_registrar primary|backup
failover_registrar() {
    local host=${!1} port=${1}_port more=()
    port=${!port}
    case $transport in
    tcp) more=(TCP "tcp:$(listen "$host" "$port")") ;;
    tls) more=(TLS "tls:$(listen "$host" "$port")" "CERTIFICATE=\"$folder/tls/good.pem\""
        "KEY=\"$folder/tls/good.key\"")
        port=$((port - 1)) ;; # of UDP, which nobody uses
    esac
    registrar_start "$1" "$(listen "$host" "$port")" MAX_EXPIRES=$lifetime ${more[@]+"${more[@]}"}
}

# ---- The fleet: ACCOUNT USER HOME EARLIEST. HOME is yes or no: does its mode bring it back
# within ten seconds; EARLIEST: so long after it came to the backup at the least.

fleet='
native/1 srv-new      yes 0
native/2 srv-ttl      yes 1
native/3 srv-registration yes 2.5
native/4 srv-duration yes 6
native/5 srv-stay     no  0
native/6 srv-probe    yes 5
native/7 two-new      yes 0
native/8 two-ttl      yes 1
native/9 two-registration yes 2.5
native/10 two-duration yes 6
native/11 two-stay    no  0
native/12 two-probe   yes 5
desk/1   yea-new      yes 0
desk/2   yea-ttl      yes 1
desk/3   yea-registration yes 2.5
desk/4   yea-stay     no  0
grand/1  gra-new      yes 0
grand/2  gra-ttl      yes 1
grand/3  gra-stay     no  0
'

# The phones' own files do not say how long a connection may take.
[ "$transport" = udp ] || fleet=$(grep native <<<"$fleet")

native_account() {
    printf '  - {user: %s, password: pass-%s, %s, failback: %s}\n' "$1" "$1" "$3" "$2"
}

write_native() {
    local name servers='server: pbx.peers.test'
    echo 'timer.t1: 0.1'
    echo 'retry_counts: 1'
    echo 'retry: 1'
    echo "transport: $transport"
    echo 'transport.connect_timeout: 0.5'
    [ "$transport" != tls ] || echo "tls.ca: $folder/tls/ca.pem"
    echo 'failback.timeout: 2' # so long, not 30 s, a silent server is known dead to all of them
    echo 'accounts:'
    for name in srv two; do
        [ $name = srv ] || \
            servers="servers: [one.peers.test:$primary_port, two.peers.test:$backup_port]"
        native_account $name-new new-requests "$servers"
        native_account $name-ttl dns-ttl "$servers"
        native_account $name-registration registration "$servers"
        native_account $name-duration duration "$servers, failback.timeout: 6"
        native_account $name-stay stay "$servers"
        native_account $name-probe probe "$servers, failback.timeout: 5"
    done
}

# failback_mode 0 to 3, the last with a timeout of 0
write_yealink() {
    local mode=0 user
    echo '#!version:1.0.0.1'
    for user in yea-new yea-ttl yea-registration yea-stay; do
        mode=$((mode + 1))
        cat <<END
account.$mode.enable = 1
account.$mode.user_name = $user
account.$mode.auth_name = $user
account.$mode.password = pass-$user
account.$mode.advanced.timer_t1 = 0.1
account.$mode.reg_fail_retry_interval = 1
account.$mode.sip_server.1.address = pbx.peers.test
account.$mode.sip_server.1.port = 0
account.$mode.sip_server.1.expires = 60
account.$mode.sip_server.1.retry_counts = 1
account.$mode.sip_server.1.failback_mode = $((mode - 1))
account.$mode.sip_server.1.failback_timeout = 0
END
    done
}

# DNS mode SRV; failback mode 0 to 2 (P26040, P26140, P26240)
write_grandstream() {
    cat <<END
<?xml version="1.0" encoding="UTF-8" ?>
<gs_provision version="1"><config version="1">
<P271>1</P271><P47>pbx.peers.test</P47><P35>gra-new</P35><P36>gra-new</P36>
<P34>pass-gra-new</P34><P32>1</P32><P138>1</P138><P209>0.1</P209>
<P103>1</P103><P26040>0</P26040>
<P401>1</P401><P402>pbx.peers.test</P402><P404>gra-ttl</P404><P405>gra-ttl</P405>
<P406>pass-gra-ttl</P406><P412>1</P412><P471>1</P471><P440>0.1</P440>
<P408>1</P408><P26140>1</P26140>
<P501>1</P501><P502>pbx.peers.test</P502><P504>gra-stay</P504><P505>gra-stay</P505>
<P506>pass-gra-stay</P506><P512>1</P512><P571>1</P571><P540>0.1</P540>
<P508>1</P508><P26240>2</P26240>
<P60055>1</P60055>
</config></gs_provision>
END
}

each() { # each COMMAND…: with ACCOUNT USER HOME EARLIEST for every account
    local account user home earliest
    while read -r account user home earliest; do
        [ -z "$account" ] || "$@" "$account" "$user" "$home" "$earliest"
    done <<<"$fleet"
}

fleet_size=$(grep -c / <<<"$fleet")

all_at() { [ "$(bindings "$1" | awk '$3 > 0 { print $1 }' | sort -u | wc -l)" = "$fleet_size" ]; }

# Everybody is registered with the primary, and the watch begins.
fleet_start() {
    [ "$transport" != tls ] || "$here/../make-certificates" "$folder/tls" \
        pbx.peers.test,DNS:one.peers.test,DNS:two.peers.test || fail 'no certificates'
    failover_registrar primary
    failover_registrar backup
    fleet_names
    local files=("$folder/native.yaml")
    write_native >"$folder/native.yaml"
    if [ "$transport" = udp ]; then
        write_yealink >"$folder/desk.cfg"
        write_grandstream >"$folder/grand.xml"
        files+=("$folder"/{desk.cfg,grand.xml})
    fi
    phones_start --dns "$dns:5353" "${files[@]}"
    eventually all_at primary
    [ -z "$(bindings backup)" ] || fail "already at the backup: $(bindings backup)"
    start watch bash "$here/watch-bindings.bash" "$folder"
    eventually test -s "$folder/samples"
}

# Each account sends a REGISTER now, so that the time of its first failure is known.
ask() {
    echo "$EPOCHREALTIME $2" >>"$folder/asked"
    "$holdfast" register --control "$control" "$1" >/dev/null || fail "$1 cannot be asked"
}

fault_begins() { fault_at=$EPOCHREALTIME; }
fault_ends() { healed_at=$EPOCHREALTIME; }

primary_freeze() {
    touch "$folder/primary.frozen"
    registrar_freeze primary
}
primary_thaw() {
    registrar_thaw primary
    rm "$folder/primary.frozen"
}
primary_stop() {
    signal_group KILL primary
    wait "$group_primary" 2>/dev/null
    :
}

# Two transmissions 0.1 s apart and the 0.2 s after the second; the rest is for the exchange with
# the backup and a busy machine. The whole time of a transaction would be 6.4 s.
move_bound=2
rest=0 # so long the primary asked to be left alone
# It is gone from the backup so long after the fault at the latest: 6 s between two tries (duration),
# the first just before the fault ended, 6 s until a binding ends that was left alone because it
# leads to this phone as well, and the rest as above.
late=16

everybody_moves() {
    each ask
    within $((move_bound + 2)) all_at backup ||
        fail "not all are at the backup: $(bindings backup)"
}

# judge: what was watched since the fault began (judge.awk), a line for each account
judge() {
    grep / <<<"$fleet" >"$folder/fleet"
    awk -v fault="$fault_at" -v healed="$healed_at" -v bound="$move_bound" -v rest="$rest" \
        -v late="$late" -f "$here/judge.awk" "$folder"/{fleet,asked,samples} >"$folder/verdicts"
    local status=$?
    cat "$folder/verdicts"
    [ $status = 0 ] || fail "$(grep WRONG "$folder/verdicts")"
}

# here_not_there HERE THERE HOME: whether all whose HOME is so have a binding here, and none there;
# those who have not are in $missing
here_not_there() {
    local at_here at_there account user home earliest
    at_here=$(bindings "$1")
    at_there=$(bindings "$2")
    missing=
    while read -r account user home earliest; do
        [ "$home" = "$3" ] || continue
        grep -q "^$user " <<<"$at_here" && ! grep -q "^$user " <<<"$at_there" ||
            missing="$missing $user"
    done <<<"$fleet"
    [ -z "$missing" ]
}

# comes_home: waits for all who do; what is late is judged later
comes_home() { within "$((late + 2))" here_not_there primary backup yes && sleep 1; }
