# What became of each account in a failover, from three files in this order: fleet (ACCOUNT USER
# HOME EARLIEST, see failover.bash), asked (SECONDS USER: when it was told to send a REGISTER),
# samples (watch-bindings.bash). Variables: fault and healed, in seconds; bound, rest and late, as
# in failover.bash. Fails if an account was not at the backup in time, was without a binding after
# that, came back too early, too late or twice, or should have stayed.

FNR == 1 { file++ }
file == 1 { user_of[++n] = $2; home[$2] = $3; earliest[$2] = $4; next }
file == 2 { asked[$2] = $1; next }
$1 < fault { next }

{
    split("", holds)
    for (i = 2; i <= NF; i++)
        if ($i == "backup" || $i == "primary") server = $i
        else holds[server, $i] = 1
    for (i = 1; i <= n; i++) look_at(user_of[i], $1)
    samples++
    if (last && $1 - last > pause) pause = $1 - last
    last = $1
}

# what the primary holds during the fault is no binding that anybody could reach
function look_at(user, now,    at_backup, at_primary) {
    at_backup = ("backup", user) in holds
    at_primary = now >= healed && ("primary", user) in holds
    if (at_backup && !(user in moved)) moved[user] = now
    if (!(user in moved)) return
    if (!at_backup && !at_primary) gaps[user]++
    if (now >= healed && !at_backup && !(user in back)) back[user] = now
    if (at_backup && user in back) again[user] = 1
}

function verdict(user,    since, stayed) {
    if (!(user in moved)) return "never at the backup"
    if (moved[user] - asked[user] > bound) return "too late at the backup"
    if (user in gaps) return "without a binding, " gaps[user] " times"
    if (user in again) return "came back, but did not stay"
    if (home[user] == "no") return user in back ? "should have stayed" : ""
    if (!(user in back)) return "did not come back"
    if (back[user] - healed > late) return "came back too late"
    # a busy machine may see its move late: it may have been as soon as it was asked
    since = moved[user] < asked[user] ? moved[user] : asked[user]
    stayed = back[user] - since + 0.3 # a sample or two
    return stayed < earliest[user] || stayed < rest ? "came back too early" : ""
}

END {
    printf "%d samples, the longest pause %.2f s\n", samples, pause
    for (i = 1; i <= n; i++) {
        user = user_of[i]
        printf "%-17s at the backup after %5.2f s", user, moved[user] - asked[user]
        if (user in back)
            printf ", back %.2f s after the fault and %.2f s after its move", \
                back[user] - healed, back[user] - moved[user]
        wrong = verdict(user)
        print wrong == "" ? "" : ": WRONG: " wrong
        if (wrong != "") bad = 1
    }
    exit bad
}
