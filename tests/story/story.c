#include "story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/cmocka_all.h"
#include "base/address.h"
#include "base/assert.h"
#include "base/outbox.h"
#include "base/slice.h"
#include "base/writer.h"
#include "sip/message.h"

enum { STEPS_MAX = 1000000, SHARED_PORT = 40000, TEXT_MAX = 16384 };

/* ---- families */

/* Stories are told in the addresses of RFC 5737, and over IPv6 when HOLDFAST_FAMILY is 6: then
 * a.b.c.d stands for 2001:d0d::a:b.c, in what the engine is told, and back in what it sends. The
 * last number stays where it was, as the fourth byte. */
bool world_has_ipv6(void) {
    const char *family = getenv("HOLDFAST_FAMILY");

    return family && strcmp(family, "6") == 0;
}

struct hf_address world_address(struct hf_address address) {
    const uint8_t *ip = address.ip;

    if (!world_has_ipv6() || address.family != HF_FAMILY_IPV4)
        return address;
    return (struct hf_address){.family = HF_FAMILY_IPV6,
                               .port = address.port,
                               .ip = {0x20, 0x01, 0x0d, ip[3], [13] = ip[0], ip[1], ip[2]}};
}

static bool is_ours(const struct hf_address *address) {
    static const uint8_t prefix[3] = {0x20, 0x01, 0x0d};

    return address->family == HF_FAMILY_IPV6 && memcmp(address->ip, prefix, sizeof prefix) == 0 &&
           address->ip[13] != 0;
}

/* An address at the start of the text: how long it is there, 0: there is none. */
static size_t address_at(struct hf_slice text, const char *letters, struct hf_address *ret) {
    size_t len = 0;

    while (len < text.len && strchr(letters, text.ptr[len]))
        len++;
    while (len > 1 && (text.ptr[len - 1] == '.' || text.ptr[len - 1] == ':') &&
           text.ptr[len - 2] != ':') /* what ends a sentence or begins another */
        len--;
    return len > 0 && address_parse(slice_of(text.ptr, len), ret) ? len : 0;
}

static size_t put_new(struct writer *w, struct hf_slice rest) {
    struct hf_address address;
    size_t len =
        rest.ptr[0] >= '0' && rest.ptr[0] <= '9' ? address_at(rest, "0123456789.", &address) : 0;

    if (len == 0)
        return 0;
    address = world_address(address);
    address_write_host(w, &address, true);
    return len;
}

static size_t put_old(struct writer *w, struct hf_slice rest) {
    const char *prefix = rest.ptr[0] == '[' ? "[2001:d" : "2001:d";

    if (!slice_starts_with_nocase(rest, slice_from(prefix)))
        return 0;
    struct hf_address address;
    size_t len = address_at(
        rest, rest.ptr[0] == '[' ? "[]0123456789abcdef:" : "0123456789abcdef:", &address);
    const char *end = rest.ptr[0] == '[' ? memchr(rest.ptr, ']', rest.len) : NULL;

    if (end) /* a port may follow */
        len = address_parse(slice_of(rest.ptr, (size_t)(end + 1 - rest.ptr)), &address)
                  ? (size_t)(end + 1 - rest.ptr)
                  : 0;
    if (len == 0 || !is_ours(&address))
        return 0;
    const uint8_t *ip = address.ip;
    const struct hf_address old = {.family = HF_FAMILY_IPV4, .ip = {ip[13], ip[14], ip[15], ip[3]}};

    address_write_host(w, &old, false);
    return len;
}

static bool continues(const char *from, const char *at) {
    return at > from && strchr("0123456789abcdef.:", at[-1]) && at[-1] != ':';
}

static void translate(char *to, size_t size, const char *from,
                      size_t (*put)(struct writer *, struct hf_slice)) {
    struct writer w = writer_of(to, size);
    const char *end = from + strlen(from);

    for (const char *at = from; at < end;) {
        size_t len = continues(from, at) ? 0 : put(&w, slice_of(at, (size_t)(end - at)));

        if (len == 0)
            writer_put(&w, at, 1);
        at += len > 0 ? len : 1;
    }
    HF_ASSERT(writer_terminate(&w));
}

