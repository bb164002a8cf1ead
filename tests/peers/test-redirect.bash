#!/bin/bash
# 302: a redirection is not followed to wherever it points; it is a failure of this server, told
# as such, and tried again after the wait.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start redirects "$server" <<END
receive
answer 302 Moved Temporarily
    Contact: <sip:$(address 1):5060>
receive
answer 200 OK
    Contact: \$contact;expires=100
END
peer_start elsewhere "$(address 1)" <<'END'
receive
answer 200 OK
    Contact: $contact;expires=100
END
one_account "$server" 'unregister_at_exit: no' 'retry: 2' 'rejected_retry: 2'
phones_start "$folder/phone.yaml"
eventually is alice last_status 302
case $(status alice last_reason) in *redirected*) ;; *) fail "told: $(status alice last_reason)" ;; esac
state alice registered
same "$(status alice target)" "$server:5060"
same "$(registers elsewhere)" 0
phones_stop
exit 0
