#include "account/paths.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void paths_init(struct paths *paths, struct timer_wheel *wheel, uint8_t timer_kind,
                struct random *random) {
    *paths = (struct paths){.wheel = wheel,
                            .timer_kind = timer_kind,
                            .key = {{random_next(random), random_next(random)}}};
    list_init(&paths->unclosed);
    list_init(&paths->given_up);
}

static uint64_t id_hash(hf_path_id id) {
    return id * 0x9e3779b97f4a7c15u >> 32;
}

/* Nobody finds it by its key any more. */
static void leave_keys(struct paths *paths, struct path *path) {
    map_remove(&paths->by_key, &path->by_key);
    if (paths->held_last == path)
        paths->held_last = NULL;
}

/* Takes the path out of both indexes. */
static void forget(struct paths *paths, struct path *path) {
    if (path->state != PATH_GIVEN_UP)
        leave_keys(paths, path);
    list_remove(&path->given_up);
    map_remove(&paths->by_id, &path->by_id);
}

static void path_free(struct paths *paths, struct path *path) {
    tls_profile_let_go(&paths->tls_profiles, path->tls);
    stream_clear(&path->stream);
    list_remove(&path->on_discovery);
    timer_wheel_cancel(paths->wheel, &path->keeper);
    free(path);
}

void paths_release(struct paths *paths) {
    for (size_t i = 0; i < paths->by_id.bucket_count; i++) {
        while (paths->by_id.buckets[i]) {
            struct path *path = CONTAINER_OF(paths->by_id.buckets[i], struct path, by_id);

            forget(paths, path);
            path_free(paths, path);
        }
    }
    map_release(&paths->by_key);
    map_release(&paths->by_id);
    for (struct list_node *node; (node = list_take_first(&paths->unclosed)) != NULL;)
        path_free(paths, CONTAINER_OF(node, struct path, waiters));
    tls_profiles_release(&paths->tls_profiles);
}

static struct path *find_key(const struct paths *paths, const struct path_key *key, uint64_t hash) {
    for (struct map_node *n = map_first(&paths->by_key, hash); n; n = map_next(n)) {
        struct path *path = CONTAINER_OF(n, struct path, by_key);

        if (memcmp(&path->key, key, sizeof *key) == 0)
            return path;
    }
    return NULL;
}

struct path *paths_find(const struct paths *paths, hf_path_id id) {
    for (struct map_node *n = map_first(&paths->by_id, id_hash(id)); n; n = map_next(n)) {
        struct path *path = CONTAINER_OF(n, struct path, by_id);

        if (path->id == id)
            return path;
    }
    return NULL;
}

static int ask_to_open(const struct path *path, struct outbox *outbox) {
    const struct hf_output_open open = {.path = path->id,
                                        .transport = (enum hf_transport)path->key.transport,
                                        .local = path->key.local,
                                        .or_any_port = path->key.or_any_port,
                                        .remote = path->key.remote,
                                        .dscp = path->key.dscp,
                                        .connect_timeout = path->connect_timeout,
                                        .tls = path->tls ? &path->tls->options : NULL};

    return outbox_open(outbox, &open);
}

/* A new number, and a place in both indexes. */
static int number_path(struct paths *paths, struct path *path, uint64_t hash) {
    path->id = ++paths->last_id ? paths->last_id : ++paths->last_id;
    if (map_insert(&paths->by_key, &path->by_key, hash))
        return HF_ERROR_MEMORY;
    if (map_insert(&paths->by_id, &path->by_id, id_hash(path->id))) {
        map_remove(&paths->by_key, &path->by_key);
        return HF_ERROR_MEMORY;
    }
    return 0;
}

/* Takes the hold on the profile over, also on failure. */
static struct path *path_new(struct paths *paths, const struct path_key *key, uint64_t hash,
                             struct tls_profile *tls) {
    struct path *path = calloc(1, sizeof *path);

    if (!path) {
        tls_profile_let_go(&paths->tls_profiles, tls);
        return NULL;
    }
    path->key = *key;
    path->tls = tls;
    timer_init(&path->keeper, paths->timer_kind);
    list_init(&path->waiters);
    list_init(&path->transactions);
    list_init(&path->accounts);
    list_init(&path->given_up);
    list_init(&path->on_discovery);
    if (number_path(paths, path, hash)) {
        path_free(paths, path);
        return NULL;
    }
    return path;
}

struct path *path_hold(struct paths *paths, const struct path_wish *wish, struct outbox *outbox) {
    struct path_key key = wish->key;
    struct tls_profile *tls = NULL;

    if (wish->tls) {
        tls = tls_profile_hold(&paths->tls_profiles, &paths->key, wish->tls);
        if (!tls)
            return NULL;
        key.tls = tls->number;
    }
    struct path *path = paths->held_last;
    uint64_t hash = 0;

