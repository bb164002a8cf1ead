#!/bin/bash
# 423 of a real registrar: the least that it takes is asked for, at once.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
registrar_start primary "$server" MIN_EXPIRES=400 BRIEF
one_account "$server" 'expires: 60'
phones_start "$folder/phone.yaml"
eventually bound primary alice
lifetime primary alice 400
state alice registered
left=$(status alice binding_expires_in)
[ "${left%%.*}" -gt 390 ] || fail "the binding is said to live $left s"
phones_stop
exit 0
