#!/bin/bash
# watch-bindings.bash FOLDER: reads what two registrars, primary and backup, hold, again and again,
# and writes it to FOLDER/samples, a line each time: SECONDS backup USER… primary USER…. The backup is read before and after the
# primary, so that who moves while it is read is seen. A registrar that is known to be frozen
# (FOLDER/NAME.frozen) holds nobody that could be reached.
set -u
PATH=$PATH:/usr/sbin
folder=$1

# who has a binding that has not ended; fails if there was no answer
holds() {
    local dump status
    [ ! -e "$folder/$1.frozen" ] || return 0
    dump=$(timeout 1 kamcmd -s "unix:$folder/$1.ctl" ul.dump 2>/dev/null)
    status=$?
    [ $status != 124 ] || [ -e "$folder/$1.frozen" ] || return 1
    # what is not running has nothing to say
    awk '$1 == "AoR:" { user = $2 } $1 == "Expires:" && $2 + 0 > 0 { printf " %s", user }' \
        <<<"$dump"
}

while sleep 0.03; do
    now=$EPOCHREALTIME
    before=$(holds backup) && primary=$(holds primary) && after=$(holds backup) &&
        echo "$now backup$before$after primary$primary"
done >"$folder/samples"
