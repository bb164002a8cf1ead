#include "account/discovery.h"

#include <stdlib.h>

#include "account/internal.h"
#include "account/stun_wait.h"
#include "base/address.h"
#include "base/assert.h"
#include "sip/stun.h"
#include "target/srv.h"

static const hf_time patience = 4 * HF_SECOND, dns_patience = 10 * HF_SECOND,
                     network_wait_max = 2 * HF_SECOND;
enum { STUN_PORT = 3478, SERVICE_NAME_MAX = LIMIT_NAME_BYTES + 16 };

bool discovery_is_wanted(const struct hf_settings *settings) {
    const int traversal = settings_word(settings, SETTING_NAT_TRAVERSAL, 0);

    return (traversal == NAT_STUN || traversal == NAT_AUTO) &&
           settings_text(settings, SETTING_STUN_SERVER, 0).len > 0;
}

static void set_state(struct discovery *d, enum discovery_state state) {
    switch ((enum discovery_state)d->state) {
    case DISCOVERY_LOCATING_SERVICE:
        HF_ASSERT(state == DISCOVERY_LOCATING_ADDRESS || state == DISCOVERY_RESTING);
        break;
    case DISCOVERY_LOCATING_ADDRESS:
        HF_ASSERT(state != DISCOVERY_LOCATING_SERVICE);
        break;
    case DISCOVERY_OPENING:
        HF_ASSERT(state == DISCOVERY_ASKING || state == DISCOVERY_RESTING);
        break;
    case DISCOVERY_ASKING:
        HF_ASSERT(state == DISCOVERY_RESTING);
        break;
    case DISCOVERY_RESTING:
        HF_ASSERT(state == DISCOVERY_LOCATING_SERVICE || state == DISCOVERY_LOCATING_ADDRESS);
        break;
    }
    d->state = (uint8_t)state;
}

static void let_path_go(struct engine *engine, struct discovery *d) {
    list_remove(&d->waiter.node);
    path_let_go(&engine->paths, d->path, &engine->outbox);
    d->path = NULL;
}

static void discovery_free(struct engine *engine, struct discovery *d) {
    HF_ASSERT(d->state == DISCOVERY_RESTING);
    let_path_go(engine, d);
    timer_wheel_cancel(&engine->wheel, &d->timer);
    timer_wheel_cancel(&engine->wheel, &d->patience);
    map_remove(&engine->discoveries, &d->by_key);
    free(d);
}

static void wake(struct engine *engine, struct discovery *d, hf_time now) {
    struct list_node woken;

    list_init(&woken);
    for (struct list_node *node; (node = list_take_first(&d->waiting)) != NULL;)
        list_append(&woken, node);
    for (struct list_node *node; (node = list_take_first(&woken)) != NULL;)
        attempt_woken(engine, CONTAINER_OF(node, struct attempt_waiter, node), now);
}

/* Up to a fifth earlier, so that a fleet does not ask all at once. */
static void rest(struct engine *engine, struct discovery *d, hf_time now) {
    const hf_time early = (hf_time)random_below(&engine->random, d->interval / 5 + 1);

    list_remove(&d->waiter.node);
    if (d->state == DISCOVERY_ASKING)
        map_remove(&engine->discoveries_by_id, &d->by_id);
    set_state(d, DISCOVERY_RESTING);
    d->settled = true;
    timer_wheel_cancel(&engine->wheel, &d->patience);
    timer_wheel_set(&engine->wheel, &d->timer, now + d->interval - early);
    wake(engine, d, now);
}

static void fail(struct engine *engine, struct discovery *d, hf_time now) {
    if (d->failures < UINT32_MAX)
        d->failures++;
    rest(engine, d, now);
}

static void send(struct engine *engine, struct discovery *d, hf_time now) {
    char request[STUN_REQUEST_BYTES];

    stun_request_write(request, d->id);
    outbox_send(&engine->outbox, d->path->id, &d->server, slice_of(request, sizeof request));
    timer_wheel_set(&engine->wheel, &d->timer, now + stun_wait(d->sent++));
}

static void ask(struct engine *engine, struct discovery *d, hf_time now) {
    if (d->path->state == PATH_FAILED) {
        fail(engine, d, now);
        return;
    }
    d->id[0] = random_next(&engine->random);
    d->id[1] = (uint32_t)random_next(&engine->random);
    d->sent = 0;
    if (map_insert(&engine->discoveries_by_id, &d->by_id, d->id[0])) {
        fail(engine, d, now);
        return;
    }
    set_state(d, DISCOVERY_ASKING);
    send(engine, d, now);
}

