#include "target/locate.h"

#include "base/address.h"
#include "base/assert.h"
#include "base/hash.h"
#include "target/service.h"

enum { NAPTR_DEPTH_MAX = 4 };

/* How long after a host's IPv4 addresses its IPv6 ones are waited for before the first is tried
 * (Resolution Delay, RFC 8305 section 3), and when all of those have failed. */
static const hf_time first_span = 50 * HF_MILLISECOND, late_span = HF_SECOND;

/* What a step of the walk came to. */
enum walk {
    WALK_ON,      /* the stage has changed */
    WALK_FOUND,   /* a target */
    WALK_WAITING, /* the DNS was asked */
    WALK_OVER,
};

/* What a walk needs from outside; handed down instead of six parameters. */
struct guide {
    struct names *names;
    struct random *random;
    struct list_node *waiter;
    struct outbox *outbox;
    hf_time now;
};

/* RFC 3261 section 19.1.2. */
uint16_t transport_default_port(enum hf_transport transport) {
    return transport == HF_TRANSPORT_TLS ? 5061 : 5060;
}

static uint16_t port_of(uint16_t given, enum hf_transport transport) {
    return given != 0 ? given : transport_default_port(transport);
}

bool locate_is_address(const struct next_hop *hop, struct target *ret) {
    *ret = (struct target){.transport = hop->transport};
    if (hop->fixed_count > 0 || !address_parse(hop->host, &ret->address))
        return false;
    ret->address.port = port_of(hop->port, hop->transport);
    return true;
}

static void drop(struct name_records **held) {
    name_records_let_go(*held);
    *held = NULL;
}

static enum walk go(struct locating *locating, enum locate_stage stage) {
    locating->stage = (uint8_t)stage;
    return WALK_ON;
}

static bool has_literal(const struct locating *locating) {
    return locating->literal.family != HF_FAMILY_NONE;
}

static enum walk go_to_addresses(struct locating *locating, const struct endpoint *endpoint) {
    locating->endpoint = *endpoint;
    locating->any_endpoint = true;
    if (!address_parse(endpoint->host, &locating->literal))
        locating->literal = (struct hf_address){0};
    return go(locating, LOCATE_AT_ADDRESSES);
}

/* The name itself, as RFC 3263 section 4.2 has it when there are no SRV records. */
static enum walk go_to_own_addresses(struct locating *locating) {
    locating->step = (struct naptr_step){.transport = locating->hop.transport};
    locating->next_step = UINT8_MAX; /* nothing comes after it */
    locating->endpoint = (struct endpoint){.host = locating->hop.host, .port = locating->hop.port};
    locating->any_endpoint = true;
    return go(locating, LOCATE_AT_ADDRESSES);
}

/* What the DNS said before, else what the file says, if anything. */
static enum walk last_good(struct locating *locating, const struct guide *guide,
                           struct hf_slice name, enum hf_dns_type type, struct name_records **ret) {
    struct name_records *known = names_known(guide->names, name, type);

    *ret = known ? name_records_hold(known)
                 : static_records_find(&locating->hop.statics, name, type, guide->now);
    locating->detail = SLICE("the DNS did not answer in time");
    return WALK_ON;
}

/* Asks for records; WALK_ON: *ret holds them, or is NULL when there are none. Static records stand
 * before or behind those of the DNS. */
static enum walk ask(struct locating *locating, const struct guide *guide, struct hf_slice name,
                     enum hf_dns_type type, struct list_node *waiter, struct name_records **ret) {
    struct names_answer answer;

    const struct static_records *statics = &locating->hop.statics;

    *ret = statics->use == STATIC_PREFERRED ? static_records_find(statics, name, type, guide->now)
                                            : NULL;
    if (*ret)
        return WALK_ON;
    if (locating->impatient)
        waiter = NULL;
    switch (names_lookup(guide->names, name, type, waiter, guide->outbox, &answer, guide->now)) {
    case NAMES_WAITING:
        if (!locating->impatient)
            return WALK_WAITING;
        return last_good(locating, guide, name, type, ret);
    case NAMES_KNOWN:
        *ret = name_records_hold(answer.records);
        return WALK_ON;
    case NAMES_EMPTY:
    case NAMES_FAILED:
        break;
    }
    if (answer.detail.len > 0)
        locating->detail = answer.detail;
    *ret = static_records_find(statics, name, type, guide->now);
    return WALK_ON;
}

