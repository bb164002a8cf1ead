#include "account/keeper.h"

#include "account/mapping.h"
#include "sip/stun.h"

/* RFC 5626 section 4.4.1. */
static const hf_time pong_wait = 10 * HF_SECOND;

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

/* Up to a fifth earlier, so that many paths do not fall into step (section 4.4.1). */
static void plan(struct engine *engine, struct path *path, hf_time now) {
    const hf_time early = (hf_time)random_below(&engine->random, path->keep_interval / 5 + 1);

    timer_wheel_set(&engine->wheel, &path->keeper, now + path->keep_interval - early);
}

void keeper_registered(struct engine *engine, const struct account *account, hf_time now) {
    struct path *path = account->binding.path;
    const enum setting_keep_alive kind = kind_of(account, path_is_stream(path));
    const hf_time interval =
        settings_duration(account->settings, SETTING_NAT_KEEP_ALIVE_INTERVAL, 0);

    if (kind == KEEP_ALIVE_OFF || path->state != PATH_OPEN)
        return;
    const bool is_new = path->keep_interval == 0;

    if (!is_new && path->keep_interval <= interval)
        return;
    path->keep_interval = interval;
    path->keep_kind = (uint8_t)kind;
    if (!path->pinged)
        plan(engine, path, now);
}

static void send(struct engine *engine, struct path *path) {
    char stun[STUN_REQUEST_BYTES];
    struct hf_slice bytes = SLICE("\r\n\r\n");

    if (path->keep_kind == KEEP_ALIVE_EMPTY) {
        bytes = SLICE("");
    } else if (path->keep_kind == KEEP_ALIVE_STUN) {
        path->stun_id[0] = random_next(&engine->random);
        path->stun_id[1] = random_next(&engine->random);
        stun_request_write(stun, path->stun_id);
        bytes = slice_of(stun, sizeof stun);
    }
    outbox_send(&engine->outbox, path->id, &path->key.remote, bytes);
}

static void ping(struct engine *engine, struct path *path, hf_time now) {
    path->pinged = path->stream.pong_awaited = true;
    send(engine, path);
    timer_wheel_set(&engine->wheel, &path->keeper, now + pong_wait);
}

/* The time for the pong is over. */
static void judge(struct engine *engine, struct path *path, hf_time now) {
    const bool dead = path->stream.pong_awaited && path->pongs;

    path->pinged = path->stream.pong_awaited = false;
    if (dead)
        path_give_up(&engine->paths, path, HF_PATH_UNREACHABLE, &engine->outbox);
    else
        plan(engine, path, now - pong_wait);
}

void keeper_expire(struct engine *engine, struct timer *timer, hf_time now) {
    struct path *path = CONTAINER_OF(timer, struct path, keeper);

    if (path->state != PATH_OPEN || list_is_empty(&path->accounts)) {
        path->keep_interval = 0; /* the next one who is bound there begins anew */
        path->pinged = path->stream.pong_awaited = false;
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

    if (path->keep_kind != KEEP_ALIVE_STUN || !stun_response_read(bytes, path->stun_id, &place))
        return false;
    path->stun_id[0] = path->stun_id[1] = 0;
    mapping_note_place(engine, path, &place, now);
    return true;
}
