/* All small cases of who is asked, in which order and how long (docs/failover.md, docs/health.md):
 * each division of three targets among servers, each target in each condition, with no binding and
 * with one at the first target, each way to go back. Nothing is picked by hand, nothing is random.
 */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"

enum condition { ALIVE, SILENT, REFUSES, BUSY, BUSY_AND_SAYS_WHEN, CONDITIONS };
enum { TARGETS = 3, RESENDS = 1, FULL_TIMEOUT = 11 /* requests until Timer F ends */ };

/* How many targets each server's name stands for. */
static const unsigned shapes[][TARGETS] = {{1, 1, 1}, {1, 2, 0}, {2, 1, 0}, {3, 0, 0}};
static const char *const modes[] = {"new-requests", "dns-ttl", "registration",
                                    "duration",     "stay",    "probe"};

struct small_case {
    const unsigned *shape;
    enum condition conditions[TARGETS];
    unsigned nameless; /* index of a server whose name the DNS does not know; TARGETS: none */
    bool bound;        /* at the first target, before its condition changes */
    const char *mode;
};

static char told[160]; /* what is wrong, if anything is */

static void put_name(unsigned server, unsigned first, unsigned count, bool known) {
    struct hf_dns_record records[TARGETS] = {0};
    char name[64], hosts[TARGETS][64];

    for (unsigned i = 0; i < count; i++) {
        const struct hf_dns_record address = {
            .type = HF_DNS_A,
            .ttl = 60,
            .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, (uint8_t)(first + i + 1)}}};

        snprintf(hosts[i], sizeof hosts[i], "t%u.example.com", first + i);
        records[i] =
            (struct hf_dns_record){.type = HF_DNS_SRV,
                                   .ttl = 60,
                                   .srv = {(uint16_t)(10 * i), 0, 5060, slice_from(hosts[i])}};
        assert_int_equal(world_dns_set(w.sim, hosts[i], &address, 1), 0);
    }
    snprintf(name, sizeof name, "_sip._udp.s%u.example.com", server);
    assert_int_equal(world_dns_set(w.sim, name, records, known ? count : 0), 0);
}

static unsigned server_of(const struct small_case *c, unsigned target) {
    unsigned server = 0;

    for (unsigned end = c->shape[0]; target >= end; end += c->shape[++server]) {
    }
    return server;
}

static void put_names(const struct small_case *c, bool all) {
    for (unsigned server = 0, first = 0; first < TARGETS; first += c->shape[server++])
        put_name(server, first, c->shape[server], all || server != c->nameless);
}

static void put_conditions(const struct small_case *c) {
    for (unsigned i = 0; i < TARGETS; i++) {
        switch (c->conditions[i]) {
        case ALIVE:
        case CONDITIONS:
            break;
        case SILENT:
            server_down(&w, i);
            break;
        case REFUSES:
            server_refuses(&w, i);
            break;
        case BUSY:
            server_answers(&w, i, 503, "", 0);
            break;
        case BUSY_AND_SAYS_WHEN:
            server_answers(&w, i, 503, "Retry-After: 20\r\n", 0);
            break;
        }
    }
}

static void heal(const struct small_case *c) {
    for (unsigned i = 0; i < TARGETS; i++) {
        server_up(&w, i);
        server_does(&w, i, REGISTRAR_WORKS);
    }
    put_names(c, true);
}

static hf_account_id add(const struct small_case *c) {
    char servers[TARGETS][64], within[48], between[48];

    for (unsigned i = 0; i < TARGETS; i++)
        snprintf(servers[i], sizeof servers[i], "servers[%u].address=s%u.example.com", i + 1, i);
    snprintf(within, sizeof within, "failback=%s", c->mode);
    snprintf(between, sizeof between, "fallback.failback=%s",
             strcmp(c->mode, "new-requests") == 0 || strcmp(c->mode, "dns-ttl") == 0 ? "same"
                                                                                     : c->mode);
    return world_add(&w, world_settings("generic", servers[0],
                                        c->shape[1] > 0 ? servers[1] : "retry_counts=1",
                                        c->shape[2] > 0 ? servers[2] : "retry_counts=1",
                                        "retry_counts=1", "dns.mode=srv", "expires=120",
                                        "fallback.timeout=60", "failback.timeout=60",
                                        "failback.moves_per_hour=0", within, between, NULL));
}

static bool can_serve(const struct small_case *c, unsigned target) {
    return c->conditions[target] == ALIVE && server_of(c, target) != c->nameless;
}

static unsigned first_alive(const struct small_case *c) {
    unsigned target = 0;

    while (target < TARGETS && !can_serve(c, target))
        target++;
    return target;
}

/* How many REGISTERs the target was sent by one walk over the candidates. The last one has the
 * whole of Timer F; that a name behind it leads nowhere is not known yet. */
