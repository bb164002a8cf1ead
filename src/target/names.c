#include "target/names.h"

#include <stdlib.h>

#include "base/address.h"
#include "base/assert.h"
#include "base/limits.h"
#include "base/slice.h"
#include "target/naptr.h"
#include "target/srv.h"

/* After a failed look-up the name is left alone for so long, whoever asks. */
static const hf_time failure_rest = 5 * HF_SECOND;
/* A negative answer is believed at least and at most so long (RFC 2308 section 5 permits hours;
 * believing it not at all would let a name without records be asked for in a circle). */
static const uint32_t negative_ttl_min = 5;
static const uint32_t negative_ttl_max = 300;
static const uint32_t ttl_max = 7 * 24 * 3600; /* RFC 8767 section 4: cap absurd values */

/* A look-up of one type; what was learnt from it last stays until something better comes. */
struct name {
    struct map_node by_name;
    struct map_node by_query;
    struct list_node in_all;
    struct list_node waiters;
    hf_query_id query; /* 0: none in flight */
    enum hf_dns_type type;
    enum names_result result;     /* NAMES_WAITING until there is any */
    hf_time fresh_until_at;       /* inclusive: TTL 0 is fresh at the instant of the answer */
    struct name_records *records; /* with their texts in the same block; held; may be NULL */
    char *detail;
    size_t text_len;
    char text[];
};

void names_init(struct names *names, struct random *random) {
    map_init(&names->by_name);
    map_init(&names->by_query);
    list_init(&names->all);
    names->key.k[0] = random_next(random);
    names->key.k[1] = random_next(random);
    names->last_query = 0;
}

void name_records_let_go(struct name_records *records) {
    if (records && --records->holders == 0)
        free(records);
}

static void name_free(struct names *names, struct name *name) {
    map_remove(&names->by_name, &name->by_name);
    if (name->query != 0)
        map_remove(&names->by_query, &name->by_query);
    list_remove(&name->in_all);
    HF_ASSERT(list_is_empty(&name->waiters));
    name_records_let_go(name->records);
    free(name->detail);
    free(name);
}

void names_release(struct names *names) {
    for (struct list_node *node; (node = list_first(&names->all)) != NULL;) {
        struct name *name = CONTAINER_OF(node, struct name, in_all);

        while (list_take_first(&name->waiters))
            continue;
        name_free(names, name);
    }
    map_release(&names->by_name);
    map_release(&names->by_query);
}

static uint64_t hash_of(const struct names *names, struct hf_slice text, enum hf_dns_type type) {
    char folded[LIMIT_NAME_BYTES + 1];

    for (size_t i = 0; i < text.len; i++)
        folded[i] = ascii_lower(text.ptr[i]);
    folded[text.len] = (char)type;
    return hash_bytes(&names->key, folded, text.len + 1);
}

static struct name *find(const struct names *names, struct hf_slice text, enum hf_dns_type type,
                         uint64_t hash) {
    for (struct map_node *n = map_first(&names->by_name, hash); n; n = map_next(n)) {
        struct name *name = CONTAINER_OF(n, struct name, by_name);

        if (name->type == type && slice_equal_nocase(slice_of(name->text, name->text_len), text))
            return name;
    }
    return NULL;
}

/* Makes room by forgetting the name that nobody has looked up for longest. */
static void forget_oldest(struct names *names) {
    for (struct list_node *node = names->all.next; node != &names->all; node = node->next) {
        struct name *name = CONTAINER_OF(node, struct name, in_all);

        if (name->query == 0 && list_is_empty(&name->waiters)) {
            name_free(names, name);
            return;
        }
    }
}

static struct name *add(struct names *names, struct hf_slice text, enum hf_dns_type type,
                        uint64_t hash) {
    if (names->by_name.count >= LIMIT_NAMES)
        forget_oldest(names);
    struct name *name = calloc(1, sizeof *name + text.len);

    if (!name)
        return NULL;
    memcpy(name->text, text.ptr, text.len);
    name->text_len = text.len;
    name->type = type;
    name->result = NAMES_WAITING;
    list_init(&name->waiters);
    list_init(&name->in_all);
    if (map_insert(&names->by_name, &name->by_name, hash)) {
        free(name);
        return NULL;
    }
    list_append(&names->all, &name->in_all);
    return name;
}