/* From the socket that the accounts' requests leave: the same local end, another remote one. */
static void open_path(struct engine *engine, struct discovery *d, hf_time now) {
    const struct path_wish wish = {.key = {.local = d->key.local,
                                           .remote = d->server,
                                           .transport = HF_TRANSPORT_UDP,
                                           .dscp = d->key.dscp}};
    struct path *path = path_hold(&engine->paths, &wish, &engine->outbox);

    let_path_go(engine, d); /* the former one, which may be the same */
    d->path = path;
    if (!path) {
        fail(engine, d, now);
    } else if (path->state == PATH_OPENING) {
        set_state(d, DISCOVERY_OPENING);
        list_append(&path->waiters, &d->waiter.node);
    } else {
        ask(engine, d, now);
    }
}

/* After a failure the next of its records. */
static const struct hf_dns_record *choose(const struct discovery *d,
                                          const struct name_records *records) {
    return &records->list[d->failures % records->count];
}

static void locate_address(struct engine *engine, struct discovery *d, hf_time now) {
    const struct hf_slice host = slice_from(d->target);
    const bool ipv6 = d->key.family == HF_FAMILY_IPV6;
    const uint16_t port = d->service_port != 0 ? d->service_port : STUN_PORT;
    struct names_answer answer;

    if (address_parse(host, &d->server)) {
        d->server.port = port;
        if (d->server.family == d->key.family)
            open_path(engine, d, now);
        else
            fail(engine, d, now);
        return;
    }
    switch (names_lookup(&engine->names, host, ipv6 ? HF_DNS_AAAA : HF_DNS_A, &d->waiter.node,
                         &engine->outbox, &answer, now)) {
    case NAMES_WAITING:
        break;
    case NAMES_KNOWN:
        d->server = choose(d, answer.records)->address;
        d->server.port = port;
        open_path(engine, d, now);
        break;
    case NAMES_EMPTY:
    case NAMES_FAILED:
        fail(engine, d, now);
        break;
    }
}

static void go_to(struct discovery *d, struct hf_slice host, uint16_t port) {
    struct writer w = writer_of(d->target, sizeof d->target);

    writer_put_slice(&w, host);
    if (!writer_terminate(&w))
        d->target[0] = '\0'; /* no name at all: the look-up fails */
    d->service_port = port;
    set_state(d, DISCOVERY_LOCATING_ADDRESS);
}

/* The record in use now, or NULL: there is none, or it says that there is no such service. */
static const struct hf_dns_record *choose_service(struct engine *engine, const struct discovery *d,
                                                  const struct name_records *records) {
    struct srv_order order;

    srv_order(records->list, records->count, &engine->random, &order);
    return order.count > 0 ? &records->list[order.index[d->failures % order.count]] : NULL;
}

static void locate_service(struct engine *engine, struct discovery *d, hf_time now) {
    char name[SERVICE_NAME_MAX];
    struct writer w = writer_of(name, sizeof name);
    const struct hf_dns_record *service = NULL;
    struct names_answer answer;

    writer_put_literal(&w, "_stun._udp.");
    writer_put_slice(&w, slice_from(d->host));
    switch (names_lookup(&engine->names, writer_slice(&w), HF_DNS_SRV, &d->waiter.node,
                         &engine->outbox, &answer, now)) {
    case NAMES_WAITING:
        return;
    case NAMES_KNOWN:
        service = choose_service(engine, d, answer.records);
        break;
    case NAMES_EMPTY:
    case NAMES_FAILED:
        break;
    }
    go_to(d, service ? service->srv.target : slice_from(d->host), service ? service->srv.port : 0);
    locate_address(engine, d, now);
}

static void begin(struct engine *engine, struct discovery *d, hf_time now) {
    struct hf_address address;

    timer_wheel_set(&engine->wheel, &d->timer, now + dns_patience);
    if (d->key.port != 0 || address_parse(slice_from(d->host), &address)) {
        go_to(d, slice_from(d->host), d->key.port);
        locate_address(engine, d, now);
    } else {
        set_state(d, DISCOVERY_LOCATING_SERVICE);
        locate_service(engine, d, now);
    }
}

