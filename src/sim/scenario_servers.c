/* `servers:`, a list or a map of names:
 *
 *   servers: [pbx1.example.com, pbx2.example.com]
 *
 *   servers:
 *     primary: 192.0.2.1
 *     backup:
 *       address: 192.0.2.2:5062
 *       rate: 500
 */
#include <stdio.h>

#include "base/address.h"
#include "base/limits.h"
#include "sim/scenario_reading.h"
#include "sim/scenario_writing.h"
#include "sip/digest.h"

static struct registrar_options *registrar_of(void *object) {
    return &((struct scenario_server *)object)->options.registrar;
}

static void read_name(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_server *server = object;

    (void)reading_text(r, value, &server->options.name);
}

static void read_address(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_server *server = object;

    (void)reading_address(r, value, true, &server->options.address);
}

static void read_ipv6(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_server *server = object;
    size_t number = (size_t)(server - r->scenario->servers) + 1;
    struct hf_address own = scenario_ipv6_address(SCENARIO_NETWORK_SERVERS, number);

    reading_other_address(r, value, &own, &server->options.other);
}

static void read_port(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_server *server = object;
    uint32_t port = 0;

    if (reading_number32(r, value, UINT16_MAX, &port))
        server->options.address.port = (uint16_t)port;
}

/* "500", "500/s" */
static void read_rate(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_server *server = object;
    struct hf_slice text = reading_raw(value);
    uint64_t rate;

    text = slice_trim(slice_split(&text, '/'));
    if (!slice_to_number(text, &rate) || rate > 1000000)
        (void)reading_wrong(r, value, "a number of requests a second, up to 1000000");
    else
        server->options.rate = (uint32_t)rate;
}

static void read_queue(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_server *server = object;

    (void)reading_number32(r, value, 10000000, &server->options.queue_max);
}

static void read_expires_min(struct reading *r, void *object, yaml_node_t *value) {
    struct registrar_options *options = registrar_of(object);

    if (reading_seconds(r, value, &options->expires_min) &&
        options->expires_max < options->expires_min)
        options->expires_max = options->expires_min; /* unless it is given: that is read next */
}

static void read_expires_max(struct reading *r, void *object, yaml_node_t *value) {
    struct registrar_options *options = registrar_of(object);
    struct registrar_options normal;

    registrar_options_init(&normal);
    if (!reading_seconds(r, value, &options->expires_max))
        return;
    if (options->expires_max < options->expires_min && options->expires_min == normal.expires_min)
        options->expires_min = options->expires_max;
    if (options->expires_default > options->expires_max)
        options->expires_default = options->expires_max;
}

static void read_expires_default(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_seconds(r, value, &registrar_of(object)->expires_default);
}

static void read_realm(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_text(r, value, &registrar_of(object)->realm);
}

static void read_open(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_bool(r, value, &registrar_of(object)->open);
}

static void read_offers(struct reading *r, void *object, yaml_node_t *value) {
    struct registrar_options *options = registrar_of(object);
    size_t count = reading_items(value);

    if (count > REGISTRAR_OFFERS_MAX) {
        reading_error(r, value, "offers: at most %d algorithms", REGISTRAR_OFFERS_MAX);
        return;
    }
    options->offer_count = 0;
    for (size_t i = 0; i < count; i++) {
        yaml_node_t *item = reading_item(r, value, i);
        struct hf_slice text = slice_trim(reading_raw(item));
        enum digest_algorithm found = digest_algorithm_find(text);

        if (found == DIGEST_UNKNOWN || text.len == 0)
            (void)reading_wrong(r, item, "an algorithm (MD5, SHA-256, SHA-512-256, …-sess)");
        else
            options->offers[options->offer_count++] = found;
    }
}

static const char *const qop_words[] = {
    [REGISTRAR_QOP_AUTH] = "auth",
    [REGISTRAR_QOP_AUTH_INT] = "auth-int",
    [REGISTRAR_QOP_BOTH] = "both",
    [REGISTRAR_QOP_NONE] = "none",
};

