#!/bin/bash
# Lifetimes that are granted, whatever was asked for: two seconds three times over, each refreshed
# before it ends; then a long one, which is believed.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start short "$server" <<'END'
receive
answer 200 OK
    Contact: $contact;expires=2
receive Expires: ^ *600$
answer 200 OK
    Contact: $contact
    Expires: 2
receive Expires: ^ *600$
answer 200 OK
    Contact: $contact;expires=2
receive Expires: ^ *600$
answer 200 OK
    Contact: $contact;expires=500
END
one_account "$server" 'expires: 600' 'unregister_at_exit: no'
phones_start "$folder/phone.yaml"
state alice registered
for _ in $(seq 20); do
    is alice state registered || fail 'not registered between two refreshes'
    sleep 0.1
done
peer_end short
left() { left=$(status alice binding_expires_in) && [ "${left%%.*}" -gt 490 ]; }
eventually left
same "$(registers short)" 4
phones_stop
exit 0
