#!/bin/bash
# A refresh carries the credentials that are known, with the next nonce count; or is challenged
# each time, where the phone's file wants that.
. "$(dirname "$0")/harness.bash"

challenge() {
    echo answer 401 Unauthorized
    echo "    WWW-Authenticate: Digest realm=\"r\", nonce=\"$1\", qop=\"auth\", algorithm=MD5"
}
peer_start with "$(address 0)" < <(
    echo receive
    challenge one
    echo 'receive Authorization: nc=00000001'
    echo answer 200 OK
    echo '    Contact: $contact;expires=2'
    echo 'receive Authorization: nc=00000002'
    echo answer 200 OK
    echo '    Contact: $contact;expires=100'
)
peer_start without "$(address 1)" < <(
    echo receive
    challenge one
    echo 'receive authorized'
    echo answer 200 OK
    echo '    Contact: $contact;expires=2'
    echo receive
    challenge two
    echo 'receive authorized'
    echo answer 200 OK
    echo '    Contact: $contact;expires=100'
)
cat >"$folder/gxv.xml" <<END
<gs_provision version="1"><config version="2">
<!-- Configuration Template for GXV3370 -->
<item name="account.1.enable">Yes</item>
<item name="account.1.sip.server.1.address">$(address 0)</item>
<item name="account.1.sip.userid">alice</item>
<item name="account.1.sip.subscriber.password">pass-alice</item>
<item name="account.1.sip.header.authOnInitialRegister">Yes</item>
<item name="account.2.enable">Yes</item>
<item name="account.2.sip.server.1.address">$(address 1)</item>
<item name="account.2.sip.userid">alice</item>
<item name="account.2.sip.subscriber.password">pass-alice</item>
<item name="account.2.sip.header.authOnInitialRegister">No</item>
</config></gs_provision>
END
phones_start "$folder/gxv.xml" --set unregister_at_exit=no --set unregister_on_start=no
peer_end with
peer_end without
same "$(registers with) $(received with Authorization | wc -l)" '3 2'
same "$(registers without) $(received without Authorization | wc -l)" '4 2'
state gxv/1 registered
state gxv/2 registered
phones_stop
exit 0
