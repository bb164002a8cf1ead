/* What comes in from outside, made from the fuzzer's bytes and from what the agent has sent. */
#include <string.h>

#include "base/assert.h"
#include "world.h"

static const struct hf_address stranger = {
    .family = HF_FAMILY_IPV4, .port = 5060, .ip = {203, 0, 113, 66}};

enum { MESSAGE_MAX = 16384 };

static const char *const numbers[] = {
    "0",    "1",     "2",       "5",       "30",         "60",         "90", "120",
    "3600", "86400", "3888000", "3888001", "2147483647", "4294967295", "-1", "99999999999999999999",
};

static struct hf_slice number(struct choices *choices) {
    return slice_from(numbers[choose_below(choices, sizeof numbers / sizeof numbers[0])]);
}

static void put(struct writer *w, const char *text) {
    writer_put_slice(w, slice_from(text));
}

static void put_field(struct writer *w, const char *name, struct hf_slice value) {
    put(w, name);
    writer_put_slice(w, value);
    put(w, "\r\n");
}

static void put_challenge(struct writer *w, const char *name, struct choices *choices) {
    static const char *const algorithms[] = {"",
                                             ", algorithm=MD5",
                                             ", algorithm=SHA-256",
                                             ", algorithm=MD5-sess",
                                             ", algorithm=SHA-512-256",
                                             ", algorithm=unheard",
                                             ", algorithm=\"MD5\""};
    static const char *const qops[] = {"", ", qop=\"auth\"", ", qop=\"auth,auth-int\"",
                                       ", qop=\"auth-int\"", ", qop=\"else\""};
    unsigned how = choose(choices);

    put(w, name);
    put(w, how & 0x80 ? "Digest realm=\"other\", nonce=\"n" : "Digest realm=\"r\", nonce=\"n");
    writer_put_number(w, choose_below(choices, 8));
    put(w, "\"");
    put(w, algorithms[how % 7]);
    put(w, qops[how / 7 % 5]);
    if (how & 0x40)
        put(w, ", stale=true, opaque=\"o\\\"p\"");
    put(w, "\r\n");
}

static void put_contact(struct writer *w, const struct sip_message *request,
                        struct choices *choices) {
    struct hf_slice own = sip_value(request, SIP_HEADER_CONTACT);
    unsigned how = choose(choices);

    put(w, "Contact: ");
    if (how & 0x10)
        put(w, "<sip:alice@203.0.113.9:1>;expires=7, ");
    switch (how & 7) {
    case 0:
        put(w, "*");
        break;
    case 1:
        put(w, "<sip:alice@203.0.113.5:9>");
        break;
    case 2:
        put(w, "<sip:mallory@203.0.113.5>");
        break;
    default:
        writer_put_slice(w, own);
        break;
    }
    if (how & 8) {
        put(w, ";expires=");
        writer_put_slice(w, number(choices));
    }
    put(w, "\r\n");
}

static void put_header(struct writer *w, const struct sip_message *request,
                       struct choices *choices) {
    switch (choose_below(choices, 16)) {
    case 0:
        put_contact(w, request, choices);
        break;
    case 1:
        put_challenge(w, "WWW-Authenticate: ", choices);
        break;
    case 2:
        put_challenge(w, "Proxy-Authenticate: ", choices);
        break;
    case 3:
        put_field(w, "Expires: ", number(choices));
        break;
    case 4:
        put_field(w, "Min-Expires: ", number(choices));
        break;
    case 5:
        put_field(w, "Retry-After: ", number(choices));
        break;
    case 6:
        put_field(w, "Retry-After: 18 (\"in (a) meeting\");duration=", number(choices));
        break;
    case 7:
        put_field(w, "Authentication-Info: nextnonce=\"",
                  choose(choices) & 1 ? SLICE("n9\"") : SLICE("\""));
        break;
    case 8:
        put_field(w, "Service-Route: <sip:edge.example;lr>, <sip:", number(choices));
        break;
    case 9:
        put_field(w, "Require: ", choose(choices) & 1 ? SLICE("outbound") : SLICE("path"));
        break;
    case 10:
        put_field(w, "Content-Length: ", number(choices));
        break;
    case 11:
        put_field(w, "Unsupported: path, gruu", SLICE_NONE);
        break;
    case 12:
        put_field(w, "Date: ",
                  choose(choices) & 1 ? SLICE("Sat, 13 Nov 2010 23:29:00 GMT")
                                      : SLICE("Sat, 30 Feb 2010 25:61:00 UTC"));
        break;
    case 13:
        put_field(w, "Flow-Timer: ", number(choices));
        break;
    default:
        put_field(w, "", choose_bytes(choices, choose_below(choices, 100)));
        break;
    }
}