/* RFC 3263 section 4.1 and 4.2: an address needs no DNS; a port, or a setting, means addresses;
 * else SRV records say where, and NAPTR records by which transport if nothing else says it. */
static enum walk start(struct locating *locating) {
    const struct next_hop *hop = &locating->hop;
    bool literal = address_parse(hop->host, &locating->literal);

    locating->step = (struct naptr_step){.transport = hop->transport};
    if (hop->fixed_count > 0 || literal || address_has_zone(hop->host) ||
        hop->mode == LOCATE_ADDRESS || (hop->mode == LOCATE_BY_RULE && hop->port != 0))
        return go_to_own_addresses(locating);
    if (hop->mode == LOCATE_NAPTR || (hop->mode == LOCATE_BY_RULE && hop->transport_by_dns))
        return go(locating, LOCATE_AT_NAPTR);
    return go(locating, LOCATE_AT_STEP);
}

static transport_set permitted(const struct next_hop *hop) {
    return hop->transport_by_dns ? ~0u : 1u << hop->transport;
}

/* Without NAPTR records, or with one that leads to others: the name to ask for is the step's.
 * Records of which SIP can use none (those of ENUM) are as good as none. */
static enum walk find_naptr(struct locating *locating, const struct guide *guide) {
    struct hf_slice name = locating->step.name.len > 0 ? locating->step.name : locating->hop.host;
    struct naptr_step steps[LIMIT_ADDRESSES];
    struct name_records *found;

    if (ask(locating, guide, name, HF_DNS_NAPTR, guide->waiter, &found) == WALK_WAITING)
        return WALK_WAITING;
    if (found && naptr_order(found->list, found->count, permitted(&locating->hop), steps) > 0) {
        drop(&locating->naptr);
        locating->naptr = found;
        locating->next_step = 0;
    } else {
        name_records_let_go(found);
    }
    return go(locating, LOCATE_AT_STEP);
}

/* The n-th transport that the settings name, to be asked for by SRV. */
static bool nth_configured(const struct next_hop *hop, unsigned n, struct naptr_step *ret) {
    transport_set set = hop->transport_by_dns ? hop->srv_without : 1u << hop->transport;

    for (enum hf_transport t = HF_TRANSPORT_UDP; t <= HF_TRANSPORT_TLS; t++) {
        if (!(set & 1u << t) || n-- > 0)
            continue;
        *ret = (struct naptr_step){.next = NAPTR_TO_SRV, .transport = t};
        return true;
    }
    return false;
}

static bool nth_step(const struct locating *locating, unsigned n, struct naptr_step *ret) {
    struct naptr_step steps[LIMIT_ADDRESSES];
    const struct next_hop *hop = &locating->hop;

    if (!locating->naptr)
        return nth_configured(hop, n, ret);
    size_t count =
        naptr_order(locating->naptr->list, locating->naptr->count, permitted(hop), steps);

    if (n < count)
        *ret = steps[n];
    return n < count;
}

static enum walk take_step(struct locating *locating) {
    drop(&locating->srv);
    if (locating->next_step == UINT8_MAX)
        return go(locating, LOCATE_AT_END);
    if (!nth_step(locating, locating->next_step, &locating->step))
        return locating->any_endpoint ? go(locating, LOCATE_AT_END) : go_to_own_addresses(locating);
    uint16_t level = (uint16_t)(locating->next_step++ << 8);

    switch (locating->step.next) {
    case NAPTR_TO_SRV:
        return go(locating, LOCATE_AT_SRV);
    case NAPTR_TO_ADDRESSES:
        return go_to_addresses(locating, &(struct endpoint){locating->step.name, 0, level});
    case NAPTR_TO_NAPTR:
        break;
    }
    /* Others of the same answer are given up for it; a circle ends here. */
    return locating->naptr_depth++ < NAPTR_DEPTH_MAX ? go(locating, LOCATE_AT_NAPTR)
                                                     : go(locating, LOCATE_AT_STEP);
}

