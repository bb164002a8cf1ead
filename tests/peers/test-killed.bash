#!/bin/bash
# Killed with SIGKILL a hundred times at random moments, under load: 200 accounts that each register
# again every two seconds with a lifetime of five minutes, so that a binding left behind would stay.
# One half has an instance, by which Kamailio knows a Contact again, the other has not.
# One half has an instance, by which Kamailio knows a Contact again, the other has not.
# Afterwards Kamailio has one binding for each account, with the Call-ID of the first day.
. "$(dirname "$0")/harness.bash"

accounts=200
kills=100
server=$(address 0)
RANDOM=4711

{ echo accounts:
  for ((i = 1; i <= accounts; i++)); do
      echo "  - {name: u$i, user: u$i, password: pass-u$i, server: $server, expires: 300," \
          "reregister_before: 298, contact.instance: $((i % 2))}"
  done; } >"$folder/phones.yaml"
registrar_start primary "$server"

run() {
    start holdfast "$holdfast" run --quiet --control "$control" --state "$folder/state.db" \
        "$folder/phones.yaml"
}
all_registered() {
    [ "$("$holdfast" status --json --control "$control" | grep -c '"state": "registered"')" = \
        $accounts ]
}
call_ids() { registrar_rpc primary ul.dump | awk '$1 == "Call-ID:" { print $2 }' | sort; }

run
eventually all_registered
first=$(call_ids)
same "$(echo "$first" | wc -l)" $accounts 'bindings at first'
sleep 1.2 # the state file is at most a second behind
for ((i = 0; i < kills; i++)); do
    kill -KILL "$started"
    wait "$started" 2>/dev/null
    groups=("${groups[@]/$started/}")
    run
    printf -v pause '0.%03d' $((RANDOM % 350))
    sleep "$pause"
done
within 20 all_registered || fail 'not all accounts are registered in the end'
same "$(bindings primary | awk '{ print $1 }' | uniq | wc -l)" $accounts 'accounts with a binding'
same "$(bindings primary | wc -l)" $accounts 'bindings'
same "$(call_ids)" "$first" 'a Call-ID'
ls "$folder"/state.db.damaged-* >/dev/null 2>&1 && fail 'the state file was damaged'
grep -i ' error ' "$folder"/holdfast.log && fail 'an error was logged'
exit 0
