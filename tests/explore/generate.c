/* From a seed to a world and its accounts; generate_faults.c makes what happens in it. */
#include "generate.h"

#include <stdarg.h>
#include <string.h>

#include "base/assert.h"
#include "chance.h"

struct hf_address plan_address(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    return (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {a, b, c, d}};
}

static void put(char *text, size_t size, const char *format, ...) {
    size_t length = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    int more = vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
    HF_ASSERT(more >= 0 && (size_t)more < size - length);
}

#define PUT(account, ...) put((account)->settings, sizeof(account)->settings, __VA_ARGS__)

static void generate_server(struct plan *plan, struct random *random) {
    static const uint32_t shortest[] = {1, 1, 10, 60, 60, 300};
    static const uint32_t longest[] = {30, 60, 120, 600, 3600, 3600, 86400, 3888000};
    static const uint32_t nonce_lives[] = {0, 10, 300, 300, 3600};
    static const enum digest_algorithm algorithms[] = {DIGEST_MD5, DIGEST_MD5, DIGEST_SHA_256,
                                                       DIGEST_SHA_512_256, DIGEST_MD5_SESS};
    uint32_t index = plan->server_count++;
    struct plan_server *server = &plan->servers[index];

    *server = (struct plan_server){
        .address = plan_address(192, 0, 2, (uint8_t)(index + 1)),
        .group = index > 0 && one_in(random, 4) ? server[-1].group : index,
        .open = one_in(random, 8),
        .offer_count = between(random, 1, one_in(random, 3) ? 3 : 1),
        .qop = one_in(random, 3) ? below(random, 4) : REGISTRAR_QOP_AUTH,
        .nonce_lifetime = PICK(random, nonce_lives),
        .expires_min = PICK(random, shortest),
        .expires_max = PICK(random, longest),
        .rate = one_in(random, 4) ? between(random, 20, 200) : 0,
        .queue_max = one_in(random, 4) ? between(random, 5, 50) : 0,
    };
    server->address.port = 5060;
    for (unsigned i = 0; i < server->offer_count; i++)
        server->offers[i] = PICK(random, algorithms);
    if (server->qop == REGISTRAR_QOP_NONE) /* without it nobody can use the -sess forms */
        server->offers[0] = DIGEST_MD5;
    if (server->expires_max < server->expires_min)
        server->expires_max = server->expires_min;
}

/* Each group of servers has a name. */
static void generate_names(struct plan *plan, struct random *random) {
    static const uint32_t ttls[] = {0, 1, 5, 60, 60, 300, 3600, 86400};

    for (uint32_t i = 0; i < plan->server_count; i++) {
        uint32_t group = plan->servers[i].group;
        struct plan_name *name = NULL;

        for (uint32_t j = 0; j < plan->name_count; j++)
            if (plan->servers[plan->names[j].servers[0]].group == group)
                name = &plan->names[j];
        if (!name) {
            name = &plan->names[plan->name_count++];
            (void)snprintf(name->name, sizeof name->name, "sip%u.example.com", group);
            name->ttl = PICK(random, ttls);
            name->srv = one_in(random, 3);
        }
        name->servers[name->count++] = i;
        HF_ASSERT(name->count <= PLAN_RECORDS_MAX);
    }
}

static void generate_process(struct plan *plan, struct random *random) {
    static const hf_time timeouts[] = {0, 20 * HF_SECOND, 30 * HF_SECOND, 120 * HF_SECOND};
    uint32_t index = plan->process_count++;
    struct plan_process *process = &plan->processes[index];

    *process = (struct plan_process){.address = plan_address(198, 51, 100, (uint8_t)(index + 1)),
                                     .remembers = one_in(random, 2)};
    if (one_in(random, 4)) {
        process->nat_address = plan_address(203, 0, 113, (uint8_t)(index + 1));
        process->nat_timeout = PICK(random, timeouts);
    }
}

static void put_address(const struct plan *plan, struct plan_account *account, const char *list,
                        uint32_t place, uint32_t server, struct random *random) {
    uint32_t group = plan->servers[server].group;

    if (one_in(random, 2)) {
        PUT(account, "%s[%u].address=192.0.2.%u\n", list, place, server + 1);
        return;
    }
    PUT(account, "%s[%u].address=sip%u.example.com\n", list, place, group);
}

static void generate_servers_of(const struct plan *plan, struct plan_account *account,
                                struct random *random) {
    uint32_t count = one_in(random, 2) ? 1 : between(random, 1, 3);
    uint32_t dead = one_in(random, 8) ? below(random, 4) : 4;
    uint32_t place = 1;

    for (uint32_t i = 0; i < count; i++) {
        if (i == dead) /* nobody lives there */
            PUT(account, "servers[%u].address=192.0.2.200\n", place++);
        put_address(plan, account, "servers", place++, below(random, plan->server_count), random);
    }
    if (one_in(random, 10)) {
        PUT(account, "proxy.enabled=yes\n");
        put_address(plan, account, "proxies", 1, below(random, plan->server_count), random);
        if (one_in(random, 2))
            put_address(plan, account, "proxies", 2, below(random, plan->server_count), random);
    }
}

static void put_sometimes(struct plan_account *account, struct random *random, uint32_t n,
                          const char *key, const char *const *values, size_t count) {
    if (one_in(random, n))
        PUT(account, "%s=%s\n", key, values[below(random, (uint32_t)count)]);
}

#define SOMETIMES(n, key, ...)                                                                     \
    do {                                                                                           \
        static const char *const values[] = {__VA_ARGS__};                                         \
        put_sometimes(account, random, (n), (key), values, sizeof values / sizeof values[0]);      \
    } while (0)