/* A mark that is never 0, and the same in every walk. */
static uint32_t endpoint_mark(struct hf_slice host, uint16_t port, enum hf_transport transport) {
    struct hash_key key = {{port, (uint64_t)transport}};
    char folded[LIMIT_NAME_BYTES];
    size_t len = host.len < sizeof folded ? host.len : sizeof folded;

    for (size_t i = 0; i < len; i++)
        folded[i] = ascii_lower(host.ptr[i]);
    return (uint32_t)hash_bytes(&key, folded, len) | 1;
}

static struct endpoint nth_endpoint(const struct locating *locating, unsigned n) {
    const struct hf_dns_record *record = &locating->srv->list[locating->order.index[n]];
    unsigned transport_level = (locating->next_step - 1u) << 8;

    return (struct endpoint){.host = record->srv.target,
                             .port = record->srv.port,
                             .level = (uint16_t)(transport_level | locating->order.level[n])};
}

bool locate_level_of(const struct locating *locating, uint32_t endpoint, uint16_t *ret) {
    for (unsigned n = 0; locating->srv && n < locating->order.count; n++) {
        const struct endpoint at = nth_endpoint(locating, n);
        *ret = at.level;
        if (endpoint_mark(at.host, at.port, locating->step.transport) == endpoint)
            return true;
    }
    return false;
}

/* Moves the endpoint of the preferred target to the front. */
static void prefer_endpoint(struct locating *locating) {
    struct srv_order *order = &locating->order;

    for (unsigned n = 1; n < order->count; n++) {
        const struct endpoint endpoint = nth_endpoint(locating, n);

        if (endpoint_mark(endpoint.host, endpoint.port, locating->step.transport) !=
            locating->preferred.endpoint)
            continue;
        const uint8_t index = order->index[n], level = order->level[n];

        if (locating->among_equals && level != order->level[0])
            return;
        memmove(order->index + 1, order->index, n);
        memmove(order->level + 1, order->level, n);
        order->index[0] = index;
        order->level[0] = level;
        return;
    }
}

static enum walk find_srv(struct locating *locating, const struct guide *guide) {
    char buffer[SERVICE_NAME_MAX];
    const struct naptr_step *step = &locating->step;
    const struct hf_slice name =
        step->name.len > 0 ? step->name : service_name(locating->hop.host, step->transport, buffer);
    struct name_records *found;

    if (ask(locating, guide, name, HF_DNS_SRV, guide->waiter, &found) == WALK_WAITING)
        return WALK_WAITING;
    if (!found)
        return go(locating, LOCATE_AT_STEP);
    locating->srv = found;
    locating->any_endpoint = true; /* "." says that there is no service here at all */
    locating->next_endpoint = 0;
    srv_order(found->list, found->count, guide->random, &locating->order);
    prefer_endpoint(locating);
    return go(locating, LOCATE_AT_ENDPOINT);
}

static enum walk take_endpoint(struct locating *locating) {
    if (!locating->srv || locating->next_endpoint >= locating->order.count)
        return go(locating, LOCATE_AT_STEP);
    const struct endpoint endpoint = nth_endpoint(locating, locating->next_endpoint++);

    return go_to_addresses(locating, &endpoint);
}

/* A and AAAA are asked for side by side; IPv4 comes first, and where it is known nobody waits long
 * for a slow AAAA: but so long that answers which come together count together. */
static enum walk find_addresses(struct locating *locating, const struct guide *guide) {
    const struct hf_slice host = locating->endpoint.host;

