/* A whole life of an agent without memory now and then. Whatever fails, an API call returns
 * HF_ERROR_MEMORY and has changed nothing, or an account waits and is registered once there is
 * memory again. */
#include <stdio.h>
#include <string.h>

#include "../story/story.h"
#include "../unit/cmocka_all.h"
#include "agent/internal.h"
#include "famine.h"

enum { ACCOUNTS = 6, PATHS_MAX = 64 };

/* Every call on the agent that can allocate, wherever it is made from (the linker's --wrap). */
#define ARMED(call)                                                                                \
    famine_arm();                                                                                  \
    int error = __real_##call;                                                                     \
    famine_disarm();                                                                               \
    return error

int __real_hf_agent_create(const struct hf_agent_options *options, struct hf_agent **ret,
                           hf_time now);
int __wrap_hf_agent_create(const struct hf_agent_options *options, struct hf_agent **ret,
                           hf_time now);
int __real_hf_agent_add_account(struct hf_agent *agent, const struct hf_settings *settings,
                                uint64_t tag, hf_account_id *ret, hf_time now);
int __wrap_hf_agent_add_account(struct hf_agent *agent, const struct hf_settings *settings,
                                uint64_t tag, hf_account_id *ret, hf_time now);
int __real_hf_agent_restore_account(struct hf_agent *agent, const struct hf_settings *settings,
                                    uint64_t tag, const struct hf_remembered *remembered,
                                    hf_account_id *ret, hf_time now);
int __wrap_hf_agent_restore_account(struct hf_agent *agent, const struct hf_settings *settings,
                                    uint64_t tag, const struct hf_remembered *remembered,
                                    hf_account_id *ret, hf_time now);
int __real_hf_agent_change_account(struct hf_agent *agent, hf_account_id account,
                                   const struct hf_settings *settings, hf_time now);
int __wrap_hf_agent_change_account(struct hf_agent *agent, hf_account_id account,
                                   const struct hf_settings *settings, hf_time now);
int __real_hf_agent_remove_account(struct hf_agent *agent, hf_account_id account, hf_time now);
int __wrap_hf_agent_remove_account(struct hf_agent *agent, hf_account_id account, hf_time now);
int __real_hf_agent_register(struct hf_agent *agent, hf_account_id account, hf_time now);
int __wrap_hf_agent_register(struct hf_agent *agent, hf_account_id account, hf_time now);
int __real_hf_agent_unregister(struct hf_agent *agent, hf_account_id account, hf_time now);
int __wrap_hf_agent_unregister(struct hf_agent *agent, hf_account_id account, hf_time now);
void __real_hf_agent_stop(struct hf_agent *agent, hf_time now);
void __wrap_hf_agent_stop(struct hf_agent *agent, hf_time now);
int __real_hf_agent_receive(struct hf_agent *agent, hf_path_id path, const struct hf_address *from,
                            const void *bytes, size_t length, hf_time now);
int __wrap_hf_agent_receive(struct hf_agent *agent, hf_path_id path, const struct hf_address *from,
                            const void *bytes, size_t length, hf_time now);
int __real_hf_agent_path_opened(struct hf_agent *agent, hf_path_id path,
                                const struct hf_address *local, hf_time now);
int __wrap_hf_agent_path_opened(struct hf_agent *agent, hf_path_id path,
                                const struct hf_address *local, hf_time now);
int __real_hf_agent_path_failed(struct hf_agent *agent, hf_path_id path,
                                enum hf_path_failure failure, const char *detail, hf_time now);
int __wrap_hf_agent_path_failed(struct hf_agent *agent, hf_path_id path,
                                enum hf_path_failure failure, const char *detail, hf_time now);
int __real_hf_agent_resolved(struct hf_agent *agent, hf_query_id query,
                             const struct hf_dns_answer *answer, hf_time now);
int __wrap_hf_agent_resolved(struct hf_agent *agent, hf_query_id query,
                             const struct hf_dns_answer *answer, hf_time now);
void __real_hf_agent_expire(struct hf_agent *agent, hf_time now);
void __wrap_hf_agent_expire(struct hf_agent *agent, hf_time now);
bool __real_hf_agent_next_output(struct hf_agent *agent, struct hf_output *ret);
bool __wrap_hf_agent_next_output(struct hf_agent *agent, struct hf_output *ret);

