#!/bin/bash
# The harness itself, with SIPp as the phone: what it reads back is what happened.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
registrar_start primary "$server"
cat >"$folder/users.csv" <<END
SEQUENTIAL
alice;[authentication username=alice password=pass-alice]
END
phone() { # EXPIRES
    sed "s/@EXPIRES@/$1/" "$here/phone.xml" >"$folder/phone.xml"
    sipp "$server:5060" -sf "$folder/phone.xml" -inf "$folder/users.csv" -m 1 -i "$(address 3)" \
        -p 5062 -nostdin -default_behaviors abortunexp -timeout 3s -timeout_error \
        >"$folder/phone.log" 2>&1 </dev/null
}
phone 120 || fail 'SIPp cannot register'
same "$(bindings primary | cut -d' ' -f1,2)" "alice sip:alice@$(address 3):5062"
lifetime primary alice 120
(lifetime primary alice 60) >/dev/null && fail 'another lifetime is not noticed'
registrar_fault primary 503 1
phone 120 && fail 'the fault is not injected'
phone 120 || fail 'the fault happens more than once'
phone 0
not_bound primary alice || fail 'the binding is not removed'
registrar_freeze primary
phone 120 && fail 'a frozen registrar answers'
registrar_thaw primary
eventually registrar_rpc primary core.uptime
exit 0