    drop(&locating->ipv4);
    drop(&locating->ipv6);
    locating->next_address = 0;
    if (locating->hop.fixed_count > 0 || has_literal(locating))
        return go(locating, LOCATE_AT_TARGET);
    enum walk ipv4 = ask(locating, guide, host, HF_DNS_A, guide->waiter, &locating->ipv4);
    bool enough = locating->ipv4 && locating->hop.statics.use == STATIC_PREFERRED;
    struct list_node *waiter = ipv4 == WALK_WAITING || enough ? NULL : guide->waiter;
    enum walk ipv6 = ask(locating, guide, host, HF_DNS_AAAA, waiter, &locating->ipv6);

    locating->late_until_at = guide->now + first_span;
    if (ipv4 == WALK_WAITING || (ipv6 == WALK_WAITING && (waiter || !locating->ipv4)))
        return WALK_WAITING;
    locating->late_until_at = guide->now + late_span;
    return go(locating, LOCATE_AT_TARGET);
}

static unsigned address_count(const struct locating *locating) {
    if (locating->hop.fixed_count > 0)
        return locating->hop.fixed_count;
    if (has_literal(locating))
        return 1;
    return (locating->ipv4 ? locating->ipv4->count : 0) +
           (locating->ipv6 ? locating->ipv6->count : 0);
}

static struct target nth_target(const struct locating *locating, unsigned n) {
    unsigned ipv4 = locating->ipv4 ? locating->ipv4->count : 0;
    enum hf_transport transport = locating->step.transport;
    struct target target = {.transport = transport};

    if (locating->hop.fixed_count > 0)
        target.address = locating->hop.fixed[n];
    else if (has_literal(locating))
        target.address = locating->literal;
    else
        target.address =
            n < ipv4 ? locating->ipv4->list[n].address : locating->ipv6->list[n - ipv4].address;
    target.address.port = port_of(locating->endpoint.port, transport);
    return target;
}

/* The n-th in the order of trying: the preferred one, where it is among them, before all others. */
static struct target nth_to_try(const struct locating *locating, unsigned count, unsigned n) {
    for (unsigned p = 1; p < count; p++) {
        const struct target target = nth_target(locating, p);

        if (target_equal(&target, &locating->preferred.target))
            return n == 0 ? target : nth_target(locating, n <= p ? n - 1 : n);
    }
    return nth_target(locating, n);
}

static hf_time earliest_end(const struct locating *locating) {
    const struct name_records *const held[] = {locating->naptr, locating->srv, locating->ipv4,
                                               locating->ipv6};
    hf_time at = HF_NEVER;

    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++)
        if (held[i] && held[i]->expires_at < at)
            at = held[i]->expires_at;
    return at;
}

/* After its IPv4 addresses a host may have IPv6 ones that came while those were tried, or that are
 * still to come: where the IPv4 ones failed at once they are the next to be tried. */
static enum walk turn_to_ipv6(struct locating *locating, const struct guide *guide) {
    if (!locating->ipv4 || locating->ipv6)
        return go(locating, LOCATE_AT_ENDPOINT);
    struct list_node *waiter = guide->now < locating->late_until_at ? guide->waiter : NULL;
    enum walk ipv6 =
        ask(locating, guide, locating->endpoint.host, HF_DNS_AAAA, waiter, &locating->ipv6);

    if (ipv6 == WALK_WAITING && (waiter || !guide->waiter))
        return WALK_WAITING;
    if (ipv6 == WALK_WAITING || !locating->ipv6)
        return go(locating, LOCATE_AT_ENDPOINT);
    drop(&locating->ipv4);
    locating->next_address = 0;
    return WALK_ON;
}

static struct candidate nth_candidate(const struct locating *locating, unsigned count, unsigned n) {
    const struct endpoint *endpoint = &locating->endpoint;
    struct candidate ret = {
        .target = nth_to_try(locating, count, n),
        .level = endpoint->level,
        .endpoint = endpoint_mark(endpoint->host, endpoint->port, locating->step.transport),
        .expires_at = earliest_end(locating)};

    for (unsigned i = 1; i < locating->hop.fixed_count; i++) /* their order is a rank */
        if (memcmp(&locating->hop.fixed[i].ip, &ret.target.address.ip,
                   sizeof ret.target.address.ip) == 0)
            ret.level = (uint16_t)i;
    return ret;
}

