#!/bin/bash
# A registrar that is overloaded, silent, and gone: the account comes home each time, after the
# wait that was asked for; a refresh that fails does not unmake a binding that still lives.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
registrar_start primary "$server" MAX_EXPIRES=6
one_account "$server" 'retry: 1' 'timer.f: 2'
registrar_fault primary 503 1 2
phones_start "$folder/phone.yaml"
state alice waiting
same "$(status alice last_status)" 503
sleep 1
not_bound primary alice || fail 'Retry-After is not obeyed'
state alice registered

failed() { [ "$(status alice failures)" != 0 ]; }
registrar_freeze primary
within 8 failed || fail 'the silence is not noticed'
state alice registered 1 # the binding still lives
state alice waiting
registrar_thaw primary
state alice registered
phones_stop
exit 0
