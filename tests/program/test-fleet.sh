#!/bin/sh
# Fleets: folders with thousands of files, templates with a count, credentials in CSV files; a
# reload that touches only what is another.
. "$(dirname "$0")/common.sh"

mkdir "$folder/phones"
awk -v folder="$folder/phones" -v server="$address" 'BEGIN {
    for (i = 0; i < 1000; i++) {
        file = sprintf("%s/y%04d.cfg", folder, i)
        printf "#!version:1.0.0.1\naccount.1.enable = 1\naccount.1.user_name = y%d\n", i > file
        printf "account.1.password = pw\naccount.1.sip_server.1.address = %s\n", server > file
        close(file)
        file = sprintf("%s/n%04d.yaml", folder, i)
        printf "accounts: [{user: n%d, password: pw, server: %s}]\n", i, server > file
        close(file)
    }
}'
echo 'expires: soon' >"$folder/phones/n0500.yaml"
echo 'no provisioning file' >"$folder/phones/README"
echo 'nor this' >"$folder/phones/notes.txt"
expect 1 "$holdfast" check "$folder/phones"
contains "$err" "n0500.yaml:1: error: there is no list 'accounts:', and no 'fleet:'"
contains "$err" 'note: 2 files are left aside: .*/README and others'
contains "$out" '^2000 files, 1999 accounts, 2 errors'
[ "$(printf '%s\n' "$out" | grep -c 'family')" = 2000 ] || fail "not every file is listed"

mkdir "$folder/fleet"
printf 'user,password,display_name\nann,"p""w",Ann\nbob,pw,Bob\n' >"$folder/fleet/staff.csv"
cat >"$folder/fleet/fleet.yaml" <<EOF
servers: [$address]
expires: 600
fleet:
  - count: 300
    template: {name: "desk/%04n", user: "1%04n", password: "pw-%n"}
  - credentials: staff.csv
EOF
expect 0 "$holdfast" check "$folder/fleet"
contains "$out" '^  desk/0300  *10300  '
contains "$out" '^  fleet/ann  *ann '
contains "$out" '^1 file, 302 accounts, 0 errors, 0 warnings'

"$holdfast" registrar --open "$address" >"$folder/registrar.log" 2>&1 &
processes="$processes $!"
eventually grep -q 'bindings' "$folder/registrar.log"
"$holdfast" run "$folder/fleet" --control "$control" --set unregister_at_exit=no --quiet \
    2>"$folder/run.log" &
daemon=$!
processes="$processes $daemon"

registered() {
    "$holdfast" status --summary --json --control "$control" | grep -q "\"registered\": $1,"
}

eventually registered 302
expect 0 "$holdfast" status fleet/ann --json --control "$control"
contains "$out" '"state": "registered"'

# One is another, one is gone, and nothing else is touched.
"$holdfast" events --control "$control" >"$folder/events.log" &
processes="$processes $!"
sleep 0.3
printf 'user,password,display_name\nann,other,Ann\n' >"$folder/fleet/staff.csv"
expect 0 "$holdfast" reload --control "$control"
contains "$out" '0 accounts added, 1 changed, 1 removed, 300 unchanged'
eventually grep -q 'fleet/ann.*config_changed' "$folder/events.log"
[ "$(grep -c 'desk/' "$folder/events.log")" = 0 ] || fail "others were touched"
eventually registered 301

# What is wrong with the credentials takes nobody off the air.
printf 'user,password,display_name\nbob,pw\n' >"$folder/fleet/staff.csv"
expect 1 "$holdfast" reload --control "$control"
contains "$out$err" 'staff.csv:2: error: the row has 2 cells, the header 3'
registered 301 || fail "a slip took accounts off the air"

kill -TERM "$daemon"
wait "$daemon" || fail "the end is not clean"

expect 0 "$holdfast" check "$(dirname "$0")/../../examples/fleet.yaml"
contains "$out" '^1 file, 603 accounts, 0 errors, 0 warnings'
