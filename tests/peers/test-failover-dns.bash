#!/bin/bash
# The primary is gone from the DNS, though it lives. Once its records' time has passed every account
# is at the backup and no longer at the primary, comes back as its mode says when the records are
# there again, and always has a binding.
. "$(dirname "$0")/failover.bash"

fleet_start
fault_begins
dns_forget_primary || fail 'the records are not gone'
sleep $((dns_ttl + 1)) # the seconds of a cache are whole ones
everybody_moves
nobody_at_primary() { [ -z "$(bindings primary)" ]; }
eventually nobody_at_primary
late=19 # that there is a better one is seen when it renews; its time begins then
fault_ends
dns_remember_primary || fail 'the records are not there'
comes_home
judge
phones_stop
exit 0
