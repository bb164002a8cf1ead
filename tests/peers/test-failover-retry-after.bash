#!/bin/bash
# The primary answers 503 with a Retry-After. Every account is at the backup at once, leaves the
# primary alone for as long as it was asked to, comes back as its mode says, and always has a binding.
. "$(dirname "$0")/failover.bash"

fleet_start
rest=4
fault_begins
registrar_fault primary 503 0 $rest
everybody_moves
fault_ends
registrar_fault primary 0
comes_home
judge
phones_stop
exit 0