const char *registrar_qop_name(enum registrar_qop qop) {
    return qop_words[qop];
}

static void read_qop(struct reading *r, void *object, yaml_node_t *value) {
    for (unsigned i = 0; i < sizeof qop_words / sizeof qop_words[0]; i++) {
        if (slice_equal_nocase(reading_raw(value), slice_from(qop_words[i]))) {
            registrar_of(object)->qop = (enum registrar_qop)i;
            return;
        }
    }
    (void)reading_wrong(r, value, "auth, auth-int, both or none");
}

static void read_nonce_lifetime(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_seconds(r, value, &registrar_of(object)->nonce_lifetime);
}

static void read_flow_timer(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_seconds(r, value, &registrar_of(object)->flow_timer);
}

static void read_contacts(struct reading *r, void *object, yaml_node_t *value) {
    uint32_t number = 0;

    if (reading_number32(r, value, 1000, &number))
        registrar_of(object)->contacts_max = number;
}

static void read_service_route(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_text(r, value, &registrar_of(object)->service_route);
}

static void read_delay(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_time(r, value, &((struct scenario_server *)object)->delay);
}

static void read_strangers(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_bool(r, value, &((struct scenario_server *)object)->strangers);
}

static void read_users(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_server *server = object;
    size_t count = reading_pairs(value);

    if (value->type != YAML_MAPPING_NODE) {
        (void)reading_wrong(r, value, "lines 'user: password'");
        return;
    }
    server->users = reading_list(r, value, count, sizeof *server->users, SCENARIO_LIST_MAX);
    for (size_t i = 0; server->users && i < count; i++) {
        struct scenario_user *user = &server->users[server->user_count];
        struct hf_slice name;
        yaml_node_t *password = reading_pair(r, value, i, &name);

        user->name = scenario_text(r->scenario, name);
        if (reading_name(r, password, "a user", name, LIMIT_SETTING_TEXT_BYTES) &&
            reading_text(r, password, &user->password))
            server->user_count++;
    }
}

static const struct field fields[] = {
    {"name", read_name},
    {"address", read_address},
    {"ipv6", read_ipv6},
    {"port", read_port},
    {"rate", read_rate},
    {"queue", read_queue},
    {"delay", read_delay},
    {"expires_min", read_expires_min},
    {"expires_max", read_expires_max},
    {"expires_default", read_expires_default},
    {"realm", read_realm},
    {"open", read_open},
    {"offers", read_offers},
    {"qop", read_qop},
    {"nonce_lifetime", read_nonce_lifetime},
    {"contacts_max", read_contacts},
    {"service_route", read_service_route},
    {"flow_timer", read_flow_timer},
    {"users", read_users},
    {"strangers", read_strangers},
    {0},
};

static bool is_field(struct hf_slice key) {
    for (const struct field *field = fields; field->name; field++) {
        if (slice_equal(key, slice_from(field->name)))
            return true;
    }
    return false;
}

/* An address alone, or all that is said of the server; only a name: it gets an address later. */
static void read_server(struct reading *r, yaml_node_t *value, struct hf_slice name) {
    struct scenario *scenario = r->scenario;
    struct scenario_server *server = &scenario->servers[scenario->server_count];
    char buffer[LIMIT_NAME_BYTES + 1];
    unsigned line = reading_line(value);
    bool wrong = name.len > 0 && !reading_name(r, value, "a server", name, LIMIT_NAME_BYTES);

    snprintf(buffer, sizeof buffer, "%.*s", SLICE_ARGS(name));
    if (scenario_server_init(scenario, server, buffer) != 0) {
        r->no_memory = true;
        return;
    }
    server->line = line;
    if (value->type == YAML_MAPPING_NODE)
        reading_map(r, value, "a server", fields, server);
    else if (!reading_is_empty(value))
        read_address(r, server, value);
    if (!wrong)
        (void)reading_name(r, value, "a server", slice_from(server->options.name),
                           LIMIT_NAME_BYTES);
    scenario->server_count++;
}

