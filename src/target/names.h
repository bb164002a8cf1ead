/* What the DNS said, with its time to live, for all accounts of an agent: each name is asked for
 * once, however many accounts wait for it.
 *
 * A failed look-up never throws away an answer that worked: the last good records stay in use
 * (stale) until the DNS answers again. TTL 0 means use once (RFC 1035 section 3.2.1): the records
 * serve those who waited and nobody later. */
#ifndef TARGET_NAMES_H
#define TARGET_NAMES_H

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/outbox.h"
#include "base/random.h"
#include "holdfast/dns.h"

struct names {
    struct map by_name;
    struct map by_query;
    struct list_node all; /* least recently used first */
    struct hash_key key;
    hf_query_id last_query;
};

enum names_result {
    NAMES_KNOWN,   /* records, fresh or (after a failure) the last good ones */
    NAMES_EMPTY,   /* the DNS says there is no such record */
    NAMES_FAILED,  /* no answer, and none was ever had */
    NAMES_WAITING, /* asked for; the waiter is woken by the answer */
};

/* The records of one answer. They stay as they are, and alive, while somebody holds them, whatever
 * the DNS says meanwhile. */
struct name_records {
    uint32_t holders;
    uint32_t count;
    hf_time expires_at; /* when the shortest time to live among them ends */
    struct hf_dns_record list[];
};

struct names_answer {
    struct name_records *records; /* good until the next names_… call, unless held; may be NULL */
    bool stale;                   /* past their time, kept because the DNS fails */
    struct hf_slice detail;       /* why NAMES_EMPTY or NAMES_FAILED; may be empty */
};

static inline struct name_records *name_records_hold(struct name_records *records) {
    records->holders++;
    return records;
}

/* The last one to let go frees them; NULL is ignored. */
void name_records_let_go(struct name_records *records);

void names_init(struct names *names, struct random *random);
void names_release(struct names *names);

/* Looks a name up, and asks the DNS when nothing fresh is known. `waiter` (initialised with
 * list_init; may be NULL: then nobody waits) joins the name's list on NAMES_WAITING and must leave
 * it with list_remove when it stops waiting. */
enum names_result names_lookup(struct names *names, struct hf_slice name, enum hf_dns_type type,
                               struct list_node *waiter, struct outbox *outbox,
                               struct names_answer *ret, hf_time now);

/* The DNS answered. All who waited are moved to `woken`. HF_ERROR_UNKNOWN: no such query. */
int names_resolved(struct names *names, hf_query_id query, const struct hf_dns_answer *answer,
                   struct list_node *woken, hf_time now);

/* What the DNS said last of a name, without asking; NULL: nothing is known. */
struct name_records *names_known(const struct names *names, struct hf_slice name,
                                 enum hf_dns_type type);

/* Whether a host, a name or an address, last led to this address (its port does not matter). Asks
 * nobody, and does not count as a look-up. */
bool names_lead_to(const struct names *names, struct hf_slice host,
                   const struct hf_address *address);

#endif
