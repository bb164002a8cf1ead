#!/bin/bash
# 420 and 439: the binding is had without the extension that the server does not take.
. "$(dirname "$0")/harness.bash"

peer_start bad "$(address 0)" <<'END'
receive Supported: path
answer 420 Bad Extension
    Unsupported: path
receive
answer 200 OK
    Contact: $contact;expires=2
receive
answer 200 OK
    Contact: $contact;expires=100
END
peer_start edge "$(address 1)" <<'END'
receive Contact: sip.instance
answer 439 First Hop Lacks Outbound Support
receive
answer 200 OK
    Contact: $contact;expires=100
END
cat >"$folder/two.yaml" <<END
unregister_at_exit: no
accounts:
  - {name: bad, user: bad, server: $(address 0)}
  - name: edge
    user: edge
    server: $(address 1)
    contact.instance: yes
    instance: "urn:uuid:00000000-0000-4000-8000-000000000001" # without a machine id, too
END
phones_start "$folder/two.yaml"
state bad registered
state edge registered
peer_end bad
peer_end edge
same "$(received bad Supported | wc -l)" 1
same "$(received edge Contact | grep -c instance)" 1
same "$(registers edge)" 2
phones_stop
exit 0