/* The paths that the owner has to keep open. */
static hf_path_id paths[PATHS_MAX];

/* Puts one number in the place of another; 0 is a free place. */
static void note_path(hf_path_id from, hf_path_id to) {
    for (unsigned i = 0; i < PATHS_MAX; i++) {
        if (paths[i] == from) {
            paths[i] = to;
            return;
        }
    }
    assert_int_equal(to, 0);
}

int __wrap_hf_agent_create(const struct hf_agent_options *options, struct hf_agent **ret,
                           hf_time now) {
    memset(paths, 0, sizeof paths);
    int error;

    do {
        famine_arm();
        error = __real_hf_agent_create(options, ret, now);
        famine_disarm();
        assert_true(error == 0 || error == HF_ERROR_MEMORY);
    } while (error != 0);
    assert_true(digest_supported((*ret)->engine.digest, DIGEST_MD5));
    return 0;
}

int __wrap_hf_agent_add_account(struct hf_agent *agent, const struct hf_settings *settings,
                                uint64_t tag, hf_account_id *ret, hf_time now) {
    ARMED(hf_agent_add_account(agent, settings, tag, ret, now));
}

int __wrap_hf_agent_restore_account(struct hf_agent *agent, const struct hf_settings *settings,
                                    uint64_t tag, const struct hf_remembered *remembered,
                                    hf_account_id *ret, hf_time now) {
    ARMED(hf_agent_restore_account(agent, settings, tag, remembered, ret, now));
}

int __wrap_hf_agent_change_account(struct hf_agent *agent, hf_account_id account,
                                   const struct hf_settings *settings, hf_time now) {
    ARMED(hf_agent_change_account(agent, account, settings, now));
}

int __wrap_hf_agent_remove_account(struct hf_agent *agent, hf_account_id account, hf_time now) {
    ARMED(hf_agent_remove_account(agent, account, now));
}

int __wrap_hf_agent_register(struct hf_agent *agent, hf_account_id account, hf_time now) {
    ARMED(hf_agent_register(agent, account, now));
}

int __wrap_hf_agent_unregister(struct hf_agent *agent, hf_account_id account, hf_time now) {
    ARMED(hf_agent_unregister(agent, account, now));
}

void __wrap_hf_agent_stop(struct hf_agent *agent, hf_time now) {
    famine_arm();
    __real_hf_agent_stop(agent, now);
    famine_disarm();
}

int __wrap_hf_agent_receive(struct hf_agent *agent, hf_path_id path, const struct hf_address *from,
                            const void *bytes, size_t length, hf_time now) {
    ARMED(hf_agent_receive(agent, path, from, bytes, length, now));
}

int __wrap_hf_agent_path_opened(struct hf_agent *agent, hf_path_id path,
                                const struct hf_address *local, hf_time now) {
    ARMED(hf_agent_path_opened(agent, path, local, now));
}

int __wrap_hf_agent_path_failed(struct hf_agent *agent, hf_path_id path,
                                enum hf_path_failure failure, const char *detail, hf_time now) {
    note_path(path, 0);
    ARMED(hf_agent_path_failed(agent, path, failure, detail, now));
}

int __wrap_hf_agent_resolved(struct hf_agent *agent, hf_query_id query,
                             const struct hf_dns_answer *answer, hf_time now) {
    ARMED(hf_agent_resolved(agent, query, answer, now));
}

void __wrap_hf_agent_expire(struct hf_agent *agent, hf_time now) {
    famine_arm();
    __real_hf_agent_expire(agent, now);
    famine_disarm();
}

bool __wrap_hf_agent_next_output(struct hf_agent *agent, struct hf_output *ret) {
    famine_arm();
    bool any = __real_hf_agent_next_output(agent, ret);

    famine_disarm();
    if (any && ret->kind == HF_OUTPUT_OPEN)
        note_path(0, ret->open.path);
    if (any && ret->kind == HF_OUTPUT_CLOSE)
        note_path(ret->close, 0);
    return any;
}

static struct world world;
static hf_account_id accounts[ACCOUNTS];

