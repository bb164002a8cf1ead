#include "sim/scenario_fault.h"

#include "sim/scenario_settings.h"

/* Words beside those of sim_fault_name. */
enum { OWN_WORDS = 4 };
static const char *const own_words[OWN_WORDS] = {
    "dns-records", "account-change", "account-remove",
    "partition", /* short for a link that is down */
};

static const char *const registrar_faults[] = {
    [REGISTRAR_WORKS] = "works",
    [REGISTRAR_SILENT] = "silent",
    [REGISTRAR_ANSWERS] = "answers",
    [REGISTRAR_TRYING] = "trying",
    [REGISTRAR_STALE] = "stale",
    [REGISTRAR_FOREIGN_CONTACT] = "foreign-contact",
    [REGISTRAR_NO_CONTACT] = "no-contact",
    [REGISTRAR_ZERO_EXPIRES] = "zero-expires",
    [REGISTRAR_REQUIRES] = "requires",
    [REGISTRAR_REFUSES] = "refuses",
    [REGISTRAR_CONTACT_TWICE] = "contact-twice",
    [REGISTRAR_CONTACT_MOVED] = "contact-moved",
    [REGISTRAR_ABSURD_EXPIRES] = "absurd-expires",
    [REGISTRAR_GRANTS_LESS] = "grants-less",
    [REGISTRAR_TOO_BRIEF] = "too-brief",
    [REGISTRAR_NEW_REALMS] = "new-realms",
    [REGISTRAR_SAME_NONCE] = "same-nonce",
    [REGISTRAR_ONE_USE_NONCES] = "one-use-nonces",
    [REGISTRAR_BABBLES] = "babbles",
    [REGISTRAR_IGNORES_OUTBOUND] = "ignores-outbound",
    [REGISTRAR_LACKS_OUTBOUND] = "lacks-outbound",
    [REGISTRAR_TWO_ANSWERS] = "two-answers",
};

const char *registrar_fault_name(enum registrar_fault_kind kind) {
    return (size_t)kind < sizeof registrar_faults / sizeof registrar_faults[0]
               ? registrar_faults[kind]
               : NULL;
}

bool registrar_fault_find(struct hf_slice name, enum registrar_fault_kind *ret) {
    for (size_t i = 0; i < sizeof registrar_faults / sizeof registrar_faults[0]; i++) {
        if (slice_equal_nocase(name, slice_from(registrar_faults[i]))) {
            *ret = (enum registrar_fault_kind)i;
            return true;
        }
    }
    return false;
}

const char *dns_result_name(enum hf_dns_result result) {
    return result == HF_DNS_NO_NAME     ? "no-name"
           : result == HF_DNS_NO_RECORD ? "no-record"
                                        : "failed";
}

const char *scenario_word(unsigned index) {
    if (index <= SIM_PROCESS_START)
        return sim_fault_name((enum sim_fault_kind)index);
    index -= SIM_PROCESS_START + 1;
    return index < OWN_WORDS ? own_words[index] : NULL;
}

bool scenario_find_word(struct hf_slice word, struct scenario_step *step) {
    if (sim_fault_find(word, &step->fault.kind))
        return true;
    for (unsigned i = 0; i < OWN_WORDS; i++) {
        if (!slice_equal(word, slice_from(own_words[i])))
            continue;
        step->action = i == 0   ? SCENARIO_DNS_RECORDS
                       : i == 1 ? SCENARIO_ACCOUNT_CHANGE
                       : i == 2 ? SCENARIO_ACCOUNT_REMOVE
                                : SCENARIO_FAULT;
        step->fault.kind = i == 3 ? SIM_LINK : SIM_SERVER_START;
        step->fault.link.down = i == 3;
        return true;
    }
    return false;
}

