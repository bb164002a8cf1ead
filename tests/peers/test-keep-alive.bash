#!/bin/bash
# OPTIONS between two REGISTERs: Kamailio answers them; frozen, it is noticed long before the refresh
# is due, and the account moves to the other server.
. "$(dirname "$0")/harness.bash"

primary=$(address 0)
backup=$(address 1)
registrar_start primary "$primary"
registrar_start backup "$backup"
cat >"$folder/phone.yaml" <<END
accounts:
  - name: alice
    user: alice
    password: pass-alice
    servers:
      - address: $primary
        retry_counts: 1
      - address: $backup
    expires: 3600
    timer.f: 2
    keep_alive.method: options
    keep_alive.interval: 1
    keep_alive.max_tries: 2
END

said() { grep -q "$1" "$folder/events.log"; }

phones_start "$folder/phone.yaml"
start events "$holdfast" events --json --control "$control"
state alice registered
sleep 4 # some are answered
said keepalive_lost && fail 'what was answered counts as lost'
"$holdfast" explain alice --control "$control" >"$folder/explain.log"
grep -q '^next: OPTIONS in 0\.[0-9] s, 0 of 2 unanswered' "$folder/explain.log" ||
    fail 'explain does not tell of the next one'

registrar_freeze primary
eventually said '"event": *"keepalive_lost"'
eventually said '"event": *"failover"'
eventually bound backup alice
state alice registered
same "$(status alice server)" "$backup"
grep -c '"event": *"keepalive_lost"' "$folder/events.log" >"$folder/count"
same "$(cat "$folder/count")" 1
phones_stop
exit 0