    if (!path || memcmp(&path->key, &key, sizeof key) != 0) {
        hash = hash_bytes(&paths->key, &key, sizeof key);
        path = find_key(paths, &key, hash);
    }
    if (path) {
        paths->held_last = path;
        tls_profile_let_go(&paths->tls_profiles, tls);
        return path_hold_again(path);
    }
    path = path_new(paths, &key, hash, tls);
    if (!path)
        return NULL;
    path->connect_timeout = wish->connect_timeout;
    if (ask_to_open(path, outbox)) {
        forget(paths, path);
        path_free(paths, path);
        return NULL;
    }
    return path_hold_again(path);
}

/* Where there is no memory to say so, the owner keeps a connection that nobody reads. */
void path_give_up(struct paths *paths, struct path *path, enum hf_path_failure failure,
                  struct outbox *outbox) {
    if (path->state != PATH_OPEN)
        return;
    (void)outbox_close(outbox, path->id);
    leave_keys(paths, path);
    path->state = PATH_GIVEN_UP;
    path->failure = failure;
    list_append(&paths->given_up, &path->given_up);
}

struct path *paths_next_given_up(struct paths *paths) {
    struct list_node *node = list_first(&paths->given_up);

    return node ? CONTAINER_OF(node, struct path, given_up) : NULL;
}

void path_let_go(struct paths *paths, struct path *path, struct outbox *outbox) {
    if (!path)
        return;
    HF_ASSERT(path->holders > 0);
    if (--path->holders > 0)
        return;
    HF_ASSERT(list_is_empty(&path->waiters) && list_is_empty(&path->transactions) &&
              list_is_empty(&path->accounts));
    if (path->state != PATH_FAILED) {
        bool closed = path->state == PATH_GIVEN_UP;

        forget(paths, path);
        if (!closed && outbox_close(outbox, path->id)) {
            list_append(&paths->unclosed, &path->waiters);
            return;
        }
    }
    path_free(paths, path);
}

bool paths_close_rest(struct paths *paths, struct outbox *outbox) {
    struct list_node *node = list_first(&paths->unclosed);

    if (!node)
        return false;
    struct path *path = CONTAINER_OF(node, struct path, waiters);

    if (outbox_close(outbox, path->id))
        return false;
    list_remove(node);
    path_free(paths, path);
    return true;
}

static void wake_all(struct path *path, struct list_node *woken) {
    for (struct list_node *waiter; (waiter = list_take_first(&path->waiters)) != NULL;)
        list_append(woken, waiter);
}

int path_opened(struct paths *paths, hf_path_id id, const struct hf_address *local,
                struct list_node *woken, hf_time now) {
    struct path *path = paths_find(paths, id);

    if (!path)
        return HF_ERROR_UNKNOWN;
    if (path->state != PATH_OPENING)
        return HF_ERROR_STATE;
    path->state = PATH_OPEN;
    path->local = *local;
    path->opened_at = now;
    if (path->shown[0].family == HF_FAMILY_NONE)
        path->shown[0] = *local;
    wake_all(path, woken);
    return 0;
}

struct path *path_failed(struct paths *paths, hf_path_id id, enum hf_path_failure failure,
                         struct list_node *woken) {
    struct path *path = paths_find(paths, id);

    if (!path)
        return NULL;
    forget(paths, path);
    path->state = PATH_FAILED;
    path->failure = failure;
    stream_clear(&path->stream);
    wake_all(path, woken);
    return path;
}

int path_reopen(struct paths *paths, struct path *path, struct outbox *outbox) {
    HF_ASSERT(path->state == PATH_FAILED);
    if (number_path(paths, path, hash_bytes(&paths->key, &path->key, sizeof path->key)))
        return HF_ERROR_MEMORY;
    if (ask_to_open(path, outbox)) {
        forget(paths, path);
        return HF_ERROR_MEMORY;
    }
    path->state = PATH_OPENING;
    return 0;
}

const char *path_failure_text(enum hf_path_failure failure) {
    switch (failure) {
    case HF_PATH_REFUSED:
        return "refused by the server's host";
    case HF_PATH_UNREACHABLE:
        return "the server is unreachable";
    case HF_PATH_TIMEOUT:
        return "the connection could not be made in time";
    case HF_PATH_CLOSED:
        return "connection closed by the server";
    case HF_PATH_LOCAL_PORT:
        return "the local port cannot be used";
    case HF_PATH_TLS_HANDSHAKE:
        return "TLS handshake failed";
    case HF_PATH_TLS_CERTIFICATE:
        return "the server's certificate was refused";
    case HF_PATH_UNSUPPORTED:
        return "this transport is not supported";
    case HF_PATH_LOCAL_ADDRESS:
        return "the local address cannot be used any more";
    }
    return "path failed";
}
