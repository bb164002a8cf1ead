#!/bin/bash
# 400 is tried again after the wait; 403 after a wait of its own, or not at all where the settings
# say so. Neither is tried sooner.
. "$(dirname "$0")/harness.bash"

peer_start retried "$(address 0)" <<'END'
receive
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="one", qop="auth", algorithm=MD5
receive authorized
answer 400 Bad Request
receive
answer 400 Bad Request
receive
answer 200 OK
    Contact: $contact;expires=100
END
peer_start forbidden "$(address 1)" <<'END'
receive
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="one", qop="auth", algorithm=MD5
receive authorized
answer 403 Forbidden
pause 4000
END
peer_start pardoned "$(address 2)" <<'END'
receive
answer 403 Forbidden
receive
answer 200 OK
    Contact: $contact;expires=100
END
cat >"$folder/three.yaml" <<END
unregister_at_exit: no
retry: 1
accounts:
  - {name: retried, user: alice, password: pass-alice, server: $(address 0)}
  - {name: forbidden, user: alice, password: pass-alice, server: $(address 1), rejected_retry: 0}
  - {name: pardoned, user: pardoned, server: $(address 2), rejected_retry: 2}
END
begun=$(date +%s%N)
took() { echo $((($(date +%s%N) - begun) / 1000000)); }
phones_start "$folder/three.yaml"
state forbidden rejected
state pardoned rejected 2
same "$(status pardoned last_status)" 403
state retried registered
[ "$(took)" -ge 1900 ] || fail "two waits of a second took $(took) ms"
state pardoned registered
[ "$(took)" -ge 1900 ] || fail "a wait of two seconds took $(took) ms"
same "$(registers retried) $(registers pardoned)" '4 2'
same "$(received retried Authorization | wc -l)" 1 'credentials that nothing came of are kept'
peer_end forbidden
same "$(registers forbidden)" 2
same "$(status forbidden next_attempt_in)" null 'an attempt is planned'
phones_stop
exit 0
