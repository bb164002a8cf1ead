#!/bin/bash
# Answers as servers write them that nobody proof-read: compact names, odd case, blanks, no tag, no
# reason, no Content-Length, bare words for quoted ones, several challenges in one header.
. "$(dirname "$0")/harness.bash"

peer_start compact "$(address 0)" <<'END'
receive
send
    SIP/2.0 401 Unauthorized
    v:$via
    f:$from
    t:$to
    i:$call_id
    CSEQ:   1      REGISTER
    www-authenticate:digest Nonce = "a,b=c" ,REALM=r
receive authorized
send
    SIP/2.0 200 OK
    V : $via
    F : $from
    T : $to
    I : $call_id
    cseq:2 REGISTER
    L:0
    M:$contact;q=0.3 ; EXPIRES = 130
END
peer_start joined "$(address 1)" <<'END'
receive
send
    SIP/2.0 401 Who is it?
    To: $to
    CSeq: 1 REGISTER
    X-Nobody-Knows:
    WWW-AUTHENTICATE: Basic realm="b", Negotiate, Digest realm="d", domain="sip:a sip:b",
    [last_Via:]
    [last_Call-ID:]
    WWW-Authenticate: DIGEST qop="auth-conf,auth",opaque="", stale=FALSE, algorithm=md5, nonce="n",, realm="d"
    [last_From:]
    Content-Length:0
receive authorized
send
    SIP/2.0 200 A reason: with "all", that; may stand there
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Date: yesterday
    Expires: 140
    Content-Length:    0
END
peer_start short "$(address 2)" <<'END'
receive
send
    SIP/2.0 200
    [last_Via:]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: $contact
    Expires: 150
END
cat >"$folder/three.yaml" <<END
unregister_at_exit: no
retry_counts: 10
accounts:
  - {name: compact, user: alice, password: pass-alice, server: $(address 0)}
  - {name: joined, user: alice, password: pass-alice, server: $(address 1)}
  - {name: short, user: alice, password: pass-alice, server: $(address 2)}
END
phones_start "$folder/three.yaml"
for pair in compact:130 joined:140 short:150; do
    name=${pair%:*}
    state "$name" registered
    left=$(status "$name" binding_expires_in)
    [ "${left%%.*}" -le "${pair#*:}" ] && [ "${left%%.*}" -gt $((${pair#*:} - 10)) ] ||
        fail "the binding of $name is said to live $left s, not ${pair#*:}"
    peer_end "$name"
done
same "$(registers compact) $(registers joined) $(registers short)" '2 2 1'
phones_stop
exit 0