void world_text_in(char *to, size_t size, const char *from) {
    if (world_has_ipv6())
        translate(to, size, from, put_new);
    else
        HF_ASSERT((size_t)snprintf(to, size, "%s", from) < size);
}

void world_text_out(char *text, size_t size) {
    char copy[TEXT_MAX];

    if (!world_has_ipv6())
        return;
    HF_ASSERT((size_t)snprintf(copy, sizeof copy, "%s", text) < sizeof copy);
    translate(text, size, copy, put_old);
}

bool world_said(struct hf_slice text, const char *expected) {
    char copy[1024];

    snprintf(copy, sizeof copy, "%.*s", SLICE_ARGS(text));
    world_text_out(copy, sizeof copy);
    return strcmp(copy, expected) == 0;
}

int world_dns_set(struct sim *sim, const char *name, const struct hf_dns_record *records,
                  size_t count) {
    struct hf_dns_record mine[16];

    HF_ASSERT(count <= sizeof mine / sizeof mine[0]);
    for (size_t i = 0; i < count; i++) {
        mine[i] = records[i];
        if (mine[i].type != HF_DNS_A || !world_has_ipv6())
            continue;
        mine[i].type = HF_DNS_AAAA;
        mine[i].address = world_address(mine[i].address);
    }
    return sim_dns_set(sim, name, mine, count);
}

/* ---- the world */

/* Stories are told over each transport: HOLDFAST_TRANSPORT says which; UDP without it. */
static const char *transport(void) {
    const char *name = getenv("HOLDFAST_TRANSPORT");

    return name ? name : "udp";
}

bool world_has_streams(void) {
    return strcmp(transport(), "udp") != 0;
}

static struct hf_address address_of(uint8_t a, uint8_t b, uint8_t c, unsigned d) {
    return world_address(
        (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {a, b, c, (uint8_t)d}});
}

static void on_sent(void *user, const struct sim_packet *packet) {
    struct world *world = user;

    if (packet->from_process && packet->server != SIM_NONE)
        snprintf(world->last_request, sizeof world->last_request, "%.*s",
                 SLICE_ARGS(packet->bytes));
    world_text_out(world->last_request, sizeof world->last_request);
}

static void on_event(void *user, uint32_t process, const struct hf_event *event) {
    struct world *world = user;

    (void)process;
    assert_true(world->event_count < WORLD_LOG);
    world->events[world->event_count++] = (struct world_event){.kind = event->kind,
                                                               .account = event->account,
                                                               .status = event->status,
                                                               .target = event->target,
                                                               .at = sim_now(world->sim),
                                                               .took = event->took,
                                                               .cause = event->cause};
}

/* Via to CSeq of a request, for an answer to it. */
static void write_head(struct writer *w, struct hf_slice request) {
    struct sip_message message;

    assert_int_equal(sip_message_parse(&message, request), SIP_PARSED);
    for (unsigned i = 0; i < message.field_count; i++) {
        const struct sip_field *field = &message.fields[i];

        if (field->header != SIP_HEADER_VIA && field->header != SIP_HEADER_FROM &&
            field->header != SIP_HEADER_TO && field->header != SIP_HEADER_CALL_ID &&
            field->header != SIP_HEADER_CSEQ)
            continue;
        writer_put_slice(w, field->name);
        writer_put_literal(w, ": ");
        writer_put_slice(w, field->value);
        writer_put_literal(w, "\r\n");
    }
}

/* What the answer is when a story wants one of its own: "%s" stands for Via to CSeq. */
static bool answer_instead(void *user, const struct sim_packet *request, struct outbox *outbox) {
    struct world *world = user;
    char inject[sizeof world->inject], answer[12288];
    struct writer w = writer_of(answer, sizeof answer);

    if (world->inject[0] == '\0')
        return false;
    world_text_in(inject, sizeof inject, world->inject);
    const char *mark = strstr(inject, "%s");

    assert_non_null(mark);
    writer_put(&w, inject, (size_t)(mark - inject));
    write_head(&w, request->bytes);
    if (strcmp(transport(), "udp") != 0 && !strstr(mark, "Content-Length"))
        writer_put_literal(&w, "Content-Length: 0\r\n"); /* or nobody knows where it ends */
    writer_put_slice(&w, slice_from(mark + 2));
    assert_false(w.full);
    if (world->inject_count > 0 && --world->inject_count == 0)
        world->inject[0] = '\0';
    outbox_send(outbox, 1, &request->from, writer_slice(&w));
    return true;
}

