#!/bin/bash
# Answers that are none: another version, a length below zero, headers missing, somebody else's
# branch, another method in CSeq, no SIP at all. They are dropped, and the good one counts.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start awkward "$server" <<'END'
receive
send
    SIP/3.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:];tag=x
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
send
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:];tag=x
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: -5
send
    SIP/2.0 403 Go Away
    [last_Via:]
    Content-Length: 0
send
    SIP/2.0 403 Go Away
    Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKsomebodys
    [last_From:]
    [last_To:];tag=x
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
send
    SIP/2.0 403 Go Away
    [last_Via:]
    [last_From:]
    [last_To:];tag=x
    [last_Call-ID:]
    CSeq: 1 OPTIONS
    Content-Length: 0
send
    HTTP/1.1 403 Forbidden
    Content-Length: 0
pause 400
answer 200 OK
    Contact: $contact;expires=100
END
one_account "$server" 'unregister_at_exit: no'
phones_start "$folder/phone.yaml"
state alice registered
peer_end awkward
same "$(registers awkward)" 1
left=$(status alice binding_expires_in)
[ "${left%%.*}" -le 100 ] || fail "a lifetime that nobody granted: $left s"
phones_stop
exit 0
