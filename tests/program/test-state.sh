#!/bin/sh
# What is remembered over a restart, however the program ended, and whatever is wrong with the file.
. "$(dirname "$0")/common.sh"

cat >"$folder/phones.yaml" <<EOF
accounts:
  - {name: one, user: one, password: pw-one, servers: [{address: $address}]}
  - {name: two, user: two, password: pw-two, servers: [{address: $address}]}
EOF
state=$folder/state.db

"$holdfast" registrar "$address" >"$folder/registrar.log" 2>&1 &
registrar=$!
processes="$processes $registrar"
eventually grep -q 'bindings' "$folder/registrar.log"

start() {
    "$holdfast" run "$folder/phones.yaml" --control "$control" --set unregister_at_exit=no \
        --trace "$@" 2>"$folder/run.log" &
    daemon=$!
    processes="$processes $daemon"
    eventually is_in_state one registered
    eventually is_in_state two registered
}

is_in_state() {
    "$holdfast" status --json --control "$control" "$1" | grep -q "\"state\": \"$2\""
}

# stop SIGNAL
stop() {
    kill "-$1" "$daemon"
    wait "$daemon" 2>/dev/null
}

# What the last run sent last with header $1 for user $2.
sent() {
    tr -d '\r' <"$folder/run.log" | awk -v header="$1:" -v user="sip:$2@" '
        /^->/ { out = 1 }
        /^<-/ { out = 0 }
        $1 == "From:" { ours = index($0, user) }
        out && ours && $1 == header { last = $0 }
        END { print last }'
}

ask() {
    sqlite3 "$state" "$1"
}

remembers() {
    [ "$(ask "SELECT count(*) FROM accounts WHERE contact LIKE 'sip:%' AND target =
        '$address:5060;transport=udp' AND cseq > 0 AND ends > updated")" = 2 ]
}

# Killed, and started again: the same Call-ID, Contact and instance, a higher CSeq.
start --state "$state"
[ "$(stat -c %a "$state")" = 600 ] || fail "others may read the state"
eventually remembers
call_id=$(sent Call-ID one) contact=$(sent Contact two) cseq=$(sent CSeq one)
[ -n "$call_id" ] && [ -n "$contact" ] || fail "the trace has no Call-ID or Contact"
contains "$contact" 'sip.instance="<urn:uuid:'
stop KILL
start --state "$state"
[ "$(sent Call-ID one)" = "$call_id" ] || fail "another Call-ID: $(sent Call-ID one)"
[ "$(sent Contact two)" = "$contact" ] || fail "another Contact: $(sent Contact two)"
number() {
    echo "$1" | tr -dc 0-9
}
[ "$(number "$(sent CSeq one)")" -gt "$(number "$cseq")" ] || fail "CSeq did not rise"
lacks "$(cat "$folder/run.log")" ' 401 '

# What is stored of the instance wins over what the machine would say.
stop TERM
ask "UPDATE accounts SET instance = 'urn:uuid:00000000-0000-4000-8000-000000000001'"
start --state "$state"
contains "$(sent Contact two)" 'urn:uuid:00000000-0000-4000-8000-000000000001'

# A second one is told, and does without.
"$holdfast" run "$folder/phones.yaml" --control "$control-2" --state "$state" \
    --set unregister_at_exit=no 2>"$folder/second.log" &
second=$!
processes="$processes $second"
eventually grep -q 'in use by another process' "$folder/second.log"
eventually grep -q 'one .* registered' "$folder/second.log"
kill -KILL "$second"
wait "$second" 2>/dev/null

# An account that a reload removes has no row any more.
cp "$folder/phones.yaml" "$folder/phones.all"
sed -i '/name: two/d' "$folder/phones.yaml"
expect 0 "$holdfast" reload --control "$control"
only_one() {
    [ "$(ask 'SELECT group_concat(account) FROM accounts')" = one ]
}
eventually only_one
cp "$folder/phones.all" "$folder/phones.yaml"
stop KILL

# The port that was used before is taken.
port=$(ask 'SELECT min(port) FROM ports')
"$holdfast" registrar "0.0.0.0:$port" >"$folder/thief.log" 2>&1 &
thief=$!
processes="$processes $thief"
eventually grep -q bindings "$folder/thief.log"
start --state "$state"
contains "$(cat "$folder/run.log")" "UDP port $port, which was used before, is taken"
stop TERM
kill "$thief"

# A damaged one is moved aside, anything else is left alone; accounts register in any case.
head -c 2000 /dev/zero | dd of="$state" conv=notrunc status=none
start --state "$state"
contains "$(cat "$folder/run.log")" "is damaged: moved to $state.damaged-"
ls "$state".damaged-* >/dev/null 2>&1 || fail "nothing was moved aside"
eventually remembers
stop TERM
start --state "$folder/phones.yaml"
contains "$(cat "$folder/run.log")" 'is not a state file'
stop TERM
cmp -s "$folder/phones.yaml" "$folder/phones.all" || fail "the wrong file was written to"
start --state "$folder/nowhere/state.db"
contains "$(cat "$folder/run.log")" 'folder that does not exist'
# and used as soon as it can be
mkdir "$folder/nowhere"
eventually grep -q 'works again' "$folder/run.log"
all_written() {
    [ "$(sqlite3 "$folder/nowhere/state.db" "SELECT count(*) FROM accounts, ports
        WHERE contact LIKE '%:' || port || ';%'")" = 2 ]
}
eventually all_written
stop TERM
ask 'PRAGMA user_version = 9'
start --state "$state"
contains "$(cat "$folder/run.log")" 'newer holdfast'
stop TERM

# Each registration that an account has at the same time has a memory.
sed -i 's/servers: .*}\]}$/redundancy: concurrent, servers: [{address: A}, {address: B}]}/' \
    "$folder/phones.yaml"
sed -i "s/A}/$address}/; s/B}/$address:5062}/" "$folder/phones.yaml"
"$holdfast" registrar "$address:5062" >"$folder/second-registrar.log" 2>&1 &
processes="$processes $!"
eventually grep -q 'bindings' "$folder/second-registrar.log"
call_ids() {
    sqlite3 "$folder/legs.db" "SELECT call_id FROM accounts WHERE contact LIKE 'sip:%'
        UNION SELECT call_id FROM legs WHERE leg = 1 AND contact LIKE 'sip:%' ORDER BY 1"
}
four_call_ids() {
    [ "$(call_ids | wc -l)" = 4 ]
}
start --state "$folder/legs.db"
eventually four_call_ids
expect 0 "$holdfast" status --json --control "$control" one
contains "$out" "\"legs\": \[{\"state\": \"registered\", \"server\": \"$address\""
contains "$out" "}, {\"state\": \"registered\", \"server\": \"$address:5062\".*}\]}"
expect 0 "$holdfast" status --control "$control" one
contains "$out" 'registered 2/2'
before=$(call_ids)
stop KILL
start --state "$folder/legs.db"
sends_the_same() {
    for id in $before; do
        grep -q "$id" "$folder/run.log" || return 1
    done
}
eventually sends_the_same
stop TERM
[ "$(call_ids)" = "$before" ] || fail "other Call-IDs: $(call_ids), not $before"
exit 0
