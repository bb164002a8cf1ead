#!/bin/bash
# A wrong password: told as such, not tried again and again, and put right by a reload. The
# account beside it does not notice.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
registrar_start primary "$server"
cat >"$folder/two.yaml" <<END
accounts:
  - {name: good, user: good, password: pass-good, server: $server}
  - {name: bad, user: bad, password: wrong, server: $server}
END
phones_start "$folder/two.yaml"
state bad rejected
state good registered
same "$(status bad last_status)" 401
not_bound primary bad || fail 'bound with a wrong password'
grep -q 'wrong' "$folder/holdfast.log" && fail 'the password is in the log'
sed -i 's/password: wrong/password: pass-bad/' "$folder/two.yaml"
"$holdfast" reload --control "$control" >/dev/null || fail 'reload'
state bad registered
bound primary bad || fail 'registered without a binding'
phones_stop
exit 0
