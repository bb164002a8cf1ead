#!/bin/sh
# The manual pages name every command, option and setting, and are well formed.
. "$(dirname "$0")/common.sh"

"$(dirname "$0")/../../packaging/man/make-man" "$holdfast" "$folder" || fail "no pages"
# named PAGE WORD: as roff has it
named() {
    grep -qF -e "$(printf '%s' "$2" | sed 's/-/\\-/g')" "$folder/$1" || fail "$2 is not in $1"
}
commands=$("$holdfast" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 13 ] || fail "hardly a command"
for command in $commands; do
    named holdfast.1 "holdfast $command"
    for option in $("$holdfast" "$command" --help | sed -n '/^Options:/,$s/^ .\{0,5\}\(--[a-z-]*\).*/\1/p'); do
        named holdfast.1 "$option"
    done
done
for setting in $("$holdfast" settings --json | sed -n 's/^    "name": "\(.*\)",/\1/p'); do
    named holdfast.yaml.5 "\\fB$setting"
done
for key in template count first ranges credentials; do
    named holdfast.yaml.5 "$key"
done
for page in holdfast.1 holdfast.yaml.5; do
    if command -v man >/dev/null; then
        MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$folder/$page" >/dev/null 2>"$folder/warnings.log"
        [ ! -s "$folder/warnings.log" ] || fail "$page is not well formed"
    fi
done
