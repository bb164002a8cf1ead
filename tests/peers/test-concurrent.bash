#!/bin/bash
# An account registers with two servers at the same time. Each of them has its binding; one is
# killed and the account stays registered at the other, without a pause; the one that comes back,
# with nothing in its memory, has a binding again, and the other's was renewed all the while.
. "$(dirname "$0")/harness.bash"

first=$(address 0)
second=$(address 1)
registrar_start first "$first" MAX_EXPIRES=6
registrar_start second "$second" MAX_EXPIRES=6
one_account "$first" 'redundancy: concurrent' 'retry: 1' 'timer.f: 2'
sed -i "s/server: $first/servers: [$first, $second]/" "$folder/phone.yaml"
phones_start "$folder/phone.yaml"

legs_bound() { [ "$("$holdfast" status --control "$control" alice | grep -c " $1 ")" = 1 ]; }
eventually legs_bound 2/2
lifetime first alice 6
lifetime second alice 6
contact=$(bindings second | awk '{ print $2 }')

start events "$holdfast" events --control "$control"
signal_group KILL first
wait "$group_first" 2>/dev/null
eventually legs_bound 1/2
within 3 is alice server "$second" || fail "it works through $(status alice server)"
for _ in $(seq 20); do
    is alice state registered || fail 'it is off the air'
    bound second alice || fail 'the other server lost it too'
    sleep 0.1
done
grep -q failover "$folder/events.log" || fail 'nobody was told of the failover'

registrar_start first "$first" MAX_EXPIRES=6
eventually bound first alice
eventually legs_bound 2/2
within 3 is alice server "$first" || fail "it works through $(status alice server)"
lifetime first alice 6
lifetime second alice 6
same "$(bindings second | awk '{ print $2 }')" "$contact" 'the other binding was not left in peace'
phones_stop
same "$(bindings first)$(bindings second)" '' 'a binding is left behind'
exit 0
