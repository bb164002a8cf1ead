#include "sim/scenario_writing.h"

#include <stdio.h>

#include "base/address.h"
#include "sim/scenario_fault.h"
#include "sim/scenario_words.h"

enum { TEXT = 80 };

void writing_text(struct page *page, const char *key, const char *value, const char *normal) {
    if (!value || (normal && strcmp(value, normal) == 0))
        return;
    page_print(page, "%s: ", key);
    page_put_quoted(page, slice_from(value));
    page_put(page, SLICE("\n"));
}

void writing_number(struct page *page, const char *key, uint64_t value, uint64_t normal) {
    if (value != normal)
        page_print(page, "%s: %llu\n", key, (unsigned long long)value);
}

static void put_time(struct page *page, hf_time time) {
    char text[TEXT];
    struct writer w = writer_of(text, sizeof text);

    words_write_time(&w, time);
    page_put(page, writer_slice(&w));
}

void writing_time(struct page *page, const char *key, hf_time value, hf_time normal) {
    if (value == normal)
        return;
    page_print(page, "%s: ", key);
    put_time(page, value);
    page_put(page, SLICE("\n"));
}

void writing_address(struct page *page, const char *key, const struct hf_address *address) {
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    address_write(&w, address);
    page_print(page, "%s: \"%.*s\"\n", key, SLICE_ARGS(writer_slice(&w)));
}

void writing_server(struct page *page, const struct scenario *scenario, uint32_t server) {
    page_put_quoted(page, server == SIM_NONE ? SLICE("all")
                                             : slice_from(scenario->servers[server].options.name));
}

void writing_process(struct page *page, const struct scenario *scenario, uint32_t process) {
    page_put_quoted(page, process == SIM_NONE
                              ? SLICE("all")
                              : slice_from(scenario->processes[process].options.name));
}

static void put_share(struct page *page, const char *indent, const char *key, uint32_t share) {
    char text[TEXT];
    struct writer w = writer_of(text, sizeof text);

    words_write_share(&w, share);
    page_print(page, "%s%s: %.*s\n", indent, key, SLICE_ARGS(writer_slice(&w)));
}

void writing_link(struct page *page, const char *indent, const struct sim_link *link) {
    page_print(page, "%slatency: ", indent);
    put_time(page, link->latency);
    page_print(page, "\n%sjitter: ", indent);
    put_time(page, link->jitter);
    page_put(page, SLICE("\n"));
    put_share(page, indent, "loss", link->loss);
    put_share(page, indent, "duplicate", link->duplicate);
    put_share(page, indent, "reorder", link->reorder);
    page_print(page, "%sdown: %s\n", indent, link->down ? "yes" : "no");
    page_print(page, "%sipv4: %s\n%sipv6: %s\n", indent, sim_way_name(link->ipv4), indent,
               sim_way_name(link->ipv6));
}

static void put_member(struct page *page, const char *key, struct hf_slice text) {
    page_print(page, ", %s: ", key);
    page_put_quoted(page, text);
}

static void put_record(struct page *page, const struct hf_dns_record *record) {
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    switch (record->type) {
    case HF_DNS_A:
    case HF_DNS_AAAA:
        address_write_host(&w, &record->address, false);
        page_print(page, "type: %s, address: \"%.*s\"", record->type == HF_DNS_A ? "A" : "AAAA",
                   SLICE_ARGS(writer_slice(&w)));
        break;
    case HF_DNS_SRV:
        page_print(page, "type: SRV, priority: %u, weight: %u, port: %u", record->srv.priority,
                   record->srv.weight, record->srv.port);
        put_member(page, "target", record->srv.target);
        break;
    case HF_DNS_NAPTR:
        page_print(page, "type: NAPTR, order: %u, preference: %u", record->naptr.order,
                   record->naptr.preference);
        put_member(page, "flags", record->naptr.flags);
        put_member(page, "service", record->naptr.service);
        put_member(page, "regexp", record->naptr.regexp);
        put_member(page, "replacement", record->naptr.replacement);
        break;
    }
}

void writing_records(struct page *page, const char *indent, const struct hf_dns_record *records,
                     size_t count) {
    page_put(page, count > 0 ? SLICE("\n") : SLICE(" []\n"));
    for (size_t i = 0; i < count; i++) {
        page_print(page, "%s- {", indent);
        put_record(page, &records[i]);
        page_print(page, ", ttl: %u}\n", records[i].ttl);
    }
}

/* Lines "NAME: value" in the text of whole headers. */
static void put_headers(struct page *page, struct hf_slice headers) {
    page_put(page, SLICE("    headers:\n"));
    while (headers.len > 0) {
        struct hf_slice line = slice_split(&headers, '\n');

        page_put(page, SLICE("      - "));
        page_put_quoted(page, slice_trim(line));
        page_put(page, SLICE("\n"));
    }
}

static void put_slice(struct page *page, const char *key, struct hf_slice text) {
    if (text.len == 0)
        return;
    page_print(page, "    %s: ", key);
    page_put_quoted(page, text);
    page_put(page, SLICE("\n"));
}

static void put_server_fault(struct page *page, const struct sim_fault *fault) {
    const struct registrar_fault *wrong = &fault->registrar;

    page_print(page, "    fault: %s\n", registrar_fault_name(wrong->kind));
    writing_number(page, "    status", wrong->status, 0);
    if (wrong->headers.len > 0)
        put_headers(page, wrong->headers);
    put_slice(page, "method", wrong->method);
    writing_number(page, "    count", wrong->count, 0);
    put_slice(page, "option", wrong->option);
}

