#!/bin/bash
# IPv6, for one account beside one of IPv4.
. "$(dirname "$0")/harness.bash"

grep -qs '^00000000000000000000000000000001 ' /proc/net/if_inet6 || exit 77 # no ::1 here
port=$((30000 + $$ % 30000))
registrar_start six "[::1]:$port"
registrar_start four "$(address 0)"
cat >"$folder/two.yaml" <<END
accounts:
  - {name: six, user: six, password: pass-six, server: "[::1]:$port", expires: 200}
  - {name: four, user: four, password: pass-four, server: $(address 0), expires: 200}
END
phones_start "$folder/two.yaml"
state six registered
state four registered
lifetime six six 200
lifetime four four 200
case $(bindings six) in 'six sip:six@[::1]:'*) ;; *) fail "bound: $(bindings six)" ;; esac
same "$(status six target)" "[::1]:$port"
phones_stop
exit 0
