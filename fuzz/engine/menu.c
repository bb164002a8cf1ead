/* The settings of an account, chosen by the fuzzer from what matters to the engine. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "world.h"

static const char *const families[] = {
    "generic", "yealink", "flx", "grandstream-gxv3370", "grandstream-gsc35xx", "grandstream-grp",
};

static const char *const keys[] = {
    "servers[1].address",
    "servers[2].address",
    "servers[3].address",
    "servers[1].port",
    "servers[2].port",
    "proxies[1].address",
    "proxies[2].address",
    "proxies[1].port",
    "proxies[1].transport",
    "proxies[1].loose",
    "servers[1].transport",
    "servers[2].transport",
    "transport",
    "expires",
    "servers[2].expires",
    "retry_counts",
    "servers[1].retry_counts",
    "failback",
    "failback.timeout",
    "fallback.failback",
    "fallback.timeout",
    "use_proxy",
    "proxy.enabled",
    "proxy.for_registration",
    "proxy.route",
    "proxy.prefer_primary",
    "proxy.fallback_interval",
    "redundancy",
    "register_on_enable",
    "enabled",
    "register",
    "domain",
    "realm",
    "user",
    "auth_name",
    "password",
    "display_name",
    "instance",
    "contact.user",
    "contact.params",
    "contact.instance",
    "local_port",
    "bind.address",
    "dscp",
    "unregister_on_start",
    "unregister_at_exit",
    "reregister_before",
    "retry",
    "retry.min",
    "retry.max",
    "retry.random",
    "retry.random_min",
    "retry.random_max",
    "rejected_retry",
    "auth.on_reregister",
    "auth.on_initial",
    "timer.t1",
    "timer.t2",
    "timer.t4",
    "timer.f",
    "start.spread",
    "rate.agent",
    "rate.target",
    "health",
    "tls.scheme",
    "user_agent",
    "outbound",
    "gruu",
    "accept.server_only",
    "accept.valid_only",
    "accept.own_user_only",
    "accept.authenticated",
    "accept.reset",
    "keep_alive.method",
    "keep_alive.interval",
    "keep_alive.max_tries",
    "nat.keep_alive",
    "nat.keep_alive_interval",
    "nat.rport",
    "nat.rewrite_contact",
    "dns.mode",
    "dns.use_registered_ip",
};

static const char *const values[] = {
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.3:5080",
    "2001:db8::1",
    "a.example",
    "b.example",
    "c.example:5070",
    "0",
    "1",
    "2",
    "5",
    "30",
    "60",
    "600",
    "3600",
    "5060",
    "86400",
    "3888000",
    "2147483647",
    "0.001",
    "0.5",
    "4",
    "yes",
    "no",
    "udp",
    "tcp",
    "tls",
    "dns",
    "new-requests",
    "dns-ttl",
    "registration",
    "duration",
    "stay",
    "probe",
    "same",
    "in-route",
    "not-in-route",
    "always",
    "sip",
    "sips",
    "options",
    "crlf",
    "all",
    "instance",
    "shared",
    "per-account",
    "concurrent",
    "successive",
    "alice",
    "b\"o\\b",
    "",
    "urn:uuid:00000000-0000-1000-8000-000a95a0e128",
    ";q=0.5",
    "%41@;\xc3\xa4",
};

/* Wrong pairs are refused, which is as good a call as any. */
static void set_one(struct hf_settings *settings, struct choices *choices) {
    unsigned key = choose_below(choices, sizeof keys / sizeof keys[0] + 1);
    unsigned value = choose_below(choices, sizeof values / sizeof values[0] + 2);
    struct hf_settings_error error;
    char text[256], name[64];

    if (key == sizeof keys / sizeof keys[0]) {
        struct hf_slice chosen = choose_bytes(choices, choose_below(choices, sizeof name));
        struct writer w = writer_of(name, sizeof name);

        writer_put_slice(&w, chosen);
        (void)writer_terminate(&w);
    }
    if (value >= sizeof values / sizeof values[0]) {
        struct hf_slice chosen = choose_bytes(choices, choose_below(choices, 255));
        struct writer w = writer_of(text, sizeof text);

        writer_put_slice(&w, chosen);
        (void)writer_terminate(&w);
    }
    (void)hf_settings_set(settings, key < sizeof keys / sizeof keys[0] ? keys[key] : name,
                          value < sizeof values / sizeof values[0] ? values[value] : text, &error);
}

static void set(struct hf_settings *settings, const char *key, const char *value) {
    (void)hf_settings_set(settings, key, value, NULL);
}

/* What so many runs need that it is worth one byte. */
static void set_servers(struct hf_settings *settings, unsigned how) {
    static const char *const servers[][3] = {
        {"192.0.2.1", NULL, NULL},        {"192.0.2.1", "192.0.2.2", NULL},
        {"192.0.2.1", "b.example", NULL}, {"a.example", NULL, NULL},
        {"a.example", "b.example", NULL}, {"a.example", "192.0.2.2", "c.example"},
        {"2001:db8::1", "a.example"},     {NULL, "192.0.2.2", "a.example"},
    };
    const char *const *chosen = servers[how % (sizeof servers / sizeof servers[0])];

    set(settings, "servers[1].address", chosen[0]);
    set(settings, "servers[2].address", chosen[1]);
    set(settings, "servers[3].address", chosen[2]);
    if (how & 0x10)
        set(settings, "proxies[1].address", "192.0.2.9");
    if (how & 0x20)
        set(settings, "proxies[2].address", "p.example");
    if (how & 0x40)
        set(settings, "transport", "tcp");
    if (how & 0x80)
        set(settings, "unregister_at_exit", "yes");
}

struct hf_settings *fuzz_settings(struct choices *choices) {
    struct hf_settings *settings;
    unsigned family = choose(choices);

    HF_ASSERT(hf_settings_create(families[family % 6], &settings) == 0);
    if (family < 0xf0)
        set(settings, "user", "alice");
    set(settings, "password", "secret");
    set_servers(settings, choose(choices));
    for (unsigned count = choose_below(choices, 16); count > 0; count--)
        set_one(settings, choices);
    return settings;
}