static int ask(struct names *names, struct name *name, struct outbox *outbox) {
    hf_query_id query = ++names->last_query ? names->last_query : ++names->last_query;

    if (map_insert(&names->by_query, &name->by_query, query))
        return HF_ERROR_MEMORY;
    if (outbox_resolve(outbox, query, name->type, slice_of(name->text, name->text_len))) {
        map_remove(&names->by_query, &name->by_query);
        return HF_ERROR_MEMORY;
    }
    name->query = query;
    return 0;
}

static enum names_result tell(const struct name *name, struct names_answer *ret, hf_time now) {
    *ret = (struct names_answer){.records = name->records, .detail = slice_from(name->detail)};
    if (!name->records)
        return name->result;
    ret->stale = now > name->records->expires_at;
    return NAMES_KNOWN;
}

enum names_result names_lookup(struct names *names, struct hf_slice text, enum hf_dns_type type,
                               struct list_node *waiter, struct outbox *outbox,
                               struct names_answer *ret, hf_time now) {
    *ret = (struct names_answer){0};
    if (text.len == 0 || text.len > LIMIT_NAME_BYTES) {
        ret->detail = SLICE("not a name");
        return NAMES_FAILED;
    }
    uint64_t hash = hash_of(names, text, type);
    struct name *name = find(names, text, type, hash);

    if (!name)
        name = add(names, text, type, hash);
    if (!name) {
        ret->detail = SLICE("out of memory");
        return NAMES_FAILED;
    }
    list_remove(&name->in_all);
    list_append(&names->all, &name->in_all);
    if (name->result != NAMES_WAITING && now <= name->fresh_until_at)
        return tell(name, ret, now);
    if (name->query == 0 && ask(names, name, outbox)) {
        ret->detail = SLICE("out of memory");
        return NAMES_FAILED;
    }
    if (waiter && !list_is_linked(waiter))
        list_append(&name->waiters, waiter);
    return NAMES_WAITING;
}

struct name_records *names_known(const struct names *names, struct hf_slice text,
                                 enum hf_dns_type type) {
    if (text.len == 0 || text.len > LIMIT_NAME_BYTES)
        return NULL;
    const struct name *name = find(names, text, type, hash_of(names, text, type));

    return name ? name->records : NULL;
}

bool names_lead_to(const struct names *names, struct hf_slice host,
                   const struct hf_address *address) {
    enum hf_dns_type type = address->family == HF_FAMILY_IPV6 ? HF_DNS_AAAA : HF_DNS_A;
    struct hf_address literal;

    if (address_parse(host, &literal))
        return address_same_host(&literal, address);
    const struct name_records *records = names_known(names, host, type);

    for (size_t i = 0; records && i < records->count; i++)
        if (address_same_host(&records->list[i].address, address))
            return true;
    return false;
}

