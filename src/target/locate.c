#include "target/locate.h"

#include "base/address.h"

/* RFC 3261 section 19.1.2. */
uint16_t transport_default_port(enum hf_transport transport) {
    return transport == HF_TRANSPORT_TLS ? 5061 : 5060;
}

static void add_target(struct located *located, const struct next_hop *hop,
                       const struct hf_address *address) {
    if (located->count == LIMIT_ADDRESSES)
        return;
    struct target *target = &located->targets[located->count++];

    target->address = *address;
    target->address.port = hop->port != 0 ? hop->port : transport_default_port(hop->transport);
    target->transport = hop->transport;
}

static void add_records(struct located *located, const struct next_hop *hop,
                        const struct names_answer *answer) {
    for (size_t i = 0; i < answer->count; i++)
        add_target(located, hop, &answer->records[i].address);
    if (answer->expires_at < located->expires_at)
        located->expires_at = answer->expires_at;
}

/* A and AAAA are asked for side by side (RFC 3263 section 4.2). IPv4 comes first, and where it
 * is known nobody waits for a slow AAAA. */
static enum locate_result locate_name(struct names *names, const struct next_hop *hop,
                                      struct list_node *waiter, struct outbox *outbox,
                                      struct located *ret, hf_time now) {
    struct names_answer answer;
    enum names_result ipv4 = names_lookup(names, hop->host, HF_DNS_A, waiter, outbox, &answer, now);

    if (ipv4 == NAMES_KNOWN)
        add_records(ret, hop, &answer);
    struct hf_slice detail = answer.detail;
    enum names_result ipv6 = names_lookup(
        names, hop->host, HF_DNS_AAAA, ipv4 == NAMES_WAITING ? NULL : waiter, outbox, &answer, now);

    if (ipv6 == NAMES_KNOWN)
        add_records(ret, hop, &answer);
    if (ipv4 == NAMES_WAITING || (ipv6 == NAMES_WAITING && ret->count == 0))
        return LOCATE_WAITING;
    if (ipv6 == NAMES_WAITING && waiter)
        list_remove(waiter);
    ret->detail = detail.len > 0 ? detail : answer.detail;
    return ret->count > 0 ? LOCATE_DONE : LOCATE_FAILED;
}

enum locate_result locate(struct names *names, const struct next_hop *hop, struct list_node *waiter,
                          struct outbox *outbox, struct located *ret, hf_time now) {
    struct hf_address address;

    *ret = (struct located){.expires_at = HF_NEVER};
    if (address_parse(hop->host, &address)) {
        add_target(ret, hop, &address);
        return LOCATE_DONE;
    }
    return locate_name(names, hop, waiter, outbox, ret, now);
}
