#!/bin/bash
# A reload adds, removes and changes accounts, and the registrar hears nothing of the others: their
# Call-ID and CSeq stay. An account under another name keeps its binding. No password is told by anything on the way.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
account() { echo "  - {name: $1, user: $1, password: pass-$1, server: $server, expires: $2}"; }
# dialog USER: the Call-ID and CSeq of the binding, as Kamailio has them
dialog() {
    registrar_rpc primary ul.dump | awk -v user="$1" '
        $1 == "AoR:" { mine = $2 == user }
        mine && ($1 == "Call-ID:" || $1 == "CSeq:") { print $2 }' | xargs
}

registrar_start primary "$server"
{ echo accounts:; account same 300; account changed 300; account gone 300; } >"$folder/phones.yaml"
phones_start "$folder/phones.yaml"
for name in same changed gone; do
    state "$name" registered
done
"$holdfast" events --json --control "$control" >"$folder/events.log" 2>&1 &
events=$!
before=$(dialog same)
same "$(echo "$before" | wc -w)" 2 'Call-ID and CSeq'
changed=$(dialog changed)

{ echo accounts:; account same 300; account changed 400; account new 300; } >"$folder/phones.yaml"
report=$("$holdfast" reload --control "$control") || fail "reload: $report"
case $report in
'1 accounts added, 1 changed, 1 removed, 1 unchanged'*) ;;
*) fail "the reload tells: $report" ;;
esac
eventually bound primary new
eventually not_bound primary gone
renewed() { [ "$(dialog changed)" != "$changed" ]; }
eventually renewed
state changed registered
lifetime primary changed 400
lifetime primary same 300
same "$(dialog same)" "$before" 'the reload touched an account that did not change'
"$holdfast" status gone --control "$control" >/dev/null 2>&1 && fail 'the removed account is there'

# The same phone under another name: the former one does not take the new one's binding along.
{ echo accounts:; account same 300; account changed 400
    account new 300 | sed 's/name: new/name: other/'; } >"$folder/phones.yaml"
"$holdfast" reload --control "$control" >/dev/null || fail 'the second reload'
state other registered
gone() { ! "$holdfast" status new --control "$control"; }
eventually gone
sleep 1 # what was on its way has come
lifetime primary new 300

for name in same changed other; do
    "$holdfast" explain "$name" --control "$control" || fail "explain $name"
done >"$folder/explain.log"
"$holdfast" status --json --control "$control" >"$folder/status.log"
phones_stop
wait "$events"
for log in holdfast events explain status; do
    [ -s "$folder/$log.log" ] || fail "$log says nothing"
    grep -q 'pass-' "$folder/$log.log" && fail "a password is in what $log says"
done
exit 0
