#!/bin/bash
# A registrar that grants four seconds: the binding is there at every look, for more than two
# lifetimes, and is one binding all the time.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
registrar_start primary "$server" MAX_EXPIRES=4
one_account "$server" 'expires: 3600'
phones_start "$folder/phone.yaml"
eventually bound primary alice
first=$(bindings primary | cut -d' ' -f1,2)
until=$((SECONDS + 10))
while [ $SECONDS -lt $until ]; do
    same "$(bindings primary | cut -d' ' -f1,2)" "$first" 'the binding changed'
    left=$(status alice binding_expires_in)
    [ "${left%%.*}" -le 4 ] || fail "the binding is said to live $left s"
    sleep 0.2
done
state alice registered
same "$(status alice failures)" 0
phones_stop
exit 0
