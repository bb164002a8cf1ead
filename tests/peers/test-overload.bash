#!/bin/bash
# 503 with Retry-After: not one request before that time, and not much later.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start awkward "$server" <<'END'
receive
answer 503 Service Unavailable
    Retry-After: 3 (be patient);duration=60
receive
answer 200 OK
    Contact: $contact;expires=100
END
one_account "$server" 'unregister_at_exit: no' 'retry: 1'
phones_start "$folder/phone.yaml"
state alice waiting
same "$(status alice last_status)" 503
same "$(status alice last_reason)" 'Service Unavailable'
begun=$(date +%s%N)
state alice registered
took=$((($(date +%s%N) - begun) / 1000000))
[ $took -gt 2500 ] && [ $took -lt 5000 ] || fail "registered $took ms after the 503"
peer_end awkward
same "$(registers awkward)" 2
phones_stop
exit 0
