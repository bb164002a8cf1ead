#!/bin/bash
# Silence for a while: the request is repeated as RFC 3261 says (0.5 s, 1.5 s, …) as one
# transaction, and the late answer counts; that which comes when it was given up, too. 100 alone is no
# answer.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
peer_start late "$server" <<'END'
receive
pause 2000
answer 200 OK
    Contact: $contact;expires=100
END
peer_start trying "$(address 1)" <<'END'
receive
answer 100 Trying
pause 4000
END
peer_start after "$(address 2)" <<'END'
receive
pause 4000
answer 200 OK
    Contact: $contact;expires=100
END
cat >"$folder/three.yaml" <<END
timer.f: 3
unregister_at_exit: no
accounts:
  - {name: late, user: late, server: $server, retry_counts: 10}
  - {name: after, user: after, server: $(address 2), retry_counts: 10}
  - {name: trying, user: trying, server: $(address 1), retry_counts: 10}
END
phones_start "$folder/three.yaml"
state late registered
peer_end late
same "$(registers late)" 3
same "$(received late CSeq | sort -u | wc -l)" 1
state trying waiting
peer_end trying
state after registered
"$holdfast" explain after --control "$control" | grep -q 'answered after all' || fail 'it was not late'
peer_end after
phones_stop
exit 0
