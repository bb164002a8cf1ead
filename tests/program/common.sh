# Sourced by the tests: a folder of their own, an address of their own, and what ends with them.
set -u
holdfast=$1
folder=$(mktemp -d)
# Several test runs on one machine do not meet.
address=127.35.$(($$ / 250 % 250 + 1)).$(($$ % 250 + 1))
control=$folder/control.sock
processes=

cleanup() {
    for process in $processes; do
        kill "$process" 2>/dev/null
        kill -CONT "$process" 2>/dev/null
    done
    rm -rf "$folder"
}
trap cleanup EXIT

fail() {
    echo "FAILED: $*"
    for log in "$folder"/*.log; do
        [ -f "$log" ] && echo "--- $log" && cat "$log"
    done
    exit 1
}

# expect STATUS COMMAND…: runs it, keeps what it prints in $out and its errors in $err.
expect() {
    wanted=$1
    shift
    "$@" >"$folder/out" 2>"$folder/err"
    status=$?
    out=$(cat "$folder/out")
    err=$(cat "$folder/err")
    [ "$status" = "$wanted" ] || fail "$* exits with $status, not $wanted: $out $err"
}

# contains TEXT PATTERN: a basic regular expression
contains() {
    printf '%s\n' "$1" | grep -q -e "$2" || fail "no '$2' in: $1"
}

lacks() {
    printf '%s\n' "$1" | grep -q -e "$2" && fail "'$2' in: $1"
    return 0
}

# eventually COMMAND…: within five seconds
eventually() {
    for _ in $(seq 50); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    fail "never came true: $*"
}
