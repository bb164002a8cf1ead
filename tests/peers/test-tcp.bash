#!/bin/bash
# Over TCP: registers, is back by itself after the server was started anew, and ends its binding.
. "$(dirname "$0")/tls.bash"

alice_over tcp
phones_start "$folder/phone.yaml"
kamailio_shows good
state alice registered 10
bound one alice || fail "not bound: $(bindings one)"
case $(bindings one) in *transport=tcp*) ;; *) fail "not over TCP: $(bindings one)" ;; esac
same "$(status alice target)" "$(address 0):5060"
kamailio_stops
kamailio_shows good
eventually bound one alice
state alice registered 10
phones_stop
eventually not_bound one alice
exit 0