/* Via to CSeq as they came, but for what `wrong` says. */
static void put_copied(struct writer *w, const struct sip_message *request, unsigned wrong) {
    for (unsigned i = 0; i < request->field_count; i++) {
        const struct sip_field *field = &request->fields[i];
        struct hf_slice value = field->value;

        if (field->header != SIP_HEADER_VIA && field->header != SIP_HEADER_FROM &&
            field->header != SIP_HEADER_TO && field->header != SIP_HEADER_CALL_ID &&
            field->header != SIP_HEADER_CSEQ)
            continue;
        if (field->header == SIP_HEADER_VIA && wrong & 1)
            value.len -= 1;
        if (field->header == SIP_HEADER_CSEQ && wrong & 2)
            value = SLICE("77 REGISTER");
        if (field->header == SIP_HEADER_CALL_ID && wrong & 4)
            value = SLICE("someone-elses");
        writer_put_slice(w, field->name);
        put(w, ": ");
        writer_put_slice(w, value);
        if (field->header == SIP_HEADER_TO && !(wrong & 8))
            put(w, ";tag=theirs");
        if (field->header == SIP_HEADER_VIA && !(wrong & 16))
            put(w, ";received=203.0.113.77;rport=6789");
        put(w, "\r\n");
        if (field->header == SIP_HEADER_VIA && wrong & 32)
            put(w, "Via: SIP/2.0/UDP other;branch=z9hG4bKother\r\n");
    }
}

static unsigned status_of(struct choices *choices) {
    static const uint16_t statuses[] = {
        200, 401, 407, 423, 503, 403, 100, 404, 408, 480, 500, 502, 504, 301, 302, 305, 400, 405,
        410, 413, 416, 420, 421, 430, 437, 439, 481, 483, 486, 494, 501, 505, 513, 600, 603, 606,
        180, 183, 202, 204, 299, 300, 380, 401, 407, 499, 599, 699, 200, 200, 401, 423, 200};
    unsigned choice = choose(choices);

    if (choice >= 0xf8)
        return 100 + choose(choices) * 599u / 255;
    return statuses[choice % (sizeof statuses / sizeof statuses[0])];
}

static void deliver(struct fuzz_world *world, hf_path_id id, struct hf_slice bytes, unsigned how) {
    const struct fuzz_path *path = fuzz_find_path(world, id);
    const struct hf_address *from = path && !(how & 1) ? &path->remote : &stranger;

    if (how & 2) /* another path of ours, where there is one */
        id = world->paths[how / 4 % FUZZ_PATHS].id;
    (void)hf_agent_receive(world->agent, id, from, bytes.ptr, bytes.len, world->now);
}

void fuzz_answer_request(struct fuzz_world *world) {
    static struct sip_message message;
    struct fuzz_request *request = fuzz_some_request(world);
    struct choices *choices = &world->choices;
    unsigned status = status_of(choices);
    unsigned counts = choose(choices);
    unsigned wrong = counts & 8 ? choose(choices) : 0;
    unsigned how = counts & 16 ? choose(choices) : 0;
    char bytes[MESSAGE_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);

    if (!request)
        return;
    enum sip_parse_result result =
        sip_message_parse(&message, slice_of(request->bytes, request->len));

    HF_ASSERT(result == SIP_PARSED && message.is_request);
    request->answered = status >= 200 && !(wrong & 3);
    put(&w, "SIP/2.0 ");
    writer_put_number(&w, status);
    put(&w, " Because\r\n");
    put_copied(&w, &message, wrong);
    if (status < 300 && !(counts & 32))
        put_field(&w, "Contact: ", sip_value(&message, SIP_HEADER_CONTACT));
    for (unsigned count = counts % 8; count > 0; count--)
        put_header(&w, &message, choices);
    if (!(counts & 128)) /* else a stream has come to its end */
        put(&w, counts & 64 ? "Content-Length: 4\r\n" : "Content-Length: 0\r\n");
    put(&w, counts & 64 ? "\r\nbody" : "\r\n");
    deliver(world, request->path, writer_slice(&w), how);
}