const char *scenario_step_name(const struct scenario_step *step) {
    switch (step->action) {
    case SCENARIO_FAULT:
        return sim_fault_name(step->fault.kind);
    case SCENARIO_DNS_RECORDS:
        return own_words[0];
    case SCENARIO_ACCOUNT_CHANGE:
        return own_words[1];
    case SCENARIO_ACCOUNT_REMOVE:
        return own_words[2];
    }
    return "";
}

static void read_server(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_server(r, value, &((struct scenario_step *)object)->fault.server);
}

static void read_process(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_process(r, value, &((struct scenario_step *)object)->fault.process);
}

static void read_forget(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_bool(r, value, &((struct scenario_step *)object)->fault.forget);
}

static void read_fault(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    if (!registrar_fault_find(reading_raw(value), &step->fault.registrar.kind))
        (void)reading_wrong(r, value,
                            "something that a registrar does wrong (answers, silent, trying, "
                            "stale, no-contact, foreign-contact, zero-expires, …)");
}

static void read_status(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    uint32_t status = 0;

    if (!reading_number32(r, value, 699, &status))
        return;
    if (status < 100)
        (void)reading_wrong(r, value, "a status code from 100 to 699");
    if (step->fault.registrar.kind == REGISTRAR_WORKS)
        step->fault.registrar.kind = REGISTRAR_ANSWERS;
    step->fault.registrar.status = status;
}

/* "Retry-After: 30", or a list of such lines, or a map of them. */
static void read_headers(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    bool map = value->type == YAML_MAPPING_NODE;
    size_t count = map ? reading_pairs(value) : reading_items(value);
    char text[512];
    struct writer w = writer_of(text, sizeof text - 1);

    for (size_t i = 0; i < count; i++) {
        struct hf_slice name = SLICE_NONE;
        yaml_node_t *item = map ? reading_pair(r, value, i, &name) : reading_item(r, value, i);
        struct hf_slice line = slice_trim(reading_raw(item));

        if (map) {
            writer_put_slice(&w, name);
            writer_put_literal(&w, ": ");
        }
        if ((!map && slice_index(line, ':') == line.len) || slice_index(line, '\n') < line.len)
            (void)reading_wrong(r, item, "a header (such as 'Retry-After: 30')");
        writer_put_slice(&w, line);
        writer_put_literal(&w, "\r\n");
    }
    if (w.full)
        reading_error(r, value, "headers: more than 511 bytes");
    step->fault.registrar.headers = slice_from(scenario_text(r->scenario, writer_slice(&w)));
}

static void read_method(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    const char *text = "";

    if (reading_text(r, value, &text) && strlen(text) > 31)
        (void)reading_wrong(r, value, "a method of at most 31 bytes");
    step->fault.registrar.method = slice_from(text);
}

static void read_option(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    const char *text = "";

    if (reading_text(r, value, &text) && strlen(text) > 31)
        (void)reading_wrong(r, value, "an option tag of at most 31 bytes");
    step->fault.registrar.option = slice_from(text);
}

static void read_count(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    uint32_t count = 0;

    if (reading_number32(r, value, 1000000000, &count))
        step->fault.registrar.count = count;
}

static void read_delay(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_time(r, value, &((struct scenario_step *)object)->fault.span);
}

static void read_rate(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_number32(r, value, 1000000, &((struct scenario_step *)object)->fault.number);
}

static void read_min(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_seconds(r, value, &((struct scenario_step *)object)->fault.number);
}

static void read_max(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_seconds(r, value, &((struct scenario_step *)object)->fault.number_max);
}

static void read_tls(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    for (int fault = SIM_TLS_WORKS; fault <= SIM_TLS_REFUSED; fault++) {
        if (slice_equal(reading_raw(value),
                        slice_from(sim_tls_fault_name((enum sim_tls_fault)fault)))) {
            step->fault.tls = (enum sim_tls_fault)fault;
            return;
        }
    }
    (void)reading_wrong(r, value, "works, handshake, certificate or refused");
}

