#!/bin/bash
# A proxy's challenge and then the registrar's: one request answers both. And a lifetime that is
# too brief only after the challenge, by a server that takes each nonce once and never says stale.
. "$(dirname "$0")/harness.bash"

peer_start both "$(address 0)" <<'END'
receive
answer 407 Proxy Authentication Required
    Proxy-Authenticate: Digest realm="proxy", nonce="p1", qop="auth", algorithm=MD5
receive Proxy-Authorization: realm="proxy".*nonce="p1".*
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="r1", qop="auth", algorithm=MD5
receive Proxy-Authorization: nonce="p1".*nc=00000002.*
answer 200 OK
    Contact: $contact;expires=2
receive Authorization: nonce="r1".*nc=00000002.*
answer 200 OK
    Contact: $contact;expires=100
END
peer_start brief "$(address 1)" <<'END'
receive Expires: ^ *60$
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="one", qop="auth", algorithm=MD5
receive authorized
answer 423 Interval Too Brief
    Min-Expires: 90
receive Authorization: nonce="one".*nc=00000002.*
answer 401 Unauthorized
    WWW-Authenticate: Digest realm="r", nonce="two", qop="auth", algorithm=MD5
receive authorized
answer 200 OK
    Contact: $contact;expires=90
END
cat >"$folder/two.yaml" <<END
unregister_at_exit: no
expires: 60
accounts:
  - {name: both, user: alice, password: pass-alice, server: $(address 0)}
  - {name: brief, user: alice, password: pass-alice, server: $(address 1)}
END
phones_start "$folder/two.yaml"
state both registered
state brief registered
peer_end both
peer_end brief
same "$(received both Authorization | grep -c 'nonce="r1"')" 2
same "$(received both Proxy-Authorization | wc -l)" 3
same "$(received brief Expires | tr -d ' ' | paste -sd' ')" '60 60 90 90'
phones_stop
exit 0
