#!/bin/sh
# Metrics by HTTP and by the control socket, and that every name which the dashboard and the rules
# of packaging/ ask for is one that is served.
. "$(dirname "$0")/common.sh"
packaging=$(dirname "$0")/../../packaging

cat >"$folder/phones.yaml" <<EOF
accounts:
  - { name: alice, servers: [ { address: "$address" } ], user: alice, password: pw-alice }
  - { name: bob, servers: [ { address: "$address" } ], user: bob, password: wrong }
  - { name: carol, servers: [ { address: "$address", port: 5999 }, { address: "$address" } ], user: carol, password: pw-carol }
EOF
"$holdfast" registrar "$address" >"$folder/registrar.log" 2>&1 &
processes="$processes $!"
eventually grep -q 'bindings' "$folder/registrar.log"
"$holdfast" run "$folder/phones.yaml" --control "$control" --metrics "$address:9000" \
    2>"$folder/run.log" &
daemon=$!
processes="$processes $daemon"

metrics() {
    curl -sS --max-time 5 "http://$address:9000/metrics" >"$folder/metrics"
}
has() {
    metrics && grep -qxF -e "$1" "$folder/metrics"
}

eventually has 'holdfast_accounts{state="registered"} 2'
eventually has 'holdfast_accounts{state="rejected"} 1'
has 'holdfast_accounts{state="waiting"} 0' || fail "no series without accounts"
has "holdfast_place_accounts{server=\"$address\",target=\"$address:5060\",transport=\"udp\",place=\"best\"} 1" ||
    fail "no place of alice"
grep -q "^holdfast_place_accounts.*place=\"lesser_server\"} 1$" "$folder/metrics" || fail "no place of carol"
has "holdfast_unbound_accounts{server=\"$address\"} 1" || fail "bob has no server"
has 'holdfast_file_errors 0' || fail "errors in the files?"
has 'holdfast_bindings 2' || fail "wrong bindings"
has 'holdfast_registration_failures_total{cause="refused"} 1' || fail "carol's first server"
has 'holdfast_registration_failures_total{cause="4xx"} 1' || fail "bob's rejection"
has 'holdfast_events_total{event="failover"} 1' || fail "carol's failover"
has 'holdfast_failover_duration_seconds_count 1' || fail "its duration"
has 'holdfast_failover_duration_seconds_bucket{le="0.5"} 1' || fail "it took long"
has 'holdfast_register_duration_seconds_bucket{le="+Inf"} 3' || fail "three answers"
has 'holdfast_store_wanted 0' || fail "a state file?"
grep -q '^process_resident_memory_bytes [1-9]' "$folder/metrics" || fail "no memory"

# The format: every sample belongs to the last HELP and TYPE, every family comes once.
awk '
/^# HELP / { if (seen[$3]++) { print "twice: " $3; bad = 1 } help = $3; next }
/^# TYPE / { if ($3 != help) { print "TYPE without HELP: " $3; bad = 1 }
             name = $3; type = $4; next }
{ sample = $1; sub(/[{].*/, "", sample)
  if (type == "histogram") sub(/_(bucket|sum|count)$/, "", sample)
  if (sample != name) { print "not of " name ": " $0; bad = 1 }
  if (type == "counter" && sample !~ /_total$/) { print "no _total: " sample; bad = 1 }
  if ($NF !~ /^[0-9]+([.][0-9]+)?$/) { print "no number: " $0; bad = 1 } }
END { exit bad }' "$folder/metrics" >"$folder/format.log" || fail "wrong format"

expect 0 "$holdfast" metrics --control "$control"
contains "$out" '^holdfast_accounts{state="registered"} 2$'
expect 2 "$holdfast" metrics alice --control "$control"

# What is not asked for rightly is told so, and the next one is served.
status() {
    curl -s --max-time 5 -o "$folder/body" -w '%{http_code}' "$@"
}
[ "$(status "http://$address:9000/")" = 404 ] || fail "another path is served"
[ "$(status -d x=1 "http://$address:9000/metrics")" = 405 ] || fail "POST is served"
[ "$(status -I "http://$address:9000/metrics")" = 200 ] || fail "HEAD is not served"
asked=
for i in 1 2 3 4 5; do
    curl -sS --max-time 5 -o "$folder/same.$i" "http://$address:9000/metrics" &
    asked="$asked $!"
done
for i in $asked; do
    wait "$i" || fail "one of five is not answered"
done
[ "$(grep -l '^holdfast_bindings 2$' "$folder"/same.* | wc -l)" = 5 ] || fail "not all are answered"

# Names in what is packaged are those that are served; counters and buckets as such.
grep -oh 'process_[a-z_]*\|holdfast_[a-z_]*' "$packaging/grafana/holdfast.json" \
    "$packaging/prometheus/holdfast.rules.yml" | sort -u >"$folder/asked"
sed -n 's/^\([a-z_]*\)[{ ].*/\1/p' "$folder/metrics" | sort -u >"$folder/served"
[ "$(wc -l <"$folder/asked")" -gt 15 ] || fail "hardly anything is asked for"
python3 -m json.tool "$packaging/grafana/holdfast.json" "$folder/body" || fail "the dashboard is no JSON"
unserved=$(comm -23 "$folder/asked" "$folder/served")
[ -z "$unserved" ] || fail "nobody serves $unserved"

# What Prometheus itself says of them, where it is at hand; the dashboard's queries as rules.
if command -v promtool >/dev/null; then
    python3 - "$packaging/grafana/holdfast.json" >"$folder/queries.json" <<'END' || fail 'no queries'
import json, sys

def queries(of):
    if isinstance(of, dict):
        yield from [of["expr"]] if "expr" in of else []
    for inner in of.values() if isinstance(of, dict) else of if isinstance(of, list) else []:
        yield from queries(inner)

rules = [{"record": "query_%d" % i, "expr": q.replace("$__rate_interval", "5m").replace("$__range", "1h")}
         for i, q in enumerate(queries(json.load(open(sys.argv[1]))))]
assert len(rules) > 20
json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout)
END
    expect 0 promtool check rules "$packaging/prometheus/holdfast.rules.yml" "$folder/queries.json"
    expect 0 promtool test rules "$packaging/prometheus/holdfast.test.yml"
    promtool check metrics <"$folder/metrics" >"$folder/out" 2>&1 || fail "$(cat "$folder/out")"
fi

# An address that cannot be had ends the start.
expect 1 "$holdfast" run "$folder/phones.yaml" --control "$folder/other.sock" --metrics "$address:9000"
contains "$err" "cannot serve metrics at $address:9000"
expect 2 "$holdfast" run "$folder/phones.yaml" --metrics nowhere

kill "$daemon"
wait "$daemon" || fail "no orderly end: $?"
