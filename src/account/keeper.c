#include "account/keeper.h"

#include "account/mapping.h"
#include "account/stun_wait.h"
#include "sip/stun.h"

/* RFC 5626 section 4.4.1. */
static const hf_time pong_wait = 10 * HF_SECOND;
/* How often where the server leaves it to us (sections 4.4.1 and 4.4.2), and what it may ask for.
 */
static const hf_time usual_stream = 120 * HF_SECOND, usual_datagram = 29 * HF_SECOND;
enum { KEEP_SECONDS_MIN = 5, KEEP_SECONDS_MAX = 24 * 3600 };

/* What the settings want on a path like this; off where another method (keep_alive.c) does it. */
static enum setting_keep_alive kind_of(const struct account *account, bool stream) {
    const struct hf_settings *settings = account->settings;
    enum setting_keep_alive kind =
        (enum setting_keep_alive)settings_word(settings, SETTING_NAT_KEEP_ALIVE, 0);

    if (kind == KEEP_ALIVE_OFF &&
        settings_word(settings, SETTING_NAT_TRAVERSAL, 0) == NAT_KEEP_ALIVE)
        kind = KEEP_ALIVE_EMPTY; /* Grandstream's "Keep-Alive" */
    if (kind == KEEP_ALIVE_OPTIONS || kind == KEEP_ALIVE_NOTIFY)
        return KEEP_ALIVE_OFF;
    return stream && kind != KEEP_ALIVE_OFF ? KEEP_ALIVE_PACKET : kind;
}

static hf_time interval_of(const struct path *path) {
    const hf_time wanted = path->keep_interval, agreed = path->keep_agreed;

    if (wanted == 0 || agreed == 0)
        return wanted + agreed;
    return wanted < agreed ? wanted : agreed;
}

/* Up to a fifth earlier, so that many paths do not fall into step (section 4.4.1, RFC 6223 section
 * 5). */
static void plan(struct engine *engine, struct path *path, hf_time now) {
    const hf_time interval = interval_of(path);
    const hf_time early = (hf_time)random_below(&engine->random, interval / 5 + 1);

    timer_wheel_set(&engine->wheel, &path->keeper, now + interval - early);
}

static void note_wanted(const struct account *account, struct path *path) {
    const enum setting_keep_alive kind = kind_of(account, path_is_stream(path));
    const hf_time interval =
        settings_duration(account->settings, SETTING_NAT_KEEP_ALIVE_INTERVAL, 0);

    if (kind == KEEP_ALIVE_OFF || (path->keep_interval > 0 && path->keep_interval <= interval))
        return;
    path->keep_interval = interval;
    path->keep_kind = (uint8_t)kind;
}

/* The path has one peer: what it said last counts. */
static void note_agreed(struct path *path, const struct keep_answer *keep) {
    uint32_t seconds = keep->seconds;

    if (keep->kind == KEEP_NOT_OFFERED)
        return;
    if (seconds > 0 && seconds < KEEP_SECONDS_MIN)
        seconds = KEEP_SECONDS_MIN;
    if (seconds > KEEP_SECONDS_MAX)
        seconds = KEEP_SECONDS_MAX;
    path->keeps_flows |= keep->flow;
    if (keep->kind == KEEP_NOT_WANTED && path->keeps_flows)
        return; /* it was said to one who has no flow */
    if (keep->kind == KEEP_NOT_WANTED)
        path->keep_agreed = 0;
    else if (seconds > 0)
        path->keep_agreed = seconds * HF_SECOND;
    else
        path->keep_agreed = path_is_stream(path) ? usual_stream : usual_datagram;
}

static bool is_awaiting(const struct path *path) {
    return path->pinged || path->asked > 0;
}

void keeper_registered(struct engine *engine, const struct account *account,
                       const struct keep_answer *keep, hf_time now) {
    struct path *path = account->binding.path;
    const hf_time before = interval_of(path);

    if (path->state != PATH_OPEN)
        return;
    note_wanted(account, path);
    note_agreed(path, keep);
    if (interval_of(path) == before || is_awaiting(path))
        return;
    if (interval_of(path) > 0)
        plan(engine, path, now);
    else
        timer_wheel_cancel(&engine->wheel, &path->keeper);
}

