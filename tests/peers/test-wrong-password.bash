#!/bin/bash
# A registrar that answers every digest with a fresh challenge: the phone tries the password once,
# and then waits; it does not fill the registrar's log.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start awkward "$server" <<'END'
receive
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="one", qop="auth", algorithm=MD5
receive authorized
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="two", qop="auth", algorithm=MD5
pause 2000
END
one_account "$server" 'unregister_at_exit: no'
phones_start "$folder/phone.yaml"
state alice rejected
same "$(status alice last_status)" 401
peer_end awkward
same "$(registers awkward)" 2
phones_stop

# and the same answer, stale each time, does not make a loop
server=$(address 1)
peer_start stale "$server" < <(for nonce in a b c d e f g h; do
    echo receive
    echo answer 401 Unauthorized
    echo "    WWW-Authenticate: Digest realm=\"r\", nonce=\"$nonce\", qop=\"auth\", stale=true"
done)
one_account "$server" 'unregister_at_exit: no' 'retry: 60'
rm -f "$control"
phones_start "$folder/phone.yaml"
eventually is alice last_status 401
sleep 1
same "$(registers stale)" 5 # one without digest, one with, and three more

phones_stop
exit 0
