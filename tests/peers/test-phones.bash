#!/bin/bash
# The files that phones have, of each format, two accounts each: all are registered, and
# Kamailio's own list shows them with the lifetimes of the files.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
registrar_start primary "$server"

cat >"$folder/desk.cfg" <<END
#!version:1.0.0.1
account.1.enable = 1
account.1.label = Front desk
account.1.user_name = yealink1
account.1.auth_name = yealink1
account.1.password = pass-yealink1
account.1.sip_server.1.address = $server
account.1.sip_server.1.port = 5060
account.1.sip_server.1.expires = 900
account.2.enable = 1
account.2.user_name = yealink2
account.2.auth_name = yealink2
account.2.password = pass-yealink2
account.2.sip_server_host = $server
account.2.sip_server.1.expires = 3600
account.3.enable = 0
account.3.user_name = nobody
account.3.sip_server.1.address = $server
END
# version 1: P-numbers; accounts 1 and 5; lifetimes in minutes
cat >"$folder/numbers.xml" <<END
<?xml version="1.0" encoding="UTF-8" ?>
<gs_provision version="1">
<mac>000b82000001</mac>
<config version="1">
<P271>1</P271><P47>$server</P47><P35>grand1</P35><P36>grand1</P36><P34>pass-grand1</P34>
<P32>10</P32>
<P1701>1</P1701><P1702>$server:5060</P1702><P1704>grand5</P1704><P1705>grand5</P1705>
<P1706>pass-grand5</P1706><P1712>45</P1712>
<P2>admin</P2>
</config>
</gs_provision>
END
# version 2: names
cat >"$folder/names.xml" <<END
<?xml version="1.0" encoding="UTF-8" ?>
<gs_provision version="1">
<config version="2">
<item name="account.1.enable">Yes</item>
<item name="account.1.sip.server.1.address">$server</item>
<item name="account.1.sip.userid">alias1</item>
<item name="account.1.sip.subscriber.userId">alias1</item>
<item name="account.1.sip.subscriber.password">pass-alias1</item>
<item name="account.1.sip.registerExpiration">5</item>
<item name="account.2.enable">Yes</item>
<item name="account.2.sip.server.1.address">$server</item>
<item name="account.2.sip.userid">alias2</item>
<item name="account.2.sip.subscriber.userId">alias2</item>
<item name="account.2.sip.subscriber.password">pass-alias2</item>
<item name="account.2.sip.registerExpiration">20</item>
</config>
</gs_provision>
END
cat >"$folder/native.yaml" <<END
expires: 7 min
accounts:
  - user: native1
    password: pass-native1
    server: $server
  - user: native2
    password: pass-native2
    servers:
      - address: $server
        expires: 1800
END
cat >"$folder/room.yaml" <<END
family: flx
accounts:
  - Registrar: $server
    ID: flx1
    Username: flx1
    Password: pass-flx1
    Registration Timeout: 700
END

phones_start "$folder"/{desk.cfg,numbers.xml,names.xml,native.yaml,room.yaml}
all_bound() { [ "$(bindings primary | wc -l)" = 9 ]; }
eventually all_bound
lifetime primary yealink1 900
lifetime primary yealink2 3600
lifetime primary grand1 600
lifetime primary grand5 2700
lifetime primary alias1 300
lifetime primary alias2 1200
lifetime primary native1 420
lifetime primary native2 1800
lifetime primary flx1 700
for account in desk/1 desk/2 numbers/1 numbers/5 names/1 names/2 native/1 native/2 room/1; do
    state $account registered
done
# what is told is what is
for field in account state server target transport contact registered_since binding_expires_in \
    next_attempt_in failures last_status last_reason; do
    [ -n "$(status desk/1 $field)" ] || fail "no $field in the status"
done
same "$(bindings primary | sed -n "s/^yealink1 \(.*\) .*/\1/p")" "$(status desk/1 contact)"
phones_stop
exit 0
