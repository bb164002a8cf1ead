/* The words of the two families: `ipv6:` of servers, processes and accounts, `ipv4:` and `ipv6:` of
 * links; `type:` of troubles of the DNS. */
#include "sim/scenario_reading.h"

static const char *const ipv6_words[] = {
    [SCENARIO_IPV6_NO] = "no",
    [SCENARIO_IPV6_YES] = "yes",
    [SCENARIO_IPV6_ONLY] = "only",
};

const char *scenario_ipv6_name(enum scenario_ipv6 ipv6) {
    return ipv6_words[ipv6];
}

void reading_ipv6(struct reading *r, yaml_node_t *value, enum scenario_ipv6 *ret) {
    for (int i = SCENARIO_IPV6_NO; i <= SCENARIO_IPV6_ONLY; i++) {
        if (slice_equal_nocase(reading_raw(value), slice_from(ipv6_words[i]))) {
            *ret = (enum scenario_ipv6)i;
            return;
        }
    }
    (void)reading_wrong(r, value, "no, yes or only");
}

struct hf_address scenario_ipv6_address(uint8_t network, size_t number) {
    return (struct hf_address){.family = HF_FAMILY_IPV6,
                               .ip = {0x20, 0x01, 0x0d, 0xb8, 0,
                                      network, [13] = (uint8_t)(number >> 16),
                                      (uint8_t)(number >> 8), (uint8_t)number}};
}

void reading_other_address(struct reading *r, yaml_node_t *value,
                           const struct hf_address *otherwise, struct hf_address *ret) {
    *ret = (struct hf_address){0};
    if (slice_equal_nocase(reading_raw(value), SLICE("yes")))
        *ret = *otherwise;
    else if (!slice_equal_nocase(reading_raw(value), SLICE("no")) &&
             reading_address(r, value, false, ret) && ret->family != HF_FAMILY_IPV6)
        (void)reading_wrong(r, value, "yes, no or an IPv6 address");
}

static void read_way(struct reading *r, yaml_node_t *value, enum sim_way *ret) {
    for (int way = SIM_WAY_OPEN; way <= SIM_WAY_REFUSED; way++) {
        if (slice_equal_nocase(reading_raw(value), slice_from(sim_way_name((enum sim_way)way)))) {
            *ret = (enum sim_way)way;
            return;
        }
    }
    (void)reading_wrong(r, value, "yes, no or refused");
}

void scenario_read_way_of_ipv4(struct reading *r, void *object, yaml_node_t *value) {
    read_way(r, value, &((struct sim_link *)object)->ipv4);
}

void scenario_read_way_of_ipv6(struct reading *r, void *object, yaml_node_t *value) {
    read_way(r, value, &((struct sim_link *)object)->ipv6);
}

/* Whose questions a trouble of the DNS is about. */
void scenario_read_record(struct reading *r, yaml_node_t *value, enum sim_record *ret) {
    for (int record = SIM_RECORD_ANY; record <= SIM_RECORD_AAAA; record++) {
        if (slice_equal_nocase(reading_raw(value),
                               slice_from(sim_record_name((enum sim_record)record)))) {
            *ret = (enum sim_record)record;
            return;
        }
    }
    (void)reading_wrong(r, value, "any, A or AAAA");
}
