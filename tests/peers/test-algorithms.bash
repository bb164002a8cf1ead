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

# A server that offers what it cannot check, SHA-512-256 here, and refuses the answer to it: the
# next weaker one is tried, and when all are refused that is the end.
server=$(address 1)
offer() {
    echo answer 401 Unauthorized
    echo "    WWW-Authenticate: Digest realm=\"r\", nonce=\"$1\", algorithm=SHA-512-256, qop=\"auth\""
    echo "    WWW-Authenticate: Digest realm=\"r\", nonce=\"$1\", algorithm=MD5, qop=\"auth\""
}
peer_start boasts "$server" < <(
    echo receive
    offer one
    echo 'receive Authorization: algorithm="?SHA-512-256"?.*'
    offer two
    echo receive authorized
    offer three
    echo pause 1000
)
rm -f "$control"
one_account "$server" 'unregister_at_exit: no'
phones_start "$folder/phone.yaml"
state alice rejected
peer_end boasts
same "$(registers boasts)" 3
phones_stop
exit 0