static void check_asked(const struct small_case *c, unsigned target, unsigned asked) {
    const unsigned alive = first_alive(c);
    unsigned least = 1, most = 1;

    if (server_of(c, target) == c->nameless || target > alive)
        least = most = 0;
    else if (target == alive)
        most = 3; /* challenged, maybe by an old nonce */
    else if (c->conditions[target] == SILENT && target == TARGETS - 1)
        least = most = FULL_TIMEOUT;
    else if (c->conditions[target] == SILENT)
        least = most = 1 + RESENDS;
    if (asked < least || asked > most)
        snprintf(told, sizeof told, "target %u was sent %u REGISTERs, not %u to %u", target, asked,
                 least, most);
}

static void check_walk(const struct small_case *c, hf_account_id a, const unsigned before[]) {
    const unsigned alive = first_alive(c);
    const struct hf_account_status status = status_of(&w, a);

    for (unsigned i = 0; i < TARGETS; i++)
        check_asked(c, i, w.servers[i].registers - before[i]);
    if (alive < TARGETS && (status.state != HF_STATE_REGISTERED || status.failures > 0 ||
                            status.target.ip[3] != alive + 1))
        snprintf(told, sizeof told, "target %u lives and does not hold the binding", alive);
    if (alive == TARGETS && status.failures != 1)
        snprintf(told, sizeof told, "nobody lives, and %u attempts have failed",
                 (unsigned)status.failures);
}

/* Everything works again: home in time, or not at all. Who stays, and found nobody before, stays
 * where it then finds somebody: what failed last may rest still. */
static void check_home(const struct small_case *c, hf_account_id a) {
    const unsigned alive = first_alive(c);

    heal(c);
    run_for(&w, 900 * HF_SECOND);
    const struct hf_account_status status = status_of(&w, a);
    const unsigned at = status.target.ip[3] - 1u;
    const bool stays = strcmp(c->mode, "stay") == 0;
    const unsigned wanted = !stays ? 0 : alive < TARGETS ? alive : at;

    if (told[0] == '\0' && (status.state != HF_STATE_REGISTERED || at != wanted))
        snprintf(told, sizeof told, "after all is well again it is at target %u, not %u", at,
                 wanted);
    for (unsigned i = 0; i < TARGETS; i++)
        if (told[0] == '\0' && bindings_at(&w, i) != (i == wanted ? 1 : 0))
            snprintf(told, sizeof told, "target %u holds %u bindings", i, bindings_at(&w, i));
}

static void tell(const struct small_case *c) {
    if (told[0] == '\0')
        return;
    fail_msg("shape %u %u %u, conditions %d %d %d, without name %u, %s, %s: %s", c->shape[0],
             c->shape[1], c->shape[2], c->conditions[0], c->conditions[1], c->conditions[2],
             c->nameless, c->bound ? "bound" : "not bound", c->mode, told);
}

static void walk_case(const struct small_case *c) {
    unsigned before[TARGETS];
    hf_account_id a = 0;

    told[0] = '\0';
    world_init(&w);
    put_names(c, c->bound);
    if (c->bound) {
        a = add(c);
        run_for(&w, HF_SECOND);
        expect_registered_at(&w, a, 0);
        put_names(c, false);
        run_for(&w, 61 * HF_SECOND); /* the names are asked for again */
    }
    put_conditions(c);
    for (unsigned i = 0; i < TARGETS; i++)
        before[i] = w.servers[i].registers;
    if (c->bound)
        assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    else
        a = add(c);
    sim_attend(w.sim, w.process);
    for (unsigned i = 0; i < 40 && status_of(&w, a).failures == 0; i++)
        run_for(&w, HF_SECOND);
    check_walk(c, a, before);
    check_home(c, a);
    world_release(&w);
    tell(c);
}

/* A server that is not there has no name to lose, and a name that led to the binding is not
 * forgotten because the DNS does not know it any more. */
static bool makes_sense(const struct small_case *c) {
    return c->nameless == TARGETS || (c->shape[c->nameless] > 0 && !(c->bound && c->nameless == 0));
}

static void test_all_small_cases__keep_the_rules(void **state) {
    unsigned count = 0;

    (void)state;
    world_release(&w);
    for (unsigned s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
        for (unsigned of = 0; of < CONDITIONS * CONDITIONS * CONDITIONS; of++)
            for (unsigned nameless = 0; nameless <= TARGETS; nameless++)
                for (unsigned m = 0; m < 2 * sizeof modes / sizeof modes[0]; m++) {
                    const struct small_case c = {.shape = shapes[s],
                                                 .conditions = {of % CONDITIONS,
                                                                of / CONDITIONS % CONDITIONS,
                                                                of / CONDITIONS / CONDITIONS},
                                                 .nameless = nameless,
                                                 .bound = m % 2,
                                                 .mode = modes[m / 2]};

                    if (!makes_sense(&c))
                        continue;
                    walk_case(&c);
                    count++;
                }
    world_init(&w);
    print_message("%u cases\n", count);
    assert_true(count > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_all_small_cases__keep_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