static enum walk take_target(struct locating *locating, const struct guide *guide,
                             struct candidate *ret) {
    unsigned count = address_count(locating), n = locating->next_address;

    if (n >= count)
        return turn_to_ipv6(locating, guide);
    locating->next_address++;
    *ret = nth_candidate(locating, count, n);
    return WALK_FOUND;
}

static enum walk walk(struct locating *locating, const struct guide *guide, struct candidate *ret) {
    switch ((enum locate_stage)locating->stage) {
    case LOCATE_AT_START:
        return start(locating);
    case LOCATE_AT_NAPTR:
        return find_naptr(locating, guide);
    case LOCATE_AT_STEP:
        return take_step(locating);
    case LOCATE_AT_SRV:
        return find_srv(locating, guide);
    case LOCATE_AT_ENDPOINT:
        return take_endpoint(locating);
    case LOCATE_AT_ADDRESSES:
        return find_addresses(locating, guide);
    case LOCATE_AT_TARGET:
        return take_target(locating, guide, ret);
    case LOCATE_AT_END:
        break;
    }
    return WALK_OVER;
}

void locate_begin(struct locating *locating, const struct next_hop *hop,
                  const struct candidate *preferred) {
    locate_end(locating);
    *locating = (struct locating){.hop = *hop};
    if (preferred)
        locating->preferred = *preferred;
}

void locate_begin_with(struct locating *locating, const struct candidate *only) {
    locate_end(locating);
    *locating = (struct locating){.stage = LOCATE_AT_END, .has_ahead = true, .ahead = *only};
}

/* Walks to the next target, and keeps it ahead. */
static enum locate_result look_ahead(struct locating *locating, const struct guide *guide) {
    enum walk result = WALK_ON;

    if (locating->has_ahead)
        return LOCATE_FOUND;
    while (result == WALK_ON) {
        result = walk(locating, guide, &locating->ahead);
        locating->impatient = false; /* that was about the stage which waited */
    }
    locating->has_ahead = result == WALK_FOUND;
    if (result == WALK_FOUND)
        return LOCATE_FOUND;
    return result == WALK_WAITING ? LOCATE_WAITING : LOCATE_DONE;
}

enum locate_result locate_next(struct locating *locating, struct names *names,
                               struct random *random, struct list_node *waiter,
                               struct outbox *outbox, struct candidate *ret, hf_time now) {
    const struct guide guide = {names, random, waiter, outbox, now};
    enum locate_result result = look_ahead(locating, &guide);

    if (result == LOCATE_FOUND)
        *ret = locating->ahead;
    locating->has_ahead = false;
    return result;
}

void locate_give_question_up(struct locating *locating) {
    locating->impatient = true;
}

enum locate_result locate_peek(struct locating *locating, struct names *names,
                               struct random *random, struct outbox *outbox, struct candidate *ret,
                               hf_time now) {
    const struct guide guide = {names, random, NULL, outbox, now};
    enum locate_result result = look_ahead(locating, &guide);

    if (result == LOCATE_FOUND)
        *ret = locating->ahead;
    return result;
}

hf_time locate_awaits_late(const struct locating *locating) {
    const bool late =
        !locating->has_ahead && locating->ipv4 &&
        (locating->stage == LOCATE_AT_TARGET || locating->stage == LOCATE_AT_ADDRESSES);

    return late ? locating->late_until_at : HF_NEVER;
}

bool locate_has_only_late(const struct locating *locating) {
    const bool more_hosts = locating->srv && locating->next_endpoint < locating->order.count;
    struct naptr_step step;

    if (locating->stage != LOCATE_AT_TARGET || locating->has_ahead || more_hosts)
        return false;
    return locating->next_step == UINT8_MAX ||
           (locating->any_endpoint && !nth_step(locating, locating->next_step, &step));
}

static bool is_rival(const struct candidate *candidate, const struct candidate *current) {
    return candidate->endpoint == current->endpoint && candidate->level == current->level &&
           candidate->target.transport == current->target.transport &&
           candidate->target.address.family != current->target.address.family;
}