/* An element of a list: a name (or address), one 'name: …', or a map with the name in it. */
static void read_element(struct reading *r, yaml_node_t *item) {
    struct hf_slice name = slice_trim(reading_raw(item));
    struct hf_address address = {0};
    yaml_node_t empty = {.type = YAML_SCALAR_NODE, .start_mark = item->start_mark};

    if (item->type == YAML_SCALAR_NODE) {
        read_server(r, address_parse(name, &address) ? item : &empty, name);
    } else if (item->type == YAML_MAPPING_NODE && reading_pairs(item) == 1) {
        yaml_node_t *value = reading_pair(r, item, 0, &name);

        if (is_field(name))
            read_server(r, item, SLICE_NONE);
        else
            read_server(r, value, name);
    } else {
        read_server(r, item, SLICE_NONE);
    }
}

static bool is_taken(const struct scenario *scenario, const struct hf_address *address) {
    for (size_t i = 0; i < scenario->server_count; i++) {
        if (address_same_host(&scenario->servers[i].options.address, address) ||
            address_same_host(&scenario->servers[i].options.other, address))
            return true;
    }
    return false;
}

/* Servers without an address get one of 192.0.2.0/24 (RFC 5737). */
static void give_addresses(struct scenario *scenario) {
    for (size_t i = 0; i < scenario->server_count; i++) {
        struct hf_address *address = &scenario->servers[i].options.address;
        struct hf_address next = {
            .family = HF_FAMILY_IPV4, .port = address->port, .ip = {192, 0, 2, 1}};

        if (address->family != HF_FAMILY_NONE)
            continue;
        while (is_taken(scenario, &next))
            next.ip[3]++;
        *address = next;
    }
}

static void check_servers(struct reading *r) {
    const struct scenario *scenario = r->scenario;

    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct scenario_server *a = &scenario->servers[i];
        const struct registrar_options *options = &a->options.registrar;

        if (options->expires_min > options->expires_max)
            (void)scenario_report(r->messages, false, a->line,
                                  "expires_min is more than expires_max");
        if (a->options.other.family == a->options.address.family)
            (void)scenario_report(r->messages, false, a->line,
                                  "ipv6: its 'address:' is of IPv6 already");
        if (strcmp(a->options.name, "all") == 0)
            (void)scenario_report(r->messages, false, a->line, "no server may be called 'all'");
        for (size_t k = 0; k < i; k++) {
            const struct scenario_server *b = &scenario->servers[k];

            if (strcmp(a->options.name, b->options.name) == 0)
                (void)scenario_report(r->messages, false, a->line, "a second server '%s'",
                                      a->options.name);
            if (address_same_host(&a->options.address, &b->options.address) ||
                address_same_host(&a->options.address, &b->options.other) ||
                address_same_host(&a->options.other, &b->options.address) ||
                (a->options.other.family != HF_FAMILY_NONE &&
                 address_same_host(&a->options.other, &b->options.other)))
                (void)scenario_report(r->messages, false, a->line, "'%s' has the address of '%s'",
                                      a->options.name, b->options.name);
        }
    }
}

void scenario_read_servers(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario *scenario = r->scenario;
    bool map = value->type == YAML_MAPPING_NODE;
    size_t count = map ? reading_pairs(value) : reading_items(value);

    (void)object;
    scenario->servers =
        reading_list(r, value, count, sizeof *scenario->servers, SCENARIO_SERVERS_MAX);
    for (size_t i = 0; scenario->servers && i < count && !r->no_memory; i++) {
        if (map) {
            struct hf_slice name;
            yaml_node_t *server = reading_pair(r, value, i, &name);

            read_server(r, server, name);
        } else {
            read_element(r, reading_item(r, value, i));
        }
    }
    give_addresses(scenario);
    check_servers(r);
}
