# Sourced by the tests of streams: Kamailio on UDP, TCP and TLS, with one certificate or another, and
# alice, who knows it as pbx.example.com.
. "$(dirname "${BASH_SOURCE[0]}")/harness.bash"
certificates=$folder/certificates
"$here/../make-certificates" "$certificates" pbx.example.com "$(address 0)" ||
    fail 'no certificates'

# kamailio_shows CERTIFICATE [DEFINE…]
kamailio_shows() {
    local certificate=$1
    shift
    registrar_start one "$(address 0)" TLS "tcp:$(address 0):5060" "tls:$(address 0):5061" \
        "CERTIFICATE=\"$certificates/$certificate.pem\"" "KEY=\"$certificates/$certificate.key\"" "$@"
}

kamailio_stops() {
    kill -TERM "$group_one"
    wait "$group_one"
}

# alice_over TRANSPORT [LINE…]
alice_over() {
    local transport=$1
    shift
    one_account pbx.example.com "transport: $transport" 'retry: 1' \
        "dns: {mode: static, primary_ip: $(address 0)}" "tls: {ca: $certificates/ca.pem}" "$@"
}

# how many REGISTERs have reached Kamailio, over whatever
registers_seen() {
    registrar_rpc one stats.get_statistics rcv_requests_register | awk '{ print $NF }'
}