static void send_stun(struct engine *engine, const struct path *path) {
    char stun[STUN_REQUEST_BYTES];

    stun_request_write(stun, path->stun_id);
    outbox_send(&engine->outbox, path->id, &path->key.remote, slice_of(stun, sizeof stun));
}

static void send_new_stun(struct engine *engine, struct path *path) {
    path->stun_id[0] = random_next(&engine->random);
    path->stun_id[1] = random_next(&engine->random);
    send_stun(engine, path);
}

static void send(struct engine *engine, struct path *path) {
    if (path->keep_kind == KEEP_ALIVE_STUN && !path_is_stream(path))
        send_new_stun(engine, path);
    else
        outbox_send(&engine->outbox, path->id, &path->key.remote,
                    path->keep_kind == KEEP_ALIVE_EMPTY && !path_is_stream(path)
                        ? SLICE("")
                        : SLICE("\r\n\r\n"));
}

static void ping(struct engine *engine, struct path *path, hf_time now) {
    path->pinged = path->stream.pong_awaited = true;
    send(engine, path);
    timer_wheel_set(&engine->wheel, &path->keeper, now + pong_wait);
}

/* The time for the pong is over. */
static void judge(struct engine *engine, struct path *path, hf_time now) {
    const bool dead = path->stream.pong_awaited && (path->pongs || path->keeps_flows);

    path->pinged = path->stream.pong_awaited = false;
    if (dead)
        path_give_up(&engine->paths, path, HF_PATH_UNREACHABLE, &engine->outbox);
    else
        plan(engine, path, now - pong_wait);
}

/* As agreed with the server: the request, its next copy, or the end of both. */
static void ask(struct engine *engine, struct path *path, hf_time now) {
    if (path->asked == 0)
        send_new_stun(engine, path);
    else if (path->asked < STUN_SENDS)
        send_stun(engine, path);
    if (path->asked < STUN_SENDS) {
        timer_wheel_set(&engine->wheel, &path->keeper, now + stun_wait(path->asked++));
        return;
    }
    if (path->pongs)
        mapping_doubt(engine, path, now);
    path->pongs = false; /* said once; then it must show that it can answer */
    path->asked = 0;
    plan(engine, path, now);
}

static void rest(struct path *path) {
    path->keeps_flows = false;
    path->keep_interval = path->keep_agreed = 0; /* who is bound there next begins anew */
    path->pinged = path->stream.pong_awaited = false;
    path->asked = 0;
}

void keeper_expire(struct engine *engine, struct timer *timer, hf_time now) {
    struct path *path = CONTAINER_OF(timer, struct path, keeper);

    if (path->state != PATH_OPEN || list_is_empty(&path->accounts) ||
        (interval_of(path) == 0 && !is_awaiting(path))) {
        rest(path);
    } else if (!path_is_stream(path) && (path->keep_agreed > 0 || path->asked > 0)) {
        ask(engine, path, now);
    } else if (!path_is_stream(path)) {
        send(engine, path);
        plan(engine, path, now);
    } else if (path->pinged) {
        judge(engine, path, now);
    } else {
        ping(engine, path, now);
    }
}

void keeper_ponged(struct path *path) {
    path->pongs = true;
}

bool keeper_receive(struct engine *engine, struct path *path, struct hf_slice bytes, hf_time now) {
    struct hf_address place;

    if ((path->stun_id[0] | path->stun_id[1]) == 0 ||
        !stun_response_read(bytes, path->stun_id, &place))
        return false;
    path->stun_id[0] = path->stun_id[1] = 0;
    path->pongs = true;
    if (path->asked > 0) {
        path->asked = 0;
        plan(engine, path, now);
    }
    mapping_note_place(engine, path, &place, now);
    return true;
}
