#!/bin/sh
# check, convert and settings as a person meets them: exit status, what goes to which stream.
# usage: commands.sh HOLDFAST FILES
set -u
holdfast=$1
files=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# expect STATUS ARGUMENT...: runs the program, keeps its streams in $folder/out and err
expect() {
    want=$1
    shift
    "$holdfast" "$@" >"$folder/out" 2>"$folder/err"
    got=$?
    if [ "$got" -ne "$want" ]; then
        echo "holdfast $*: exit $got, not $want"
        cat "$folder/err"
        failed=1
    fi
}

# says STREAM TEXT: the last run said so
says() {
    if ! grep -qF -- "$2" "$folder/$1"; then
        echo "nothing of '$2' in $1:"
        cat "$folder/$1"
        failed=1
    fi
}

# silent_about TEXT: no stream of the last run has it
silent_about() {
    if grep -qF -- "$1" "$folder/out" "$folder/err"; then
        echo "'$1' is shown"
        failed=1
    fi
}

expect 0 check "$files"
says out 'yealink-two/1'
says out 'pbx1.example.com:5062'
silent_about 's3cret'
silent_about 'note:'

expect 0 check -v "$files/yealink-two.cfg"
says err 'yealink-two.cfg:33: note: features.dnd.enable does not concern'
says err 'yealink-two.cfg:4: note: account.1.label is read and kept'
silent_about 's3cret'

expect 1 check "$files/bad/thirty-mistakes.cfg"
says err "thirty-mistakes.cfg:9: error: account.1.sip_server.1.expires: '29' is out of range"
says out '2 usable'
silent_about 'top-secret'

expect 1 check "$folder/missing.cfg"
says err 'cannot be read'
expect 2 check
expect 2 check --no-such-option x
expect 2 check --family nokia "$files"

expect 0 convert "$files/yealink-two.cfg"
cp "$folder/out" "$folder/two.yaml"
expect 0 check "$folder/two.yaml"
says out 'yealink-two/2'
expect 1 convert "$files/bad/thirty-mistakes.cfg"
says out 'thirty-mistakes/2'
expect 1 convert "$files"
expect 2 convert

expect 0 settings
expect 0 settings keep_alive.interval
says out 'P2398'
expect 1 settings no_such_setting
expect 0 settings --json
says out '"name": "expires"'
if command -v python3 >/dev/null && ! python3 -m json.tool <"$folder/out" >/dev/null; then
    echo 'settings --json is no JSON'
    failed=1
fi

exit "$failed"