void discovery_woken(struct engine *engine, struct discovery *d, hf_time now) {
    switch ((enum discovery_state)d->state) {
    case DISCOVERY_LOCATING_SERVICE:
        locate_service(engine, d, now);
        break;
    case DISCOVERY_LOCATING_ADDRESS:
        locate_address(engine, d, now);
        break;
    case DISCOVERY_OPENING:
        ask(engine, d, now);
        break;
    case DISCOVERY_ASKING:
    case DISCOVERY_RESTING:
        HF_UNREACHABLE();
    }
}

void discovery_expire(struct engine *engine, struct timer *timer, hf_time now) {
    struct discovery *d = CONTAINER_OF(timer, struct discovery, timer);

    switch ((enum discovery_state)d->state) {
    case DISCOVERY_LOCATING_SERVICE:
    case DISCOVERY_LOCATING_ADDRESS:
    case DISCOVERY_OPENING:
        fail(engine, d, now);
        break;
    case DISCOVERY_ASKING:
        if (d->sent < STUN_SENDS && d->path->state == PATH_OPEN)
            send(engine, d, now);
        else
            fail(engine, d, now);
        break;
    case DISCOVERY_RESTING:
        if (list_is_empty(&d->users) && list_is_empty(&d->waiting))
            discovery_free(engine, d);
        else
            begin(engine, d, now);
        break;
    }
}

void discovery_out_of_patience(struct engine *engine, struct timer *timer, hf_time now) {
    wake(engine, CONTAINER_OF(timer, struct discovery, patience), now);
}

/* The SIP server's own word counts for more where it differs: behind a NAT that gives each peer
 * another port the STUN server knows nothing of ours. But that something has changed is worth
 * asking the SIP server again. */
static void apply(struct engine *engine, const struct discovery *d, struct path *path,
                  const struct hf_address *former, hf_time now) {
    const struct hf_address *shown = &path->shown[path->shown_count % 2];

    if (path->state != PATH_OPEN || d->mapped.family != path->local.family)
        return;
    if (address_equal(shown, &path->local) || address_equal(shown, former))
        mapping_note_place(engine, path, &d->mapped, now);
    else if (former->family != HF_FAMILY_NONE && !address_equal(former, &d->mapped))
        mapping_moved(engine, path, now);
}

bool discovery_receive(struct engine *engine, const struct path *path,
                       const struct hf_address *from, struct hf_slice bytes, hf_time now) {
    struct hf_address mapped;
    uint64_t id[2];

    if (!stun_id_read(bytes, id))
        return false;
    for (struct map_node *n = map_first(&engine->discoveries_by_id, id[0]); n; n = map_next(n)) {
        struct discovery *d = CONTAINER_OF(n, struct discovery, by_id);
        const struct hf_address former = d->mapped;

        if (d->path != path || !address_equal(from, &d->server) ||
            !stun_response_read(bytes, d->id, &mapped) || mapped.family != d->key.family)
            continue;
        d->mapped = mapped;
        d->mapped_at = now;
        d->failures = 0;
        for (struct list_node *user = d->users.next; user != &d->users; user = user->next)
            apply(engine, d, CONTAINER_OF(user, struct path, on_discovery), &former, now);
        rest(engine, d, now);
        return true;
    }
    return false;
}

static uint64_t key_hash(const struct engine *engine, const struct discovery_key *key) {
    return hash_bytes(&engine->paths.key, key, sizeof *key);
}

static struct discovery *find(const struct engine *engine, const struct discovery_key *key,
                              struct hf_slice host) {
    for (struct map_node *n = map_first(&engine->discoveries, key_hash(engine, key)); n;
         n = map_next(n)) {
        struct discovery *d = CONTAINER_OF(n, struct discovery, by_key);

        if (memcmp(&d->key, key, sizeof *key) == 0 && slice_equal(slice_from(d->host), host))
            return d;
    }
    return NULL;
}