static struct hf_slice copy_text(char **at, struct hf_slice text) {
    struct hf_slice copy = slice_of(*at, text.len);

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

static size_t text_bytes(const struct hf_dns_record *record) {
    switch (record->type) {
    case HF_DNS_SRV:
        return record->srv.target.len;
    case HF_DNS_NAPTR:
        return record->naptr.flags.len + record->naptr.service.len + record->naptr.regexp.len +
               record->naptr.replacement.len;
    case HF_DNS_A:
    case HF_DNS_AAAA:
        break;
    }
    return 0;
}

static void copy_record(struct hf_dns_record *to, const struct hf_dns_record *from, char **text) {
    *to = *from;
    if (from->type == HF_DNS_SRV) {
        to->srv.target = copy_text(text, from->srv.target);
    } else if (from->type == HF_DNS_NAPTR) {
        to->naptr.flags = copy_text(text, from->naptr.flags);
        to->naptr.service = copy_text(text, from->naptr.service);
        to->naptr.regexp = copy_text(text, from->naptr.regexp);
        to->naptr.replacement = copy_text(text, from->naptr.replacement);
    }
}

/* How good a record is among those of its answer, low first; alike are those of one rank. */
static uint64_t rank_of_record(const struct hf_dns_record *record) {
    switch (record->type) {
    case HF_DNS_SRV:
        return srv_rank(record);
    case HF_DNS_NAPTR:
        return naptr_rank(record);
    case HF_DNS_A:
    case HF_DNS_AAAA:
        break;
    }
    return 0;
}

/* The best of the answer's records of one type, in the answer's order where they are alike. */
static size_t choose_records(const struct hf_dns_answer *answer, enum hf_dns_type type,
                             const struct hf_dns_record *ret[LIMIT_ADDRESSES]) {
    uint64_t ranks[LIMIT_ADDRESSES];
    size_t count = 0;

    for (size_t i = 0; i < answer->count; i++) {
        const struct hf_dns_record *record = &answer->records[i];

        if (record->type != type)
            continue;
        const uint64_t rank = rank_of_record(record);

        if (count == LIMIT_ADDRESSES && ranks[count - 1] <= rank)
            continue;
        size_t at = count < LIMIT_ADDRESSES ? count++ : count - 1;

        for (; at > 0 && ranks[at - 1] > rank; at--) {
            ranks[at] = ranks[at - 1];
            ret[at] = ret[at - 1];
        }
        ranks[at] = rank;
        ret[at] = record;
    }
    return count;
}

/* Copies records with their texts behind them in the same block. NULL when there are none, or no
 * memory. */
static struct name_records *copy_records(const struct hf_dns_answer *answer, enum hf_dns_type type,
                                         hf_time now) {
    const struct hf_dns_record *chosen[LIMIT_ADDRESSES];
    const size_t count = choose_records(answer, type, chosen);
    size_t texts = 0;
    uint32_t ttl = ttl_max;

    for (size_t i = 0; i < count; i++)
        texts += text_bytes(chosen[i]);
    struct name_records *copy =
        count > 0 ? malloc(sizeof *copy + count * sizeof copy->list[0] + texts) : NULL;

    if (!copy)
        return NULL;
    char *text = (char *)(copy->list + count);

    *copy = (struct name_records){.holders = 1};
    for (size_t i = 0; i < count; i++) {
        copy_record(&copy->list[copy->count++], chosen[i], &text);
        if (chosen[i]->ttl < ttl)
            ttl = chosen[i]->ttl;
    }
    copy->expires_at = now + ttl * HF_SECOND;
    return copy;
}

/* Replaces the records; false, with nothing changed, when there is none of the right type or no
 * memory. */
static bool learn(struct name *name, const struct hf_dns_answer *answer, hf_time now) {
    struct name_records *records = copy_records(answer, name->type, now);

    if (!records)
        return false;
    name_records_let_go(name->records);
    name->records = records;
    name->result = NAMES_KNOWN;
    name->fresh_until_at = records->expires_at;
    return true;
}

static void note_detail(struct name *name, const char *detail) {
    free(name->detail);
    name->detail = detail ? strdup(detail) : NULL;
}

/* "No such record" forgets what was known only when the DNS says so with authority. */
static void learn_nothing(struct name *name, const struct hf_dns_answer *answer, hf_time now) {
    bool empty = answer->result == HF_DNS_NO_NAME || answer->result == HF_DNS_NO_RECORD ||
                 answer->result == HF_DNS_INVALID_NAME;

    if (empty) {
        uint32_t ttl =
            answer->negative_ttl < negative_ttl_max ? answer->negative_ttl : negative_ttl_max;

        name_records_let_go(name->records);
        name->records = NULL;
        name->result = NAMES_EMPTY;
        name->fresh_until_at = now + (ttl > negative_ttl_min ? ttl : negative_ttl_min) * HF_SECOND;
    } else {
        name->result = NAMES_FAILED;
        name->fresh_until_at = now + failure_rest;
    }
}

int names_resolved(struct names *names, hf_query_id query, const struct hf_dns_answer *answer,
                   struct list_node *woken, hf_time now) {
    struct map_node *node = map_first(&names->by_query, query);

    if (!node)
        return HF_ERROR_UNKNOWN;
    struct name *name = CONTAINER_OF(node, struct name, by_query);

    map_remove(&names->by_query, node);
    name->query = 0;
    note_detail(name, answer->detail);
    if (answer->result != HF_DNS_OK || !learn(name, answer, now))
        learn_nothing(name, answer, now);
    for (struct list_node *waiter; (waiter = list_take_first(&name->waiters)) != NULL;)
        list_append(woken, waiter);
    return 0;
}
