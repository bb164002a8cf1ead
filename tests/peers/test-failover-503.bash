#!/bin/bash
# The primary answers 503 without a Retry-After: it is left alone for five minutes, though it is
# well again at once. Every account is at the backup at once and always has a binding. That they
# come back as their modes say is seen by who has the time: PEERS_PATIENCE=1.
. "$(dirname "$0")/failover.bash"

fleet_start
rest=300
fault_begins
registrar_fault primary 503
everybody_moves
registrar_fault primary 0
fault_ends
if [ -n "${PEERS_PATIENCE:-}" ]; then
    late=320
    comes_home
else
    fleet=${fleet// yes / no }
    sleep 10
    same "$(bindings primary)" '' 'the primary is not left alone'
fi
judge
phones_stop
exit 0