enum locate_result locate_rival(struct locating *locating, struct names *names,
                                struct random *random, struct outbox *outbox,
                                const struct candidate *current, struct candidate *ret,
                                hf_time now) {
    const struct guide guide = {names, random, NULL, outbox, now};
    const enum locate_result ahead = look_ahead(locating, &guide);

    if (ahead != LOCATE_FOUND)
        return ahead == LOCATE_WAITING && locating->stage == LOCATE_AT_TARGET ? LOCATE_WAITING
                                                                              : LOCATE_DONE;
    *ret = locating->ahead;
    if (is_rival(ret, current))
        return LOCATE_FOUND;
    if (locating->stage != LOCATE_AT_TARGET)
        return LOCATE_DONE;
    enum walk late = WALK_ON;

    if (locating->ipv4 && !locating->ipv6) /* they may have come meanwhile */
        late = ask(locating, &guide, locating->endpoint.host, HF_DNS_AAAA, NULL, &locating->ipv6);
    const unsigned count = address_count(locating);

    for (unsigned n = locating->next_address; n < count; n++) {
        *ret = nth_candidate(locating, count, n);
        if (is_rival(ret, current))
            return LOCATE_FOUND;
    }
    return late == WALK_WAITING ? LOCATE_WAITING : LOCATE_DONE;
}

/* What is ahead was the last one that was found: it is found once more. */
void locate_put_back(struct locating *locating, const struct candidate *candidate) {
    if (locating->has_ahead) {
        HF_ASSERT(locating->stage == LOCATE_AT_TARGET && locating->next_address > 0);
        locating->next_address--;
    }
    locating->has_ahead = true;
    locating->ahead = *candidate;
}

enum locate_result locate_ahead(const struct locating *locating, struct target *ret) {
    struct naptr_step step;

    if (locating->has_ahead) {
        *ret = locating->ahead.target;
        return LOCATE_FOUND;
    }
    if (locating->stage == LOCATE_AT_TARGET) {
        unsigned count = address_count(locating);

        if (locating->next_address < count) {
            *ret = nth_to_try(locating, count, locating->next_address);
            return LOCATE_FOUND;
        }
    }
    bool more_endpoints = locating->srv && locating->next_endpoint < locating->order.count;
    bool more_steps = locating->stage != LOCATE_AT_END && locating->next_step != UINT8_MAX &&
                      (!locating->any_endpoint || nth_step(locating, locating->next_step, &step));

    return more_endpoints || more_steps ? LOCATE_WAITING : LOCATE_DONE;
}

static bool srv_leads_to(const struct names *names, struct hf_slice service,
                         const struct hf_address *address) {
    const struct name_records *srv = names_known(names, service, HF_DNS_SRV);

    for (size_t i = 0; srv && i < srv->count; i++)
        if (names_lead_to(names, srv->list[i].srv.target, address))
            return true;
    return false;
}

bool locate_leads_to(const struct names *names, const struct next_hop *hop,
                     const struct hf_address *address) {
    const struct name_records *naptr = names_known(names, hop->host, HF_DNS_NAPTR);
    char buffer[SERVICE_NAME_MAX];

    for (unsigned i = 0; i < hop->fixed_count; i++)
        if (address_same_host(&hop->fixed[i], address))
            return true;
    if (names_lead_to(names, hop->host, address) || static_records_lead_to(&hop->statics, address))
        return true;
    for (enum hf_transport t = HF_TRANSPORT_UDP; t <= HF_TRANSPORT_TLS; t++)
        if (srv_leads_to(names, service_name(hop->host, t, buffer), address))
            return true;
    for (size_t i = 0; naptr && i < naptr->count; i++)
        if (srv_leads_to(names, naptr->list[i].naptr.replacement, address) ||
            names_lead_to(names, naptr->list[i].naptr.replacement, address))
            return true;
    return false;
}

void locate_end(struct locating *locating) {
    drop(&locating->naptr);
    drop(&locating->srv);
    drop(&locating->ipv4);
    drop(&locating->ipv6);
    locating->has_ahead = false;
    locating->stage = LOCATE_AT_END;
}
