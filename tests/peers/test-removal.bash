#!/bin/bash
# SIGTERM removes the bindings of the accounts that ask for it, and of no others; so does
# `unregister`, until `register`.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
registrar_start primary "$server"
cat >"$folder/phones.yaml" <<END
accounts:
  - {name: leaves, user: leaves, password: pass-leaves, server: $server}
  - {name: stays, user: stays, password: pass-stays, server: $server, unregister_at_exit: no}
END
phones_start "$folder/phones.yaml"
eventually bound primary leaves
eventually bound primary stays
state leaves registered
"$holdfast" unregister leaves --control "$control" >/dev/null || fail 'unregister'
eventually not_bound primary leaves
state leaves unregistered
"$holdfast" register leaves --control "$control" >/dev/null || fail 'register'
eventually bound primary leaves
state leaves registered
phones_stop
not_bound primary leaves || fail 'the binding was not removed'
bound primary stays || fail 'the other binding was removed as well'
exit 0
