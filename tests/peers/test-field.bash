#!/bin/bash
# Provisioning files of the field, hundreds of lines long: only servers, passwords and TCP are
# replaced. What has nothing to do with SIP is passed over; accounts register for as long as the
# file says and from the port that it says, though a server on this host has that port, too. The
# Yealink file wants its registrations spread over 20 s; two are enough here.
. "$(dirname "$0")/harness.bash"

server=$(address 0)
files=$here/../files
port=$((30000 + $$ % 15000 * 2))
registrar_start primary "$server" "udp:$server:$port"
sed -e 's/^\([ \t]*account.\)1\(.password *= *\).*/\11\2pass-2101/' \
    -e 's/^\([ \t]*account.\)2\(.password *= *\).*/\12\2pass-2102/' \
    -e "s/voice.example.com/$server/; s/198.51.100.20/$server/; s/standby.example.com//" \
    -e 's/^account.2.sip_server.1.transport_type=1/account.2.sip_server.1.transport_type=0/' \
    -e "s/sip_listen_port = 5060/sip_listen_port = $port/" \
    -e 's/^sip.reg_surge_prevention = 20/sip.reg_surge_prevention = 2/' \
    "$files/yealink-00156574a1b2.cfg" >"$folder/desk.cfg"
sed -e 's|<P34>.*</P34>|<P34>pass-3001</P34>|; s|<P406>.*</P406>|<P406>pass-3002</P406>|' \
    -e "s|pbx-[ab].example.org:5062|$server|; s|pbx-[ab].example.org|$server|" \
    -e "s|edge.example.org:5070|$server|; s|<P448>1|<P448>0|; s|<P40>5060|<P40>$port|" \
    -e "s|<P413>5062|<P413>$((port + 1))|" \
    "$files/grandstream-grp2614.xml" >"$folder/grp.xml"
sed -e "s|>kueche<|>pass-4001<|" -e "s|sip.example.net|$server|" \
    -e '/account.2.enable/s/Yes/No/' "$files/grandstream-gxv3370.xml" >"$folder/gxv.xml"
for file in desk.cfg grp.xml gxv.xml; do
    [ "$(wc -l <"$folder/$file")" -gt 500 ] || fail "$file is short"
done
phones_start "$folder"/{desk.cfg,grp.xml,gxv.xml}
for user in 2101 2102 3001 3002 4001; do eventually bound primary $user; done
lifetime primary 2101 900
lifetime primary 2102 180
lifetime primary 3001 300
lifetime primary 3002 120
lifetime primary 4001 600
for user in 2101 3001; do
    case $(bindings primary | sed -n "s/^$user //p") in
    *:$port*) ;;
    *) fail "$user is not at port $port" ;;
    esac
done
phones_stop
exit 0
