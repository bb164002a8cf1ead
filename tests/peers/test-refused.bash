#!/bin/bash
# A server that is not there yet: its host says so (ICMP), that is told at once, the account
# beside it does not notice, and the first try after the server has started succeeds.
. "$(dirname "$0")/harness.bash"

registrar_start here "$(address 0)"
cat >"$folder/two.yaml" <<END
retry: 1
accounts:
  - {name: fine, user: fine, password: pass-fine, server: $(address 0)}
  - {name: early, user: early, password: pass-early, server: $(address 1)}
END
phones_start "$folder/two.yaml"
state fine registered 2
state early waiting 2
case $(status early last_reason) in *refused*) ;; *) fail "told: $(status early last_reason)" ;; esac
registrar_start late "$(address 1)"
state early registered
bound late early || fail 'registered without a binding'
same "$(status fine failures)" 0
phones_stop
exit 0
