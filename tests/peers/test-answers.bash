#!/bin/bash
# 423, then stale, then a grant: each asks for the right next request, at once, on one Call-ID.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start awkward "$server" <<'END'
receive Expires: ^ *60$
answer 423 Interval Too Brief
    Min-Expires: 120
receive Expires: ^ *120$
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="one", qop="auth", algorithm=MD5
receive authorized
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="two", qop="auth", algorithm=MD5, stale=true
receive authorized
answer 200 OK
    Contact: $contact;expires=120
END
one_account "$server" 'expires: 60' 'unregister_at_exit: no'
phones_start "$folder/phone.yaml"
state alice registered
peer_end awkward
same "$(registers awkward)" 4
same "$(received awkward Expires | tr -d ' ' | paste -sd' ')" '60 120 120 120'
left=$(status alice binding_expires_in)
[ "${left%%.*}" -gt 110 ] || fail "the binding is said to live $left s"
phones_stop
exit 0
