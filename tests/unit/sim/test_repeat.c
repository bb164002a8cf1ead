/* The same seed is the same run, byte for byte, with everything going wrong that can. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/hash.h"
#include "base/random.h"
#include "base/slice.h"
#include "town.h"

enum { ACCOUNTS = 6 };

struct trace {
    struct hash_key chain; /* of all that was seen so far */
    unsigned packets;
    unsigned events;
};

static void add(struct trace *trace, const void *bytes, size_t len) {
    trace->chain.k[0] = hash_bytes(&trace->chain, bytes, len);
    trace->chain.k[1] += len;
}

static void on_packet(void *user, const struct sim_packet *packet) {
    struct trace *trace = user;

    trace->packets++;
    add(trace, &packet->at, sizeof packet->at);
    add(trace, &packet->from, sizeof packet->from);
    add(trace, &packet->to, sizeof packet->to);
    add(trace, packet->bytes.ptr, packet->bytes.len);
}

static void on_event(void *user, uint32_t process, const struct hf_event *event) {
    struct trace *trace = user;

    (void)process;
    trace->events++;
    add(trace, &event->at, sizeof event->at);
    add(trace, &event->kind, sizeof event->kind);
    add(trace, event->reason.ptr, event->reason.len);
}

/* One of each kind, then right again. */
static void break_and_mend(struct sim *sim, struct random *random) {
    for (int kind = SIM_SERVER_START; kind <= SIM_PROCESS_START; kind++) {
        struct sim_fault fault = {.kind = (enum sim_fault_kind)kind,
                                  .server = (uint32_t)random_below(random, 2),
                                  .process = (uint32_t)random_below(random, 2),
                                  .span = random_below(random, 5 * HF_SECOND),
                                  .number = 30,
                                  .number_max = 600,
                                  .forget = random_below(random, 2) == 1,
                                  .link = {.latency = random_below(random, 100000),
                                           .jitter = random_below(random, 100000),
                                           .loss = 100000,
                                           .duplicate = 100000,
                                           .reorder = 100000},
                                  .registrar = {.kind = REGISTRAR_STALE, .count = 3},
                                  .dns_result = HF_DNS_FAILED,
                                  .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 2}}};

        if (kind == SIM_SERVER_REALM)
            fault.name = SLICE("elsewhere");
        else if (kind == SIM_DNS_ADDRESS)
            fault.name = SLICE("sip.example.com");
        assert_int_equal(sim_apply(sim, &fault), 0);
        town_run_for(sim, random_below(random, 120 * HF_SECOND));
        for (uint32_t i = 0; i < 2; i++) {
            town_apply(sim, SIM_SERVER_START, i);
            if (!sim_agent(sim, i))
                town_apply(sim, SIM_PROCESS_START, i);
        }
    }
}

static struct trace run(uint64_t seed) {
    const struct hf_dns_record record = {
        .type = HF_DNS_A, .ttl = 60, .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}}};
    const uint64_t seeds[4] = {seed};
    struct sim *sim = town_create(seed, 2);
    struct trace trace = {0};
    struct random random;

    random_init(&random, seeds);
    sim_observe(sim,
                &(struct sim_observer){
                    .user = &trace, .sent = on_packet, .arrived = on_packet, .event = on_event});
    assert_int_equal(sim_dns_set(sim, "sip.example.com", &record, 1), 0);
    town_add_process(sim, true, true);
    town_add_process(sim, false, false);
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        town_add_account(sim, i % 2, i < 2 ? "servers[1].address=sip.example.com" : "retry=20",
                         "keep_alive.method=options", "expires=120", NULL);
    for (int round = 0; round < 3; round++)
        break_and_mend(sim, &random);
    sim_free(sim);
    return trace;
}

static void test_seed__is_the_whole_run(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct trace first = run(seed), again = run(seed);

        assert_true(first.packets > 1000);
        assert_true(first.events > 100);
        assert_memory_equal(&first, &again, sizeof first);
    }
}

static void test_other_seed__is_another_run(void **state) {
    struct trace first = run(1), second = run(2);

    (void)state;
    assert_memory_not_equal(&first.chain, &second.chain, sizeof first.chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed__is_the_whole_run),
        cmocka_unit_test(test_other_seed__is_another_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