void fuzz_grant(struct fuzz_world *world, struct fuzz_request *request) {
    static struct sip_message message;
    char bytes[MESSAGE_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);

    if (sip_message_parse(&message, slice_of(request->bytes, request->len)) != SIP_PARSED)
        HF_UNREACHABLE();
    request->answered = true;
    put(&w, "SIP/2.0 200 OK\r\n");
    put_copied(&w, &message, 0);
    put_field(&w, "Contact: ", sip_value(&message, SIP_HEADER_CONTACT));
    put(&w, "Expires: 600\r\nContent-Length: 0\r\n\r\n");
    deliver(world, request->path, writer_slice(&w), 0);
}

void fuzz_send_request(struct fuzz_world *world) {
    static const char *const methods[] = {"OPTIONS", "NOTIFY", "INVITE",    "ACK",      "BYE",
                                          "CANCEL",  "INFO",   "MESSAGE",   "PUBLISH",  "REFER",
                                          "PRACK",   "UPDATE", "SUBSCRIBE", "REGISTER", "ODD"};
    static const char *const fields[] = {"Require: 100rel\r\n",
                                         "Content-Type: text/plain\r\n",
                                         "Event: keep-alive\r\n",
                                         "Max-Forwards: 0\r\n",
                                         "Content-Type: application/sdp\r\n",
                                         "Route: <sip:x;lr>\r\n",
                                         "Event: check-sync\r\nSubscription-State: active\r\n",
                                         "Proxy-Require: x\r\n"};
    struct choices *choices = &world->choices;
    const char *method = methods[choose_below(choices, 15)];
    unsigned which = choose(choices), how = choose(choices);
    char bytes[MESSAGE_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);

    put(&w, method);
    put(&w,
        how & 4 ? " sip:alice@198.51.100.1 SIP/3.0\r\n" : " sip:alice@198.51.100.1 SIP/2.0\r\n");
    put(&w, "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK");
    writer_put_number(&w, how / 32);
    put(&w, how & 8 ? ";rport\r\n" : "\r\n");
    put(&w, "From: <sip:x@example>;tag=1\r\nTo: <sip:alice@example>\r\nCall-ID: in\r\nCSeq: ");
    writer_put_number(&w, 1 + how / 64);
    put(&w, " ");
    put(&w, method);
    put(&w, "\r\n");
    for (unsigned bit = 0; bit < 8; bit++)
        if (which >> bit & 1)
            put(&w, fields[bit]);
    put(&w, which & 1 ? "\r\nbody" : "\r\n");
    deliver(world, world->paths[how / 4 % FUZZ_PATHS].id, writer_slice(&w), how & 1);
}

void fuzz_send_bytes(struct fuzz_world *world) {
    unsigned path = choose_below(&world->choices, FUZZ_PATHS);
    struct hf_slice bytes = choose_bytes(&world->choices, choose(&world->choices));

    deliver(world, world->paths[path].id, bytes, 0);
}

