# Sourced by every test of this folder: real servers on loopback, each in a process group of its
# own, and holdfast as its users run it. All that a test starts ends with it.
set -u
PATH=$PATH:/usr/sbin # for kamailio, where the path is a plain user's
holdfast=$(realpath -- "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
control=$folder/holdfast.sock
groups=()

# Four addresses of its own for each test, by its process id: tests run side by side.
address() { echo "127.33.$(($$ / 60 % 250)).$(($$ % 60 * 4 + 1 + $1))"; }

end_all() {
    exec 2>/dev/null # no word about what is killed
    local group
    for group in ${groups[@]+"${groups[@]}"}; do
        kill -CONT -- "-$group" 2>/dev/null
        kill -KILL -- "-$group" 2>/dev/null
    done
    wait
    rm -rf "$folder"
}
trap end_all EXIT
trap 'exit 1' INT TERM

fail() {
    echo "FAILED: $*"
    local log
    for log in "$folder"/*.log "$folder"/*.messages; do
        [ -s "$log" ] && echo "--- ${log##*/}" && tail -60 "$log"
    done
    echo "FAILED: $*" # again, where a log that is cut at its beginning still has it
    exit 1
}

# start NAME COMMAND…: in a process group of its own; its number is in $started.
start() {
    local name=$1
    [ "$BASH_SUBSHELL" = 0 ] || fail "$name would outlive the test: started in a subshell"
    shift
    setsid "$@" >"$folder/$name.log" 2>&1 </dev/null &
    started=$!
    groups+=("$started")
}

# within SECONDS COMMAND…: true as soon as the command is; what it prints is dropped.
within() {
    local until=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.05
    done
}

eventually() { within 8 "$@" || fail "never came true: $*"; }

same() { [ "$1" = "$2" ] || fail "${3:-not the same}: '$1' instead of '$2'"; }

# ---- Kamailio

# registrar_start NAME ADDRESS[:PORT] [DEFINE | (udp|tcp|tls):ADDRESS:PORT]…: see registrar.cfg for what may
# be defined; IPv6 addresses in brackets, with their port
registrar_start() {
    local name=$1 listen=$2 options=() option
    shift 2
    case $listen in *:*) ;; *) listen=$listen:5060 ;; esac
    for option; do
        case $option in
        udp:* | tcp:*) options+=(-l "$option") ;;
        tls:*) options+=(-l "$option" -m 64 -M 8) ;;
        *) options+=(-A "$option") ;;
        esac
    done
    start "$name" kamailio -DD -E -f "$here/registrar.cfg" -P "$folder/$name.pid" -Y "$folder" \
        -w "$folder" -m 16 -M 4 -n 1 -l "udp:$listen" -A "CONTROL=\"unix:$folder/$name.ctl\"" \
        ${options[@]+"${options[@]}"}
    declare -g "group_$name=$started"
    eventually registrar_rpc "$name" core.uptime
}

registrar_rpc() {
    local name=$1
    shift
    kamcmd -s "unix:$folder/$name.ctl" "$@"
}

# registrar_fault NAME CODE [COUNT [RETRY-AFTER]]: 0 is healthy, 1 silence
registrar_fault() {
    registrar_rpc "$1" pv.shvSet retry_after int "${4:-0}" >/dev/null
    registrar_rpc "$1" pv.shvSet fault_count int "${3:-0}" >/dev/null
    registrar_rpc "$1" pv.shvSet fault int "$2" >/dev/null
}

signal_group() {
    local group=group_$2
    kill "-$1" -- "-${!group}"
}
registrar_freeze() { signal_group STOP "$1"; }
registrar_thaw() { signal_group CONT "$1"; }

# bindings NAME: Kamailio's own list, a line each: USER CONTACT EXPIRES, sorted
bindings() {
    registrar_rpc "$1" ul.dump | awk '
        $1 == "AoR:" { user = $2 }
        $1 == "Address:" { contact = $2 }
        $1 == "Expires:" && contact != "" { print user, contact, $2; contact = "" }' | sort
}

bound() { bindings "$1" | grep -q "^$2 "; }
not_bound() { ! bound "$1" "$2"; }

