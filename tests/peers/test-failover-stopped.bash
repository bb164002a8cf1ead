#!/bin/bash
# The primary stops: ICMP says so. Every account is at the backup at once, comes back as its mode
# says when the primary runs again, with nothing in its memory, and always has a binding.
. "$(dirname "$0")/failover.bash"

fleet_start
fault_begins
primary_stop
everybody_moves
sleep 3
fault_ends
failover_registrar primary
comes_home
judge
phones_stop
exit 0
