#!/bin/sh
# The demo goes through by itself, and everybody comes home.
. "$(dirname "$0")/common.sh"

expect 0 "$holdfast" demo --once
contains "$out" 'registrar A is silent'
contains "$out" 'B failover'
contains "$out" 'A failback'
contains "$out" 'came home; A holds 7 bindings$'
lacks "$out" "$(printf '\033')"
exit 0
