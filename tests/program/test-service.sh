#!/bin/sh
# What the service manager is told, and a reader of events that does not read.
. "$(dirname "$0")/common.sh"

{
    echo "accounts:"
    for i in $(seq 200); do
        echo "  - { name: a$i, servers: [ { address: $address } ], user: a$i, password: pw-a$i }"
    done
} >"$folder/phones.yaml"
"$holdfast" registrar "$address" >"$folder/registrar.log" 2>&1 &
processes="$processes $!"
eventually grep -q 'bindings' "$folder/registrar.log"

# A service manager that writes down what it is told.
cat >"$folder/manager.py" <<'EOF'
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
while True:
    print(listener.recv(4096).decode().replace("\n", " "), flush=True)
EOF
python3 "$folder/manager.py" "$folder/notify" >"$folder/told.log" 2>&1 &
processes="$processes $!"
eventually test -S "$folder/notify"

NOTIFY_SOCKET=$folder/notify WATCHDOG_USEC=400000 \
    "$holdfast" run "$folder/phones.yaml" --control "$control" --metrics "$address:9000" \
    2>"$folder/run.log" &
daemon=$!
processes="$processes $daemon"

told() {
    grep -q "$1" "$folder/told.log"
}
told_watchdog() {
    [ "$(grep -c '^WATCHDOG=1$' "$folder/told.log")" -ge "$1" ]
}
eventually told '^READY=1$'
eventually told_watchdog 5
eventually told '^STATUS=200 of 200 accounts have a binding$'
kill -HUP $daemon
eventually told '^RELOADING=1 MONOTONIC_USEC=[1-9]'
eventually sh -c "tail -n +2 '$folder/told.log' | grep -q '^READY=1$'"

# A loop that does not go round says nothing.
kill -STOP $daemon
sleep 0.3
before=$(grep -c WATCHDOG "$folder/told.log")
sleep 1
[ "$(grep -c WATCHDOG "$folder/told.log")" = "$before" ] || fail "a stopped process is said to live"
kill -CONT $daemon
eventually told_watchdog $((before + 2))

# One reader of events takes nothing while another makes thousands: it loses events, is told how
# many, and nobody waits for it.
cat >"$folder/reader.py" <<'EOF'
import json, socket, sys, time
def connect(command):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(20)
    client.connect(sys.argv[1])
    client.sendall((json.dumps(command) + "\n").encode())
    return client, client.makefile("rb")
_, slow = connect({"command": "events"})
assert json.loads(slow.readline())["result"] == "ok"
client, answers = connect({"command": "register", "account": "a1"})
began = time.monotonic()
for i in range(8000):
    assert json.loads(answers.readline())["result"] == "ok"
    command = {"command": "register", "account": "a%d" % (i % 200 + 1)}
    client.sendall((json.dumps(command) + "\n").encode())
took = time.monotonic() - began
kept = 0
while True:
    item = json.loads(slow.readline())
    if "lost" in item:
        break
    kept += 1
print("kept", kept, "lost", item["lost"], "took", round(took, 1))
sys.exit(took > 30)
EOF
metric() {
    curl -sS --max-time 5 "http://$address:9000/metrics" | sed -n "s/^$1 //p"
}
expect 0 python3 "$folder/reader.py" "$control"
contains "$out" 'kept [1-9][0-9]* lost [1-9]'
[ "$(metric holdfast_control_events_lost_total)" -ge 1 ] || fail "the loss is not counted"

# Readers that ask for everybody's status and do not take it: others are served meanwhile, each costs
# its buffers and no more, and has it all in the end.
cat >>"$folder/phones.yaml" <<EOF
fleet: { count: 4000, template: { name: "idle/%n", user: "%n", password: x, enabled: no, servers: [ { address: $address } ] } }
EOF
expect 0 "$holdfast" reload --control "$control"
cat >"$folder/readers.py" <<'EOF'
import json, socket, sys, time
def connect(command):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(20)
    client.connect(sys.argv[1])
    client.sendall((json.dumps(command) + "\n").encode())
    return client, client.makefile("rb")
def resident():
    return int(next(l for l in open("/proc/%s/status" % sys.argv[2]) if l.startswith("VmRSS")).split()[1])
before = resident()
readers = [connect({"command": "status"}) for _ in range(20)]
slowest = 0
client, answers = connect({"command": "register", "account": "a1"})
for i in range(500):
    began = time.monotonic()
    assert json.loads(answers.readline())["result"] == "ok"
    slowest = max(slowest, time.monotonic() - began)
    command = {"command": "register", "account": "a%d" % (i % 200 + 1)}
    client.sendall((json.dumps(command) + "\n").encode())
print("slowest", round(slowest, 3), "grown by KiB", resident() - before)
assert slowest < 2
# A sanitizer keeps what is freed.
assert resident() - before < 20 * 256 or "san.so" in open("/proc/%s/maps" % sys.argv[2]).read()
for _, lines in readers[:2]:
    told = 0
    while "result" not in json.loads(lines.readline()):
        told += 1
    assert told == 4200, told
EOF
expect 0 python3 "$folder/readers.py" "$control" $daemon

kill "$daemon"
wait "$daemon" || fail "no orderly end: $?"
eventually told '^STOPPING=1 .*EXTEND_TIMEOUT_USEC=20000000$'