static void make_record(struct hf_dns_record *record, enum hf_dns_type type,
                        struct choices *choices) {
    static const uint32_t ttls[] = {0, 1, 5, 60, 3600, 86400, 604800, UINT32_MAX};
    static const char *const names[] = {"a.example", "b.example", "x.example", ""};
    unsigned how = choose(choices);

    *record = (struct hf_dns_record){.type = type, .ttl = ttls[how % 8]};
    if (type == HF_DNS_A) {
        record->address = (struct hf_address){.family = HF_FAMILY_IPV4,
                                              .ip = {192, 0, 2, (uint8_t)(1 + how / 8 % 8)}};
    } else if (type == HF_DNS_AAAA) {
        record->address =
            (struct hf_address){.family = HF_FAMILY_IPV6,
                                .ip = {0x20, 1, 0xd, 0xb8, [15] = (uint8_t)(1 + how / 8 % 8)}};
    } else if (type == HF_DNS_SRV) {
        record->srv.priority = how / 8 % 2;
        record->srv.weight = (uint16_t)(how / 16 % 4 * 10);
        record->srv.port = choose(choices) & 1 ? 5060 : 0;
        record->srv.target = slice_from(names[how / 64]);
    } else {
        static const char *const services[] = {"SIP+D2U", "SIP+D2T", "SIPS+D2T", "E2U+sip"};
        unsigned more = choose(choices);

        record->naptr.order = how / 8 % 4;
        record->naptr.preference = how / 32 % 4;
        record->naptr.flags = more & 0x80 ? SLICE("U") : SLICE("s");
        record->naptr.service = slice_from(services[more % 4]);
        record->naptr.replacement =
            more & 8 ? SLICE("_sip._udp.a.example") : slice_from(names[more / 16 % 4]);
    }
}

void fuzz_resolve(struct fuzz_world *world) {
    static const enum hf_dns_type types[] = {HF_DNS_A, HF_DNS_AAAA, HF_DNS_SRV, HF_DNS_NAPTR};
    struct choices *choices = &world->choices;
    unsigned which = choose(choices), how = choose(choices);
    struct fuzz_question *question = &world->questions[which % FUZZ_QUESTIONS];
    struct hf_dns_record records[32];
    struct hf_dns_answer answer = {.result = (enum hf_dns_result)(how / 2 % 6), .records = records};

    for (unsigned i = 0; which & 0x80 && i < FUZZ_QUESTIONS; i++)
        if (world->questions[i].query != 0 && !world->questions[i].answered)
            question = &world->questions[i];
    if (how & 1)
        answer.result = HF_DNS_OK;
    if (answer.result == HF_DNS_OK)
        answer.count = choose(choices) % 32;
    for (unsigned i = 0; i < answer.count; i++)
        make_record(&records[i], how & 0x80 ? types[choose(choices) % 4] : question->type, choices);
    answer.negative_ttl = how & 0x40 ? UINT32_MAX : how / 16 % 4 * 30;
    answer.detail = how & 0x20 ? "SERVFAIL" : NULL;
    question->answered = true;
    (void)hf_agent_resolved(world->agent, which == 0x7f ? 4711 : question->query, &answer,
                            world->now);
}

void fuzz_resolve_well(struct fuzz_world *world, struct fuzz_question *question) {
    const struct hf_dns_record record = {
        .type = HF_DNS_A,
        .ttl = 60,
        .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}},
    };
    struct hf_dns_answer answer = {.result = HF_DNS_NO_RECORD, .negative_ttl = 60};

    if (question->type == HF_DNS_A)
        answer = (struct hf_dns_answer){.records = &record, .count = 1};
    question->answered = true;
    (void)hf_agent_resolved(world->agent, question->query, &answer, world->now);
}

void fuzz_open_path(struct fuzz_world *world, struct fuzz_path *path) {
    struct hf_address local = {
        .family = HF_FAMILY_IPV4, .port = path->local.port, .ip = {198, 51, 100, 1}};

    if (path->remote.family == HF_FAMILY_IPV6)
        local = (struct hf_address){.family = HF_FAMILY_IPV6,
                                    .port = path->local.port,
                                    .ip = {0x20, 1, 0xd, 0xb8, [15] = 99}};
    if (local.port == 0)
        local.port = 40000;
    path->open = true;
    (void)hf_agent_path_opened(world->agent, path->id, &local, world->now);
}

void fuzz_fail_path(struct fuzz_world *world, struct fuzz_path *path) {
    static char text[300];
    unsigned how = choose(&world->choices);
    hf_path_id id = path->id;

    memset(text, 'x', sizeof text - 1);
    path->id = 0;
    (void)hf_agent_path_failed(world->agent, id, (enum hf_path_failure)(how % 8),
                               how & 0x40   ? NULL
                               : how & 0x80 ? text
                                            : "so it is said",
                               world->now);
}
