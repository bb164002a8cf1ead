#!/bin/bash
# Accounts with a local port of their own, and two that share one: the bindings name these ports. A
# port that somebody else has is told of and tried again, and the other accounts do not notice.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
first=$((20000 + $$ % 4000 * 3))
registrar_start primary "$server"
account() { echo "  - {name: $1, user: $1, password: pass-$1, server: $server, local_port: $2}"; }
{ echo accounts:; account own $first; account one $((first + 1)); account two $((first + 1)); } \
    >"$folder/phones.yaml"
phones_start "$folder/phones.yaml"
for name in own one two; do
    state "$name" registered
done
# port USER: of the contact that Kamailio has
port() { bindings primary | sed -n "s/^$1 sip:[^ ]*:\([0-9]*\)[; ].*/\1/p"; }
same "$(port own)" "$first" 'the port of its own'
same "$(port one)" $((first + 1)) 'the shared port'
same "$(port two)" $((first + 1)) 'the shared port'
phones_stop

# Loopback peers are sent to from 127.0.0.1: there the port is taken.
taken=$((first + 2))
start somebody "$holdfast" registrar "127.0.0.1:$taken"
somebody=$started
eventually grep -q bindings "$folder/somebody.log"
{ echo accounts:; account blocked $taken | sed 's/}$/, retry: 1}/'; account free 0; } \
    >"$folder/phones.yaml"
phones_start "$folder/phones.yaml"
state free registered
state blocked waiting
case $(status blocked last_reason) in
"the local port cannot be used: 127.0.0.1:$taken: "*) ;;
*) fail "the reason is '$(status blocked last_reason)'" ;;
esac
kill -TERM "$somebody"
state blocked registered
same "$(port blocked)" "$taken" 'the port that has become free'
phones_stop

# Accounts 1 and 3 of a Grandstream's file have the phone's own ports, if nobody else has them; with
# P78 any.
{ echo "P35 = g1"; echo "P36 = g1"; echo "P34 = pass-g1"; echo "P47 = $server"
    echo "P504 = g3"; echo "P505 = g3"; echo "P506 = pass-g3"; echo "P502 = $server"; } >"$folder/gxv.txt"
phones_start "$folder/gxv.txt"
state gxv/1 registered
state gxv/3 registered
for expected in 'g1 5060' 'g3 5064'; do
    set -- $expected
    grep -q "local UDP port $2 is taken" "$folder/holdfast.log" || same "$(port "$1")" "$2" "the port of $1"
done
phones_stop
exit 0