static void add_server(struct world *world, unsigned index) {
    struct sim_server_options options = {.name = "server",
                                         .address = address_of(192, 0, 2, index + 1)};
    uint32_t server;

    registrar_options_init(&options.registrar);
    options.registrar.expires_min = 1;
    assert_int_equal(sim_add_server(world->sim, &options, &server), 0);
    world->servers[server].registrar = sim_registrar(world->sim, server);
    sim_answer_instead(world->sim, server, answer_instead, world);
}

static void init(struct world *world, const struct sim_process_options *process) {
    const struct sim_options options = {.seed = 7};
    const struct sim_observer observer = {.user = world, .sent = on_sent, .event = on_event};

    memset(world, 0, sizeof *world);
    assert_int_equal(sim_create(&options, &world->sim), 0);
    sim_observe(world->sim, &observer);
    for (unsigned i = 0; i < WORLD_SERVERS; i++)
        add_server(world, i);
    assert_int_equal(sim_add_process(world->sim, process, &world->process), 0);
    world->agent = sim_agent(world->sim, world->process);
    world->now = sim_now(world->sim);
    world->local_port = SHARED_PORT;
}

const char *world_service(void) {
    if (strcmp(transport(), "tls") == 0)
        return "_sips._tcp.example";
    return world_has_streams() ? "_sip._tcp.example" : "_sip._udp.example";
}

uint16_t world_port(void) {
    return strcmp(transport(), "tls") == 0 ? 5061 : 5060;
}

void world_init(struct world *world) {
    const struct sim_process_options process = {.name = "phone",
                                                .address = address_of(198, 51, 100, 1)};

    init(world, &process);
}

void world_init_behind_nat(struct world *world, hf_time timeout) {
    const struct sim_process_options process = {.name = "phone",
                                                .address = address_of(198, 51, 100, 1),
                                                .nat_address = address_of(203, 0, 113, 1),
                                                .nat_timeout = timeout};

    init(world, &process);
}

void world_init_behind_cone(struct world *world) {
    const struct sim_process_options process = {.name = "phone",
                                                .address = address_of(198, 51, 100, 1),
                                                .nat_address = address_of(203, 0, 113, 1),
                                                .nat_is_cone = true};

    init(world, &process);
}

void world_release(struct world *world) {
    sim_free(world->sim);
}

static void set(struct hf_settings *settings, const char *key, const char *value) {
    struct hf_settings_error error;
    char mine[1024];

    world_text_in(mine, sizeof mine, value);
    if (hf_settings_set(settings, key, mine, &error))
        fail_msg("%s=%s: %s", key, value, error.message);
}

struct hf_settings *world_settings(const char *family, ...) {
    struct hf_settings *settings;
    const char *pair;
    va_list pairs;

    assert_int_equal(hf_settings_create(family, &settings), 0);
    set(settings, "user", "alice");
    set(settings, "password", "pw-alice");
    set(settings, "servers[1].address", "192.0.2.1");
    set(settings, "transport", transport());
    va_start(pairs, family);
    while ((pair = va_arg(pairs, const char *)) != NULL) {
        char key[128];
        const char *equals = strchr(pair, '=');

        assert_non_null(equals);
        snprintf(key, sizeof key, "%.*s", (int)(equals - pair), pair);
        set(settings, key, equals + 1);
    }
    va_end(pairs);
    return settings;
}

static void apply(struct world *world, const struct sim_fault *fault) {
    assert_int_equal(sim_apply(world->sim, fault), 0);
}

/* The DNS as the story has it now. */
static void set_name(struct world *world, const struct world_name *name) {
    const struct hf_dns_record record = {
        .type = HF_DNS_A, .ttl = name->ttl, .address = name->address};
    struct sim_fault fault = {.kind = SIM_DNS_ANSWERS, .name = slice_from(name->name)};

    assert_int_equal(world_dns_set(world->sim, name->name, &record, name->address.family ? 1 : 0),
                     0);
    if (name->silent)
        fault.kind = SIM_DNS_SILENT;
    else if (name->failure != HF_DNS_OK)
        fault.kind = SIM_DNS_FAILS;
    fault.dns_result = name->failure;
    apply(world, &fault);
}

