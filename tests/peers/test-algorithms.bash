#!/bin/bash
# Several challenges in one answer: the strongest is answered, whichever comes first; one that
# nobody knows is passed over.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start awkward "$server" <<'END'
receive
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="n0", algorithm=ROT13, qop="auth"
    WWW-Authenticate: Digest realm="r", nonce="n1", algorithm=MD5, qop="auth"
    WWW-Authenticate: Digest realm="r", nonce="n2", algorithm=SHA-256, qop="auth,auth-int"
    WWW-Authenticate: Basic realm="r"
receive Authorization: algorithm="?SHA-256"?.*
answer 200 OK
    Contact: $contact;expires=100
END
one_account "$server" 'unregister_at_exit: no'
phones_start "$folder/phone.yaml"
state alice registered
peer_end awkward
case $(received awkward Authorization) in
*'nonce="n2"'*) ;;
*) fail "answered: $(received awkward Authorization)" ;;
esac
phones_stop
exit 0
