#!/bin/bash
# Challenges of a real registrar: MD5, SHA-256, both (the stronger one is answered, whichever
# comes first), and a nonce that has become stale.
. "$(dirname "$0")/harness.bash"

registrar_start md5 "$(address 0)" 'NONCE_EXPIRE=2'
registrar_start sha "$(address 1)" 'ALGORITHM="SHA-256"' 'REALM="a realm, quoted"'
registrar_start both "$(address 2)" 'ALGORITHM="SHA-256"' WEAK_TOO
{
    echo 'accounts:'
    for number in 0 1 2; do
        echo "  - {name: p$number, user: user$number, password: pass-user$number,"
        echo "     server: $(address $number)}"
    done
} >"$folder/three.yaml"
phones_start "$folder/three.yaml"
eventually bound md5 user0
eventually bound sha user1
eventually bound both user2
for account in p0 p1 p2; do state $account registered; done

# the old nonce is stale by now: a new one, the same password, no rejection
sleep 3
contact=$(bindings md5)
"$holdfast" register p0 --control "$control" >/dev/null || fail 'register'
renewed() { grep -q 'p0 .*401\|p0 .*stale\|p0 .*refreshed' "$folder/holdfast.log"; }
eventually renewed
sleep 0.3
state p0 registered
same "$(bindings md5 | cut -d' ' -f1,2)" "$(echo "$contact" | cut -d' ' -f1,2)"
phones_stop
exit 0