static void put_pieces(struct page *page, const struct sim_fault *fault) {
    if (fault->number == SIM_PIECES_RANDOM)
        page_put(page, SLICE("    piece: random\n"));
    else
        page_print(page, "    piece: %u\n", fault->number);
    writing_time(page, "    pause", fault->span, 0);
}

/* What a fault has besides its server or process. */
static void put_fault(struct page *page, const struct sim_fault *fault) {
    switch (fault->kind) {
    case SIM_SERVER_START:
    case SIM_SERVER_STOP:
    case SIM_SERVER_OFF:
    case SIM_PROCESS_KILL:
    case SIM_PROCESS_STOP:
    case SIM_PROCESS_START:
        if (fault->forget)
            page_put(page, SLICE("    forget: yes\n"));
        break;
    case SIM_SERVER_FREEZE:
    case SIM_SERVER_NONCES:
    case SIM_STREAMS_CLOSE:
    case SIM_STREAMS_DEAFEN:
    case SIM_NAT_REBIND:
    case SIM_DNS_ANSWERS:
    case SIM_DNS_SILENT:
    case SIM_PROCESS_SLEEP:
        break;
    case SIM_SERVER_FAULT:
        put_server_fault(page, fault);
        break;
    case SIM_SERVER_DELAY:
    case SIM_DNS_DELAY:
        writing_time(page, "    delay", fault->span, HF_NEVER);
        break;
    case SIM_SERVER_RATE:
        page_print(page, "    rate: %u\n", fault->number);
        break;
    case SIM_SERVER_LIMITS:
        page_print(page, "    expires_min: %u s\n    expires_max: %u s\n", fault->number,
                   fault->number_max);
        break;
    case SIM_SERVER_REALM:
        put_slice(page, "realm", fault->name);
        break;
    case SIM_SERVER_TLS:
        page_print(page, "    tls: %s\n", sim_tls_fault_name(fault->tls));
        break;
    case SIM_STREAMS_CUT:
        put_pieces(page, fault);
        break;
    case SIM_LINK:
        writing_link(page, "    ", &fault->link);
        break;
    case SIM_NAT_TIMEOUT:
        writing_time(page, "    timeout", fault->span, HF_NEVER);
        break;
    case SIM_DNS_FAILS:
        page_print(page, "    result: %s\n", dns_result_name(fault->dns_result));
        break;
    case SIM_DNS_ADDRESS:
        writing_address(page, "    address", &fault->address);
        page_print(page, "    ttl: %u s\n", fault->number);
        break;
    }
}

static void put_target(struct page *page, const struct scenario *scenario,
                       const struct scenario_step *step) {
    enum sim_fault_kind kind = step->fault.kind;

    if (step->action != SCENARIO_FAULT || (kind >= SIM_DNS_ANSWERS && kind <= SIM_DNS_ADDRESS)) {
        put_slice(page, "name", step->fault.name);
        return;
    }
    if (kind <= SIM_LINK) {
        page_put(page, SLICE("    server: "));
        writing_server(page, scenario, step->fault.server);
        page_put(page, SLICE("\n"));
    }
    if (kind >= SIM_LINK) {
        page_put(page, SLICE("    process: "));
        writing_process(page, scenario, step->fault.process);
        page_put(page, SLICE("\n"));
    }
}

void writing_step(struct page *page, const struct scenario *scenario,
                  const struct scenario_step *step) {
    page_print(page, "  - do: %s\n", scenario_step_name(step));
    writing_time(page, "    at", step->at, HF_NEVER);
    writing_time(page, "    for", step->span, 0);
    writing_time(page, "    every", step->every, 0);
    if (step->every > 0)
        page_print(page, "    times: %u\n", step->times);
    if (step->action == SCENARIO_ACCOUNT_CHANGE || step->action == SCENARIO_ACCOUNT_REMOVE)
        writing_text(page, "    account", step->account ? step->account : "all", NULL);
    else
        put_target(page, scenario, step);
    if (step->action == SCENARIO_FAULT)
        put_fault(page, &step->fault);
    if (step->action == SCENARIO_FAULT)
        writing_text(page, "    type", sim_record_name(step->fault.record), "any");
    if (step->action == SCENARIO_DNS_RECORDS) {
        page_put(page, SLICE("    records:"));
        writing_records(page, "      ", step->records, step->record_count);
    }
}

static void put_wanted(struct page *page, const struct scenario_expectation *expectation) {
    static const char *const relations[] = {
        [RELATION_AT_LEAST] = "at least",
        [RELATION_AT_MOST] = "at most",
        [RELATION_EXACTLY] = "exactly",
    };
    char text[TEXT];
    struct writer w = writer_of(text, sizeof text);

    if (expectation->measure == MEASURE_STATE) {
        page_print(page, "%s\n", hf_account_state_name(expectation->state));
        return;
    }
    if (measure_unit(expectation->measure) == UNIT_TIME)
        words_write_time(&w, expectation->wanted);
    else if (measure_unit(expectation->measure) == UNIT_SHARE || expectation->share)
        words_write_share(&w, expectation->wanted);
    else
        writer_put_number(&w, expectation->wanted);
    page_print(page, "%s %.*s\n", relations[expectation->relation], SLICE_ARGS(writer_slice(&w)));
}

void writing_expectation(struct page *page, const struct scenario *scenario,
                         const struct scenario_expectation *expectation) {
    page_print(page, "  - %s: ", measure_name(expectation->measure));
    put_wanted(page, expectation);
    if (expectation->server != SIM_NONE) {
        page_put(page, SLICE("    server: "));
        writing_server(page, scenario, expectation->server);
        page_put(page, SLICE("\n"));
    }
    writing_time(page, "    at", expectation->at, HF_NEVER);
    writing_text(page, "    account", expectation->account, NULL);
}
