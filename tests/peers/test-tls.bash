#!/bin/bash
# Over TLS: the right certificate registers; each wrong one is refused with words of its own, and no
# REGISTER is sent to who shows it. All the while the same phone runs: it comes back by itself when
# the server is started with a good one again.
. "$(dirname "$0")/tls.bash"

reason_is() { [[ $(status alice last_reason) == *"$1" ]]; }

# refuses CERTIFICATE REASON
refuses() {
    kamailio_shows "$1"
    within 10 reason_is "$2" || fail "$1: $(status alice last_reason), not: $2"
    sleep 1.5 # another attempt, at least
    reason_is "$2" || fail "$1: $(status alice last_reason), not: $2"
    same "$(registers_seen)" 0 "REGISTERs sent to who shows $1"
    same "$(bindings one)" '' 'bound'
    kamailio_stops
}

alice_over tls
phones_start "$folder/phone.yaml"
refuses other 'certificate is for other.example.com, not pbx.example.com'
refuses expired 'certificate of pbx.example.com has expired on 2026-01-01'
refuses self 'self-signed certificate of pbx.example.com is not trusted'
refuses stranger-good 'certificate of pbx.example.com: its issuer Strange CA is not trusted'
refuses wild 'certificate is for *.example.com, not pbx.example.com'

kamailio_shows good
state alice registered 10
bound one alice || fail "not bound: $(bindings one)"
same "$(status alice target)" "$(address 0):5061"

# the server is started anew: the lost connection is noticed, and alice is back
kamailio_stops
kamailio_shows good
eventually bound one alice
state alice registered 10
phones_stop
eventually not_bound one alice
exit 0