static void read_piece(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    if (slice_equal(reading_raw(value), SLICE("random")))
        step->fault.number = SIM_PIECES_RANDOM;
    else
        (void)reading_number32(r, value, SIM_PIECES_RANDOM - 1, &step->fault.number);
}

static void read_text_name(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    const char *text = "";

    (void)reading_text(r, value, &text);
    step->fault.name = slice_from(text);
}

static void read_link(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    for (const struct field *field = scenario_link_fields; field->name; field++) {
        if (strcmp(field->name, r->key) == 0)
            field->read(r, &step->fault.link, value);
    }
}

static void read_result(struct reading *r, void *object, yaml_node_t *value) {
    static const enum hf_dns_result results[] = {HF_DNS_FAILED, HF_DNS_NO_NAME, HF_DNS_NO_RECORD};
    struct scenario_step *step = object;

    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (slice_equal_nocase(reading_raw(value), slice_from(dns_result_name(results[i])))) {
            step->fault.dns_result = results[i];
            return;
        }
    }
    (void)reading_wrong(r, value, "failed, no-name or no-record");
}

static void read_record(struct reading *r, void *object, yaml_node_t *value) {
    scenario_read_record(r, value, &((struct scenario_step *)object)->fault.record);
}

static void read_ttl(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_seconds(r, value, &((struct scenario_step *)object)->fault.number);
}

static void read_address(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    (void)reading_address(r, value, false, &step->fault.address);
}

static void read_records(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    if (reading_items(value) > 0)
        step->records = reading_records(r, value, step->fault.number, &step->record_count);
}

static void read_account(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    if (!slice_equal(reading_raw(value), SLICE("all")))
        (void)reading_text(r, value, &step->account);
}

static void read_set(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    struct hf_settings *settings = NULL;

    step->settings = reading_settings(r, value, NULL, &step->setting_count);
    if (hf_settings_create(NULL, &settings) != 0) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < step->setting_count; i++) {
        struct hf_settings_error error = {0};
        int result = scenario_set(settings, &step->settings[i], false, 0, &error);

        if (result != 0)
            (void)scenario_report(r->messages, false, step->settings[i].line, "%s", error.message);
    }
    hf_settings_free(settings);
}

static const struct field server_fields[] = {{"server", read_server}, {0}};
static const struct field server_forget_fields[] = {
    {"server", read_server}, {"forget", read_forget}, {0}};
static const struct field server_fault_fields[] = {
    {"server", read_server}, {"fault", read_fault},
    {"status", read_status}, {"headers", read_headers},
    {"method", read_method}, {"count", read_count},
    {"option", read_option}, {0}};
static const struct field server_delay_fields[] = {
    {"server", read_server}, {"delay", read_delay}, {0}};
static const struct field server_rate_fields[] = {
    {"server", read_server}, {"rate", read_rate}, {0}};
static const struct field server_limits_fields[] = {
    {"server", read_server}, {"expires_min", read_min}, {"expires_max", read_max}, {0}};
static const struct field server_realm_fields[] = {
    {"server", read_server}, {"realm", read_text_name}, {0}};
static const struct field server_tls_fields[] = {{"server", read_server}, {"tls", read_tls}, {0}};
static const struct field streams_cut_fields[] = {
    {"server", read_server}, {"piece", read_piece}, {"pause", read_delay}, {0}};
static const struct field link_fields[] = {{"server", read_server},
                                           {"process", read_process},
                                           {"latency", read_link},
                                           {"jitter", read_link},
                                           {"loss", read_link},
                                           {"duplicate", read_link},
                                           {"reorder", read_link},
                                           {"down", read_link},
                                           {"ipv4", read_link},
                                           {"ipv6", read_link},
                                           {0}};
static const struct field process_fields[] = {{"process", read_process}, {0}};
static const struct field process_forget_fields[] = {
    {"process", read_process}, {"forget", read_forget}, {0}};
static const struct field nat_timeout_fields[] = {
    {"process", read_process}, {"timeout", read_delay}, {0}};