static void generate_waits(struct plan_account *account, struct random *random) {
    SOMETIMES(2, "retry", "1", "2", "5", "20", "30", "60", "300");
    if (one_in(random, 5)) {
        SOMETIMES(1, "retry.min", "1", "5", "30");
        SOMETIMES(1, "retry.max", "60", "300", "1800");
    } else if (one_in(random, 8)) {
        PUT(account, "retry.random=yes\n");
        SOMETIMES(1, "retry.random_min", "1", "5", "60");
        SOMETIMES(1, "retry.random_max", "60", "120", "600");
    }
    SOMETIMES(3, "rejected_retry", "0", "1", "30", "600", "1200");
    SOMETIMES(5, "timer.t1", "0.3", "0.3", "1", "2");
    SOMETIMES(8, "timer.t2", "1", "2", "8");
    SOMETIMES(8, "timer.f", "1", "5", "10", "64");
    SOMETIMES(4, "retry_counts", "0", "1", "2", "5", "20");
}

static void generate_settings(struct plan_account *account, struct random *random) {
    SOMETIMES(1, "expires", "5", "30", "60", "60", "120", "300", "600", "3600", "3600", "86400",
              "3888000");
    SOMETIMES(3, "reregister_before", "1", "5", "30", "60", "600", "5000", "3888000");
    generate_waits(account, random);
    SOMETIMES(2, "failback", "new-requests", "dns-ttl", "registration", "duration", "stay",
              "probe");
    SOMETIMES(3, "failback.timeout", "0", "1", "10", "60", "120", "3600");
    SOMETIMES(2, "fallback.failback", "same", "registration", "duration", "stay", "probe");
    SOMETIMES(3, "fallback.timeout", "1", "10", "60", "120");
    SOMETIMES(3, "redundancy", "concurrent", "successive");
    SOMETIMES(3, "unregister_on_start", "no", "all", "instance");
    SOMETIMES(4, "unregister_at_exit", "no", "yes");
    SOMETIMES(6, "auth.on_reregister", "no", "yes");
    SOMETIMES(4, "keep_alive.method", "off", "options");
    SOMETIMES(4, "keep_alive.interval", "1", "5", "30", "60");
    SOMETIMES(4, "keep_alive.max_tries", "1", "3", "5");
    SOMETIMES(4, "nat.rewrite_contact", "no", "yes");
    SOMETIMES(6, "nat.rport", "no", "yes");
    SOMETIMES(4, "nat.keep_alive", "off", "packet", "empty", "stun", "options", "notify");
    SOMETIMES(4, "nat.keep_alive_interval", "15", "60");
    SOMETIMES(4, "health", "shared", "per-account");
    SOMETIMES(10, "rate.agent", "5", "20");
    SOMETIMES(8, "rate.target", "2", "20");
    SOMETIMES(8, "rate.window", "1", "2", "0");
    SOMETIMES(5, "dns.query_timeout", "1", "3", "60");
    SOMETIMES(10, "start.spread", "1", "10", "30");
    SOMETIMES(8, "failback.moves_per_hour", "0", "1", "6");
    SOMETIMES(8, "local_port", "5060", "5062", "6000");
    SOMETIMES(10, "display_name", "Reception", "a \"quoted\" name");
}

static void generate_account(struct plan *plan, struct random *random) {
    static const char *const families[] = {"generic",         "grandstream-gxv3370",
                                           "grandstream-grp", "grandstream-gsc35xx",
                                           "yealink",         "flx"};
    uint32_t index = plan->account_count++;
    struct plan_account *account = &plan->accounts[index];

    *account = (struct plan_account){.process = below(random, plan->process_count),
                                     .late = index > 0 && one_in(random, 6)};
    (void)snprintf(account->family, sizeof account->family, "%s", PICK(random, families));
    PUT(account, "user=u%u\npassword=pw-u%u\nauth_name=u%u\n", index, index, index);
    generate_servers_of(plan, account, random);
    generate_settings(account, random);
}

void plan_generate(struct plan *plan, uint64_t seed) {
    struct random random;

    *plan = (struct plan){.seed = seed};
    random_init(&random, (const uint64_t[4]){seed, 0x9e3779b97f4a7c15, ~seed, 42});
    for (int i = 0; i < 8; i++)
        (void)random_next(&random);
    for (uint32_t count = between(&random, 1, PLAN_SERVERS_MAX); count > 0; count--)
        generate_server(plan, &random);
    for (uint32_t i = 0, members = 0; i < plan->server_count; i++) {
        members = i > 0 && plan->servers[i].group == plan->servers[i - 1].group ? members + 1 : 1;
        if (members > PLAN_RECORDS_MAX) {
            plan->servers[i].group = i;
            members = 1;
        }
    }
    generate_names(plan, &random);
    for (uint32_t count = one_in(&random, 3) ? 2 : 1; count > 0; count--)
        generate_process(plan, &random);
    uint32_t most = one_in(&random, 3) ? PLAN_ACCOUNTS_MAX : 3;

    for (uint32_t count = between(&random, 1, most); count > 0; count--)
        generate_account(plan, &random);
    plan->link = (struct sim_link){.latency = between(&random, 1, 100) * HF_MILLISECOND,
                                   .jitter = below(&random, 20) * HF_MILLISECOND};
    plan_generate_steps(plan, &random);
    random_init(&random, (const uint64_t[4]){seed, 0x2545f4914f6cdd1d, ~seed, 18});
    plan_generate_streams(plan, &random);
    random_init(&random, (const uint64_t[4]){seed, 0xd1342543de82ef95, ~seed, 6});
    plan_generate_families(plan, &random);
    random_init(&random, (const uint64_t[4]){seed, 0xaef17502108ef2d9, ~seed, 5626});
    plan_generate_flows(plan, &random);
}