# lifetime NAME USER GRANTED: the binding is there, once, with a lifetime granted just now
lifetime() {
    local left count
    count=$(bindings "$1" | grep -c "^$2 ")
    [ "$count" = 1 ] || fail "$2 has $count bindings at $1: $(bindings "$1")"
    left=$(bindings "$1" | sed -n "s/^$2 .* //p")
    [ "$left" -le "$3" ] && [ "$left" -gt $(($3 - 10)) ] ||
        fail "the binding of $2 at $1 lives $left s, not $3"
}

# ---- SIPp: one awkward server, for one Call-ID

# peer_start NAME ADDRESS <SCRIPT: a server that follows a script of lines, see scenario.awk
peer_start() {
    local name=$1 listen=$2
    awk -f "$here/scenario.awk" >"$folder/$name.xml"
    start "$name" sipp -sf "$folder/$name.xml" -i "$listen" -p 5060 -m 1 -t u1 -nostdin \
        -default_behaviors abortunexp -timeout 60s -timeout_error \
        -trace_err -error_file "$folder/$name.errors.log" \
        -trace_msg -message_file "$folder/$name.messages"
    declare -g "group_$name=$started"
    within 5 ready "$listen" || fail "$name does not start"
    listens "$listen" || fail "$name does not listen"
}

# it listens, or has given up
ready() { listens "$1" || ! kill -0 "$started"; }

listens() {
    local hex
    hex=$(printf '%02X%02X%02X%02X:13C4' $(echo "$1" | tr . '\n' | tac))
    grep -q " $hex " /proc/net/udp
}

# peer_end NAME: waits until the script is over; every line of it must have come true
peer_end() {
    local group=group_$1
    within "${2:-10}" not_running "${!group}" || fail "the script of $1 is not over"
    wait "${!group}" || fail "the script of $1 did not come true"
}
not_running() { ! kill -0 "$1"; }

# registers NAME: how many REGISTERs the peer has received, retransmissions included
registers() { grep -c '^REGISTER ' "$folder/$1.messages"; }

# the header's values in the REGISTERs received, a line each
received() { tr -d '\r' <"$folder/$1.messages" | awk -v name="$2:" '
    /^REGISTER / { inside = 1 } /^$/ { inside = 0 }
    inside && index($0, name) == 1 { print substr($0, length(name) + 2) }'; }

# call_user USER REGISTRAR CALLER SECONDS [COMMAND]: OPTIONS from a caller at that address to the
# user, by way of the registrar; fails without a 200. COMMAND runs SIPp where that is.
call_user() {
    cat >"$folder/options.xml" <<END
<?xml version="1.0"?>
<scenario>
<send><![CDATA[
OPTIONS sip:$1@$2 SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 20
From: <sip:caller@$2>;tag=[call_number]
To: <sip:$1@$2>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Content-Length: 0

]]></send>
<recv response="200" />
</scenario>
END
    ${5-} sipp -sf "$folder/options.xml" -i "$3" -p 5060 -m 1 -nostdin -timeout "${4}s" \
        -timeout_error "$2:5060" >"$folder/caller.log" 2>&1 </dev/null
}

# ---- holdfast

# phones_start FILE|OPTION…
phones_start() {
    start holdfast "$holdfast" run --verbose --control "$control" "$@"
    group_holdfast=$started
    within 8 test -S "$control" || fail 'holdfast does not start'
}

phones_stop() {
    kill -TERM "$group_holdfast"
    wait "$group_holdfast" || fail "holdfast exits with $?"
}

# status ACCOUNT FIELD: from the status in JSON, not of one registration of several; strings
# without their quotes
status() {
    "$holdfast" status --json --control "$control" "$1" |
        sed -n "s/, \"legs\": .*//; s/.*\"$2\": *\(\"[^\"]*\"\|[^,}]*\).*/\1/p" | tr -d '"'
}

is() { [ "$(status "$1" "$2")" = "$3" ]; }

# state ACCOUNT STATE: comes to it
state() { within "${3:-8}" is "$1" state "$2" ||
    fail "$1 is $(status "$1" state), not $2: $("$holdfast" explain "$1" --control "$control")"; }

# one_account ADDRESS [LINE…]: writes phone.yaml with alice at this server
one_account() {
    local server=$1 line
    shift
    { echo 'accounts:'
        echo '  - name: alice'
        echo '    user: alice'
        echo '    password: pass-alice'
        echo "    server: $server"
        for line; do echo "    $line"; done; } >"$folder/phone.yaml"
}