static const struct field dns_fields[] = {{"name", read_text_name}, {0}};
static const struct field dns_silent_fields[] = {
    {"name", read_text_name}, {"type", read_record}, {0}};
static const struct field dns_fails_fields[] = {
    {"name", read_text_name}, {"result", read_result}, {"type", read_record}, {0}};
static const struct field dns_delay_fields[] = {
    {"name", read_text_name}, {"delay", read_delay}, {"type", read_record}, {0}};
static const struct field dns_address_fields[] = {
    {"name", read_text_name}, {"address", read_address}, {"ttl", read_ttl}, {0}};
static const struct field dns_records_fields[] = {
    {"name", read_text_name}, {"ttl", read_ttl}, {"records", read_records}, {0}};
static const struct field change_fields[] = {{"account", read_account}, {"set", read_set}, {0}};
static const struct field remove_fields[] = {{"account", read_account}, {0}};

static const struct field *const fault_fields[] = {
    [SIM_SERVER_START] = server_forget_fields,
    [SIM_SERVER_STOP] = server_forget_fields,
    [SIM_SERVER_OFF] = server_forget_fields,
    [SIM_SERVER_FREEZE] = server_fields,
    [SIM_SERVER_FAULT] = server_fault_fields,
    [SIM_SERVER_DELAY] = server_delay_fields,
    [SIM_SERVER_RATE] = server_rate_fields,
    [SIM_SERVER_LIMITS] = server_limits_fields,
    [SIM_SERVER_REALM] = server_realm_fields,
    [SIM_SERVER_NONCES] = server_fields,
    [SIM_SERVER_TLS] = server_tls_fields,
    [SIM_STREAMS_CLOSE] = server_fields,
    [SIM_STREAMS_DEAFEN] = server_fields,
    [SIM_STREAMS_CUT] = streams_cut_fields,
    [SIM_LINK] = link_fields,
    [SIM_NAT_REBIND] = process_fields,
    [SIM_NAT_TIMEOUT] = nat_timeout_fields,
    [SIM_DNS_ANSWERS] = dns_fields,
    [SIM_DNS_FAILS] = dns_fails_fields,
    [SIM_DNS_SILENT] = dns_silent_fields,
    [SIM_DNS_DELAY] = dns_delay_fields,
    [SIM_DNS_ADDRESS] = dns_address_fields,
    [SIM_PROCESS_KILL] = process_forget_fields,
    [SIM_PROCESS_STOP] = process_forget_fields,
    [SIM_PROCESS_SLEEP] = process_fields,
    [SIM_PROCESS_START] = process_forget_fields,
};

bool scenario_step_can_end(const struct scenario_step *step) {
    if (step->action != SCENARIO_FAULT)
        return step->action == SCENARIO_DNS_RECORDS;
    switch (step->fault.kind) {
    case SIM_SERVER_START:
    case SIM_SERVER_NONCES:
    case SIM_STREAMS_CLOSE:
    case SIM_STREAMS_DEAFEN:
    case SIM_NAT_REBIND:
    case SIM_DNS_ANSWERS:
    case SIM_PROCESS_START:
        return false;
    case SIM_SERVER_STOP:
    case SIM_SERVER_OFF:
    case SIM_SERVER_FREEZE:
    case SIM_SERVER_FAULT:
    case SIM_SERVER_DELAY:
    case SIM_SERVER_RATE:
    case SIM_SERVER_LIMITS:
    case SIM_SERVER_REALM:
    case SIM_SERVER_TLS:
    case SIM_STREAMS_CUT:
    case SIM_LINK:
    case SIM_NAT_TIMEOUT:
    case SIM_DNS_FAILS:
    case SIM_DNS_SILENT:
    case SIM_DNS_DELAY:
    case SIM_DNS_ADDRESS:
    case SIM_PROCESS_KILL:
    case SIM_PROCESS_STOP:
    case SIM_PROCESS_SLEEP:
        return true;
    }
    return false;
}