static struct hf_settings *settings_of(unsigned which) {
    switch (which) {
    case 0:
        return world_settings("generic", "servers[1].address=a.example",
                              "servers[2].address=b.example", "expires=300", "timer.t1=0.1",
                              "keep_alive.method=options", "keep_alive.interval=40",
                              "unregister_at_exit=yes", NULL);
    case 1:
        return world_settings("yealink", "servers[1].address=192.0.2.1",
                              "servers[2].address=192.0.2.2", "proxies[1].address=p.example",
                              "user=bob", "password=pw-bob", "retry_counts=1", NULL);
    case 2:
        return world_settings("grandstream-gxv3370", "servers[1].address=a.example",
                              "proxies[1].address=192.0.2.3", "proxies[2].address=p.example",
                              "user=carol", "password=pw-carol", "unregister_at_exit=yes",
                              "unregister_on_start=all", NULL);
    case 3:
        return world_settings("flx", "servers[1].address=192.0.2.2", "servers[2].address=192.0.2.1",
                              "user=dave", "auth_name=dave", "password=pw-dave", NULL);
    case 4:
        return world_settings("generic", "servers[1].address=a.example", "local_port=5070",
                              "user=erin", "password=pw-erin",
                              "instance=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", NULL);
    default:
        return world_settings("generic", "servers[1].address=nowhere.example",
                              "servers[2].address=192.0.2.3", "failback=duration",
                              "fallback.failback=duration", "fallback.timeout=30", "user=frank",
                              "password=pw-frank", "expires=120", NULL);
    }
}

static void set_name(unsigned index, const char *name, unsigned server) {
    world.names[index] = (struct world_name){
        .name = name,
        .ttl = 30,
        .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, (uint8_t)(server + 1)}}};
}

/* A call that fails for lack of memory has changed nothing, and works when it is made again. */
static void add(unsigned which) {
    struct hf_settings *settings = settings_of(which);
    struct hf_agent_counters before, after;
    int error;

    do {
        hf_agent_count(world.agent, &before);
        error = hf_agent_add_account(world.agent, settings, which, &accounts[which], world.now);
        hf_agent_count(world.agent, &after);
        assert_true(error == 0 || error == HF_ERROR_MEMORY);
        assert_int_equal(after.accounts, before.accounts + (error == 0));
        agent_check(world.agent);
    } while (error != 0);
    hf_settings_free(settings);
    run_for(&world, 0);
}

static void change(unsigned which, const char *pair) {
    struct hf_settings *settings = settings_of(which);
    char key[64];
    size_t len = strcspn(pair, "=");
    int error;

    snprintf(key, sizeof key, "%.*s", (int)len, pair);
    assert_int_equal(hf_settings_set(settings, key, pair + len + 1, NULL), 0);
    do {
        error = hf_agent_change_account(world.agent, accounts[which], settings, world.now);
        assert_true(error == 0 || error == HF_ERROR_MEMORY);
        agent_check(world.agent);
    } while (error != 0);
    hf_settings_free(settings);
    run_for(&world, 0);
}

static void ask_from_outside(const char *method) {
    char bytes[512];
    const struct hf_address from = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}};
    int len = snprintf(bytes, sizeof bytes,
                       "%s sip:alice@198.51.100.1 SIP/2.0\r\n"
                       "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%s\r\n"
                       "From: <sip:x@a.example>;tag=1\r\nTo: <sip:alice@a.example>\r\n"
                       "Call-ID: %s\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
                       method, method, method, method);

    for (unsigned i = 0; i < PATHS_MAX; i++) {
        if (paths[i] == 0)
            continue;
        (void)hf_agent_receive(world.agent, paths[i], &from, bytes, (size_t)len, world.now);
        (void)hf_agent_receive(world.agent, paths[i], &from, bytes, (size_t)len, world.now);
        run_for(&world, 0);
        return;
    }
}

static void look_at_all(void) {
    char text[2048];

    for (unsigned i = 0; i < ACCOUNTS; i++) {
        (void)status_of(&world, accounts[i]);
        assert_true(hf_agent_explain(world.agent, accounts[i], text, sizeof text, world.now) > 0);
    }
}