static struct discovery *make(struct engine *engine, const struct discovery_key *key,
                              struct hf_slice host, hf_time interval, hf_time now) {
    struct discovery *d = calloc(1, sizeof *d + host.len + 1);

    if (!d)
        return NULL;
    d->key = *key;
    memcpy(d->host, host.ptr, host.len);
    d->state = DISCOVERY_RESTING;
    d->interval = interval;
    list_init(&d->waiter.node);
    list_init(&d->waiting);
    list_init(&d->users);
    timer_init(&d->timer, ENGINE_TIMER_DISCOVERY);
    timer_init(&d->patience, ENGINE_TIMER_DISCOVERY_PATIENCE);
    if (map_insert(&engine->discoveries, &d->by_key, key_hash(engine, key))) {
        free(d);
        return NULL;
    }
    timer_wheel_set(&engine->wheel, &d->patience, now + patience);
    return d;
}

static struct discovery *join(struct engine *engine, const struct hf_settings *settings,
                              struct path *path, hf_time now) {
    const struct hf_slice host = settings_text(settings, SETTING_STUN_SERVER, 0);
    const bool has_port = settings_is_set(settings, SETTING_STUN_PORT, 0);
    const struct discovery_key key = {
        .local = path->key.local,
        .family = path->key.remote.family,
        .dscp = path->key.dscp,
        .port = has_port ? (uint16_t)settings_number(settings, SETTING_STUN_PORT, 0) : 0};
    const hf_time interval = settings_duration(settings, SETTING_NAT_KEEP_ALIVE_INTERVAL, 0);
    struct discovery *d = find(engine, &key, host);
    const bool is_new = !d;

    if (is_new)
        d = make(engine, &key, host, interval, now);
    if (!d)
        return NULL;
    if (interval < d->interval)
        d->interval = interval;
    path->discovery = d;
    list_append(&d->users, &path->on_discovery);
    if (is_new)
        begin(engine, d, now);
    else if (d->mapped.family != HF_FAMILY_NONE)
        apply(engine, d, path, &d->mapped, now);
    return d;
}

bool discovery_holds_up(struct engine *engine, const struct account *account,
                        struct attempt *attempt, hf_time now) {
    struct path *path = attempt->path;

    if (path_is_stream(path) || path->state != PATH_OPEN || attempt_tears_down(attempt) ||
        !discovery_is_wanted(account->settings))
        return false;
    const struct discovery *d =
        path->discovery ? path->discovery : join(engine, account->settings, path, now);

    if (!d || d->settled || !timer_is_set(&d->patience))
        return false;
    list_append(&path->discovery->waiting, &attempt->waiter.node);
    return true;
}

/* The paths are still there, but what goes out by them may come out elsewhere. */
void discoveries_network_changed(struct engine *engine, hf_time now) {
    for (size_t i = 0; i < engine->discoveries.bucket_count; i++) {
        for (struct map_node *n = engine->discoveries.buckets[i]; n; n = n->next) {
            struct discovery *d = CONTAINER_OF(n, struct discovery, by_key);
            const hf_time at = now + (hf_time)random_below(&engine->random, network_wait_max);

            if (d->state == DISCOVERY_RESTING && at < d->timer.due_at)
                timer_wheel_set(&engine->wheel, &d->timer, at);
        }
    }
}

void discoveries_release(struct engine *engine) {
    for (size_t i = 0; i < engine->discoveries.bucket_count; i++) {
        while (engine->discoveries.buckets[i]) {
            struct discovery *d =
                CONTAINER_OF(engine->discoveries.buckets[i], struct discovery, by_key);

            map_remove(&engine->discoveries, &d->by_key);
            free(d);
        }
    }
    map_release(&engine->discoveries);
    map_release(&engine->discoveries_by_id);
}

void discovery_explain(const struct account *account, struct writer *w, hf_time now) {
    const struct path *path = account->binding.path ? account->binding.path
                              : account->attempt    ? account->attempt->path
                                                    : NULL;
    const struct discovery *d = path ? path->discovery : NULL;

    if (!d || !discovery_is_wanted(account->settings))
        return;
    writer_put_literal(w, "STUN server ");
    writer_put_slice(w, slice_from(d->host));
    if (d->mapped.family != HF_FAMILY_NONE) {
        writer_put_literal(w, " sees us at ");
        address_write(w, &d->mapped);
        writer_put_literal(w, ", as of ");
        write_span(w, now - d->mapped_at);
        writer_put_literal(w, " ago");
    } else {
        writer_put_slice(w, d->settled ? SLICE(" has never answered") : SLICE(": no answer yet"));
    }
    if (d->failures > 0) {
        writer_put_literal(w, "; tries in a row without one: ");
        writer_put_number(w, d->failures);
    }
    writer_put_char(w, '\n');
}