const struct field *scenario_step_begin(struct reading *r, yaml_node_t *item,
                                        struct scenario_step *step) {
    yaml_node_t *server = reading_find(r, item, "server");
    yaml_node_t *process = reading_find(r, item, "process");
    struct scenario_messages none = {0};
    struct reading quiet = *r;

    if (step->action == SCENARIO_ACCOUNT_CHANGE)
        return change_fields;
    if (step->action == SCENARIO_ACCOUNT_REMOVE)
        return remove_fields;
    step->fault.number =
        step->action == SCENARIO_DNS_RECORDS || step->fault.kind == SIM_DNS_ADDRESS ? 300 : 0;
    if (step->action == SCENARIO_DNS_RECORDS)
        return dns_records_fields;
    step->fault.dns_result = HF_DNS_FAILED;
    step->fault.number_max = step->fault.kind == SIM_SERVER_LIMITS ? 3600 : 0;
    if (step->fault.kind == SIM_LINK) { /* what is not said of the link stays as it was */
        bool down = step->fault.link.down;

        quiet.messages = &none;
        if (server)
            (void)reading_server(&quiet, server, &step->fault.server);
        if (process)
            (void)reading_process(&quiet, process, &step->fault.process);
        step->fault.link =
            scenario_link_between(r->scenario, step->fault.process, step->fault.server);
        step->fault.link.down |= down;
        scenario_messages_release(&none);
    }
    return fault_fields[step->fault.kind];
}

static bool has(struct reading *r, yaml_node_t *item, const char *key) {
    if (reading_find(r, item, key))
        return true;
    reading_error(r, item, "timeline: '%s:' is missing", key);
    return false;
}

/* A step that names no server means the only one there is. */
static void check_server(struct reading *r, yaml_node_t *item, const struct scenario_step *step) {
    if (step->fault.kind <= SIM_STREAMS_CUT && r->scenario->server_count > 1)
        (void)has(r, item, "server");
}

void scenario_step_check(struct reading *r, yaml_node_t *item, const struct scenario_step *step) {
    const struct sim_fault *fault = &step->fault;

    if (step->action == SCENARIO_DNS_RECORDS) {
        (void)(has(r, item, "name") && has(r, item, "records"));
        return;
    }
    if (step->action == SCENARIO_ACCOUNT_CHANGE || step->action == SCENARIO_ACCOUNT_REMOVE) {
        if (has(r, item, "account") && step->action == SCENARIO_ACCOUNT_CHANGE)
            (void)has(r, item, "set");
        return;
    }
    check_server(r, item, step);
    if (fault->kind == SIM_SERVER_FAULT && !reading_find(r, item, "fault") &&
        !reading_find(r, item, "status"))
        reading_error(r, item, "timeline: 'fault:' or 'status:' is missing");
    if (fault->registrar.kind == REGISTRAR_ANSWERS && fault->registrar.status == 0)
        (void)has(r, item, "status");
    if (fault->kind == SIM_SERVER_DELAY || fault->kind == SIM_DNS_DELAY)
        (void)has(r, item, "delay");
    if (fault->kind == SIM_PROCESS_SLEEP)
        (void)has(r, item, "for");
    if (fault->kind == SIM_SERVER_RATE)
        (void)has(r, item, "rate");
    if (fault->kind == SIM_SERVER_TLS)
        (void)has(r, item, "tls");
    if (fault->kind == SIM_STREAMS_CUT)
        (void)has(r, item, "piece");
    if (fault->kind == SIM_SERVER_REALM)
        (void)has(r, item, "realm");
    if (fault->kind == SIM_NAT_TIMEOUT)
        (void)has(r, item, "timeout");
    if (fault->kind == SIM_SERVER_LIMITS && fault->number > fault->number_max)
        reading_error(r, item, "expires_min is more than expires_max");
    if (fault->kind == SIM_DNS_ADDRESS)
        (void)(has(r, item, "name") && has(r, item, "address"));
}