static void run_until(struct world *world, hf_time until) {
    uint64_t begun = sim_steps(world->sim);

    while (sim_step(world->sim, until))
        if (sim_steps(world->sim) - begun > STEPS_MAX)
            fail_msg("the world does not come to rest");
    world->now = sim_now(world->sim);
    for (unsigned i = 0; i < WORLD_SERVERS; i++) {
        struct sim_server_counters counters;

        sim_server_count_packets(world->sim, i, &counters);
        world->servers[i].received = (unsigned)counters.received;
        world->servers[i].registers = (unsigned)counters.registers;
    }
}

/* A story that has moved the clock on: the machine was suspended. */
static void catch_up(struct world *world) {
    hf_time until = world->now;
    const struct sim_fault sleep = {
        .kind = SIM_PROCESS_SLEEP, .process = world->process, .span = until - sim_now(world->sim)};

    if (sleep.span == 0)
        return;
    apply(world, &sleep);
    run_until(world, until);
}

/* What the story has changed, or done to the agent, takes effect. */
static void begin(struct world *world) {
    for (unsigned i = 0; i < WORLD_NAMES; i++)
        if (world->names[i].name)
            set_name(world, &world->names[i]);
    catch_up(world);
    sim_set_port(world->sim, world->process, world->local_port);
    sim_attend(world->sim, world->process);
}

void run_for(struct world *world, hf_time span) {
    begin(world);
    run_until(world, world->now + span);
}

hf_account_id world_add(struct world *world, struct hf_settings *settings) {
    hf_account_id id;

    assert_int_equal(hf_agent_add_account(world->agent, settings, 1, &id, world->now), 0);
    hf_settings_free(settings);
    run_for(world, 0);
    return id;
}

void world_restart(struct world *world) {
    catch_up(world);
    apply(world, &(struct sim_fault){.kind = SIM_PROCESS_START, .process = world->process});
    world->agent = sim_agent(world->sim, world->process);
}

hf_account_id world_restore(struct world *world, struct hf_settings *settings,
                            const struct hf_remembered *remembered) {
    hf_account_id id;

    assert_int_equal(
        hf_agent_restore_account(world->agent, settings, 1, remembered, &id, world->now), 0);
    hf_settings_free(settings);
    run_for(world, 0);
    return id;
}

struct hf_remembered world_remember(const struct world *world, hf_account_id account) {
    struct hf_remembered remembered;

    assert_int_equal(hf_agent_remember(world->agent, account, &remembered), 0);
    return remembered;
}

void server_down(struct world *world, unsigned server) {
    apply(world, &(struct sim_fault){.kind = SIM_SERVER_OFF, .server = server});
}

void server_refuses(struct world *world, unsigned server) {
    apply(world, &(struct sim_fault){.kind = SIM_SERVER_STOP, .server = server});
}

void server_up(struct world *world, unsigned server) {
    apply(world, &(struct sim_fault){.kind = SIM_SERVER_START, .server = server});
}

struct hf_account_status status_of(struct world *world, hf_account_id account) {
    struct hf_account_status status;

    assert_int_equal(hf_agent_account_status(world->agent, account, &status, world->now), 0);
    return status;
}

enum hf_account_state state_of(struct world *world, hf_account_id account) {
    return status_of(world, account).state;
}

unsigned bindings_at(const struct world *world, unsigned server) {
    struct registrar_counters counters;

    registrar_count(world->servers[server].registrar, &counters);
    return (unsigned)counters.bindings;
}

void expect_registered_at(struct world *world, hf_account_id account, unsigned server) {
    struct hf_account_status status = status_of(world, account);

    assert_int_equal(status.state, HF_STATE_REGISTERED);
    assert_int_equal(status.target.ip[3], server + 1);
}

unsigned count_events(const struct world *world, enum hf_event_kind kind) {
    unsigned count = 0;

    for (unsigned i = 0; i < world->event_count; i++)
        if (world->events[i].kind == kind)
            count++;
    return count;
}