static void live(void) {
    for (unsigned i = 0; i < ACCOUNTS; i++)
        add(i);
    run_for(&world, 60 * HF_SECOND);
    registrar_set_limits(world.servers[0].registrar, 600, 1200); /* 423 */
    server_down(&world, 0);
    run_for(&world, 400 * HF_SECOND);
    look_at_all();
    server_up(&world, 0);
    server_refuses(&world, 1);
    run_for(&world, 400 * HF_SECOND);
    server_up(&world, 1);
    ask_from_outside("OPTIONS");
    ask_from_outside("INVITE");
    ask_from_outside("NOTIFY");
    change(0, "display_name=Alice");
    change(1, "servers[1].address=192.0.2.3");
    change(2, "password=wrong");
    run_for(&world, 100 * HF_SECOND);
    change(2, "servers[2].address=b.example");
    (void)hf_agent_unregister(world.agent, accounts[3], world.now);
    world.names[0].failure = HF_DNS_FAILED;
    run_for(&world, 900 * HF_SECOND);
    assert_int_equal(state_of(&world, accounts[3]), HF_STATE_UNREGISTERED);
    world.names[0].failure = HF_DNS_OK;
    assert_int_equal(hf_agent_remove_account(world.agent, accounts[4], world.now), 0);
    run_for(&world, HF_SECOND);
    add(4);
    look_at_all();
}

/* The program ends without a word, and begins again with what it remembered. */
static void come_again(void) {
    struct hf_remembered remembered[ACCOUNTS];

    for (unsigned i = 0; i < ACCOUNTS; i++)
        remembered[i] = world_remember(&world, accounts[i]);
    world_restart(&world);
    run_for(&world, HF_SECOND); /* the registrar's nonces are as old as its clock is fine */
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        struct hf_settings *settings = settings_of(i);
        int error;

        do {
            error = hf_agent_restore_account(world.agent, settings, i, &remembered[i], &accounts[i],
                                             world.now);
            assert_true(error == 0 || error == HF_ERROR_MEMORY);
            agent_check(world.agent);
        } while (error != 0);
        hf_settings_free(settings);
    }
    run_for(&world, 100 * HF_SECOND);
    look_at_all();
}

/* There is memory again: nobody is stuck. */
static void live_on(void) {
    char text[2048];

    famine_restore();
    assert_int_equal(hf_agent_register(world.agent, accounts[3], world.now), 0);
    run_for(&world, 700 * HF_SECOND);
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        if (state_of(&world, accounts[i]) == HF_STATE_REGISTERED)
            continue;
        (void)hf_agent_explain(world.agent, accounts[i], text, sizeof text, world.now);
        fail_msg("account %u is not registered:\n%s", i, text);
    }
    look_at_all();
}

/* The owner's paths are those that the agent knows: no close was lost. */
static void check_paths(void) {
    unsigned open = 0;

    for (unsigned i = 0; i < PATHS_MAX; i++)
        open += paths[i] != 0;
    assert_int_equal(open, world.agent->engine.paths.by_id.count);
}

static void whole_life(void) {
    world_init(&world);
    set_name(0, "a.example", 0);
    set_name(1, "b.example", 1);
    set_name(2, "p.example", 2);
    live();
    come_again();
    live_on();
    check_paths();
    hf_agent_stop(world.agent, world.now);
    run_for(&world, 100 * HF_SECOND);
    assert_true(hf_agent_stopped(world.agent));
    world_release(&world);
}

/* Memory fails while the agent stops. */
static void stopping(void) {
    famine_restore();
    world_init(&world);
    set_name(0, "a.example", 0);
    set_name(1, "b.example", 1);
    set_name(2, "p.example", 2);
    for (unsigned i = 0; i < ACCOUNTS; i++)
        add(i);
    run_for(&world, 60 * HF_SECOND);
    famine_resume();
    hf_agent_stop(world.agent, world.now);
    run_for(&world, 1000 * HF_SECOND);
    assert_true(hf_agent_stopped(world.agent));
    check_paths();
    world_release(&world);
}

static void test_life__no_memory_now_and_then_is_survived(void **state) {
    (void)state;
    famine_sweep(whole_life, 17, 40);
}

static void test_life__no_memory_while_it_stops_is_survived(void **state) {
    (void)state;
    famine_sweep(stopping, 1, 20);
}

/* libcrypto's own beginnings do not survive it, and are not ours to mend. */
static void warm_up(void) {
    digest_context_free(digest_context_create());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_life__no_memory_now_and_then_is_survived, famine_say),
        cmocka_unit_test_teardown(test_life__no_memory_while_it_stops_is_survived, famine_say),
    };

    warm_up();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
