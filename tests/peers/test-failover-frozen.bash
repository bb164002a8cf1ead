#!/bin/bash
# The primary freezes: it is silent. Every account is at the backup after two transmissions, comes
# back as its mode says when the primary goes on, and always has a binding. Who stays comes back
# when the backup freezes.
. "$(dirname "$0")/failover.bash"

fleet_start
fault_begins
primary_freeze
everybody_moves
sleep 3
fault_ends
primary_thaw
comes_home
judge

registrar_freeze backup
ask_stayer() { [ "$3" = yes ] || ask "$@"; }
each ask_stayer
within $((move_bound + 1)) all_at primary || fail "not all are at the primary: $(bindings primary)"
phones_stop
exit 0
