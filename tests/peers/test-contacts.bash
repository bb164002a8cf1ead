#!/bin/bash
# Which of the Contacts in a 200 is ours: among others', written differently, behind a NAT's
# address, or none at all.
. "$(dirname "$0")/harness.bash"

# among others, with expires 0 for an old one (the next request would come in a second if the
# wrong one were taken)
peer_start many "$(address 0)" <<'END'
receive
answer 200 OK
    Contact: <sip:many@192.0.2.1:5060>;expires=1, <sip:old@192.0.2.2>;expires=0
    Contact: "Desk, one" <sip:other@192.0.2.3;transport=tcp>;q=0.5;expires=99999, $contact;expires=200
pause 2500
END
# the registrar replaced host and port by what it saw
peer_start nat "$(address 1)" <<'END'
receive
answer 200 OK
    Contact: <sip:nat@203.0.113.9:61234>;expires=150
pause 2500
END
# no Contact: Expires, and not an unregistration
peer_start none "$(address 2)" <<'END'
receive
answer 200 OK
    Expires: 250
pause 2500
END
cat >"$folder/four.yaml" <<END
expires: 300
unregister_at_exit: no
accounts:
  - {name: many, user: many, server: $(address 0)}
  - {name: nat, user: nat, server: $(address 1)}
  - {name: none, user: none, server: $(address 2)}
END
phones_start "$folder/four.yaml"
lives() { # ACCOUNT SECONDS
    state "$1" registered
    local left
    left=$(status "$1" binding_expires_in)
    [ "${left%%.*}" -le "$2" ] && [ "${left%%.*}" -gt $(($2 - 10)) ] ||
        fail "the binding of $1 is said to live $left s, not $2"
}
lives many 200
lives nat 150
lives none 250
peer_end many
peer_end nat
peer_end none
same "$(registers many) $(registers nat) $(registers none)" '1 1 1'
phones_stop
exit 0
