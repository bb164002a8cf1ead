#!/bin/sh
# The daemon and everything that talks to it, against the small registrar.
. "$(dirname "$0")/common.sh"

cat >"$folder/phones.cfg" <<EOF
#!version:1.0.0.1
account.1.enable = 1
account.1.user_name = alice
account.1.password = pw-alice
account.1.sip_server.1.address = $address
account.1.sip_server.1.expires = 120
account.2.enable = 1
account.2.user_name = bob
account.2.password = not-this
account.2.sip_server.1.address = $address
account.2.unregister_on_reboot = 0
EOF

"$holdfast" registrar --keep 45 "$address" >"$folder/registrar.log" 2>&1 &
registrar=$!
processes="$processes $registrar"
eventually grep -q 'bindings' "$folder/registrar.log"

"$holdfast" run "$folder/phones.cfg" --control "$control" --set unregister_at_exit=yes -v \
    2>"$folder/run.log" &
daemon=$!
processes="$processes $daemon"

is_in_state() {
    "$holdfast" status --json --control "$control" "$1" | grep -q "\"state\": \"$2\""
}

eventually is_in_state phones/1 registered
eventually is_in_state phones/2 rejected
[ "$(stat -c %a "$control")" = 600 ] || fail "others may open the socket"

expect 0 "$holdfast" status --control "$control"
contains "$out" '^ACCOUNT *STATE'
contains "$out" "^phones/1 *registered *$address:5060 *$address:5060/udp"
expect 0 "$holdfast" status --json --control "$control"
contains "$out" '"account": "phones/2", "state": "rejected"'
contains "$out" '"last_status": 401'
contains "$out" '"binding_expires_in": 1[12][0-9]\.[0-9]*,'
expect 0 "$holdfast" status --summary --control "$control"
contains "$out" '^accounts  *2$'
contains "$out" '^registered  *1$'
contains "$out" '^rejected  *1$'
contains "$out" "^$address:5060 *$address:5060/udp *1 *0 *0 *best"
expect 0 "$holdfast" status --summary --json --control "$control"
contains "$out" '^  "accounts": 2,'
contains "$out" '"rejected": 1$'
contains "$out" '"due_1_min": 2,'
contains "$out" '"place": "best"'
expect 2 "$holdfast" status --summary phones/1 --control "$control"
expect 0 "$holdfast" explain phones/1 --control "$control"
contains "$out" 'registered'
contains "$out" 'the server wants one every 45.0 s'
expect 1 "$holdfast" explain phone/1 --control "$control"
contains "$err" "did you mean 'phones/1'"

expect 1 "$holdfast" run "$folder/phones.cfg" --control "$control"
contains "$err" 'another holdfast runs already'

"$holdfast" events --json --control "$control" >"$folder/events.log" 2>/dev/null &
events=$!
processes="$processes $events"
sleep 0.3

# Only what changed is touched, and a file with an error takes nobody off the air.
sed -i 's/not-this/pw-bob/' "$folder/phones.cfg"
expect 0 "$holdfast" reload --control "$control"
contains "$out" '^0 accounts added, 1 changed, 0 removed, 1 unchanged'
eventually is_in_state phones/2 registered
contains "$(cat "$folder/events.log")" '"account": "phones/2", "event": "config_changed"'
lacks "$(cat "$folder/events.log")" '"account": "phones/1"'
cp "$folder/phones.cfg" "$folder/good"
sed -i 's/expires = 120/expires = never/' "$folder/phones.cfg"
expect 1 "$holdfast" reload --control "$control"
contains "$err" 'phones.cfg:6: error: .*never'
is_in_state phones/1 registered || fail "an error in the file took the account off the air"
cp "$folder/good" "$folder/phones.cfg"
kill -HUP "$daemon"
eventually sh -c "grep -c 'info loaded' '$folder/run.log' | grep -q 4"

expect 0 "$holdfast" unregister phones/1 --control "$control"
eventually is_in_state phones/1 unregistered
expect 0 "$holdfast" register phones/1 --control "$control"
eventually is_in_state phones/1 registered
kill -USR1 "$registrar"
eventually grep -q "bob@$address  sip:bob@" "$folder/registrar.log"

kill -TERM "$daemon"
wait "$daemon" || fail "the daemon exits with $?"
[ -e "$control" ] && fail "the socket is left behind"
contains "$(cat "$folder/events.log")" '"account": "phones/1", "event": "unregistered"'
contains "$(cat "$folder/run.log")" " info phones/1 $address:5060 registered"
lacks "$(cat "$folder/run.log" "$folder/events.log")" 'pw-\|not-this'

# A bound holds at the end even if nobody answers any more.
"$holdfast" run "$folder/phones.cfg" --control "$control" --set unregister_at_exit=yes \
    --stop-seconds 1 2>"$folder/run2.log" &
daemon=$!
processes="$processes $daemon"
eventually is_in_state phones/1 registered
kill -STOP "$registrar"
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon exits with $?"
contains "$(cat "$folder/run2.log")" 'without the answers'
kill -CONT "$registrar"
kill -TERM "$registrar"
wait "$registrar" || fail "the registrar exits with $?"
exit 0
