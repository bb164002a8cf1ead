#!/bin/sh
# The demo goes through by itself, and everybody comes home.
. "$(dirname "$0")/common.sh"

expect 0 "$holdfast" demo --once
contains "$out" 'registrar A is silent'
contains "$out" 'B failover'
contains "$out" 'A failback'
contains "$out" 'came home; A holds 7 bindings$'
lacks "$out" "$(printf '\033')"
# Its table shows how many registrations an account has, of those at a time.
if script -qc true /dev/null >/dev/null 2>&1; then # not without pseudo-terminals, as in a bare chroot
    table=$( (sleep 2; printf q; sleep 1) | script -qc "stty rows 40 cols 150; '$holdfast' demo" /dev/null)
    contains "$table" 'grp2614/1 *registered 2/2'
fi
exit 0
