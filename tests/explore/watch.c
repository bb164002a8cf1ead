/* What is seen of a run: for the witness, the hash of the trace, and for people. */
#include <stdarg.h>

#include "base/address.h"
#include "sip/message.h"
#include "world.h"

static void mix(struct world *world, const void *bytes, size_t length) {
    const uint8_t *at = bytes;

    for (size_t i = 0; i < length; i++)
        world->hash = (world->hash ^ at[i]) * 0x100000001b3;
}

static void mix_number(struct world *world, uint64_t number) {
    mix(world, &number, sizeof number);
}

static void mix_packet(struct world *world, const struct sim_packet *packet) {
    mix_number(world, packet->at);
    mix(world, &packet->from, sizeof packet->from);
    mix(world, &packet->to, sizeof packet->to);
    mix(world, packet->bytes.ptr, packet->bytes.len);
}

static void stir(struct world *world, uint32_t process) {
    if (process < PLAN_PROCESSES_MAX)
        world->stirred[process] = true;
}

static double seconds_of(hf_time at) {
    return (double)(at - SIM_START_AT) / 1e6;
}

void world_note(struct world *world, const char *format, ...) {
    va_list arguments;

    if (!world->trace)
        return;
    (void)fprintf(world->trace, "%13.6f ", seconds_of(sim_now(world->sim)));
    va_start(arguments, format);
    (void)vfprintf(world->trace, format, arguments);
    va_end(arguments);
    (void)fputc('\n', world->trace);
}

static void print_header(const struct world *world, const struct sip_message *message,
                         enum sip_header header) {
    for (const struct sip_field *field = sip_field(message, header); field;
         field = sip_field_next(message, field))
        (void)fprintf(world->trace, " | %.*s: %.*s", SLICE_ARGS(sip_header_name(header)),
                      SLICE_ARGS(field->value));
}

static void print_packet(const struct world *world, const char *what,
                         const struct sim_packet *packet) {
    static const enum sip_header headers[] = {SIP_HEADER_FROM,
                                              SIP_HEADER_CSEQ,
                                              SIP_HEADER_CALL_ID,
                                              SIP_HEADER_CONTACT,
                                              SIP_HEADER_EXPIRES,
                                              SIP_HEADER_AUTHORIZATION,
                                              SIP_HEADER_WWW_AUTHENTICATE,
                                              SIP_HEADER_MIN_EXPIRES,
                                              SIP_HEADER_RETRY_AFTER};
    char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(from, sizeof from), v = writer_of(to, sizeof to);
    struct hf_slice rest = packet->bytes;
    const struct hf_slice line = slice_split(&rest, '\r');
    struct sip_message message;

    address_write(&w, &packet->from);
    address_write(&v, &packet->to);
    (void)fprintf(world->trace, "%13.6f %s %.*s > %.*s %.*s", seconds_of(packet->at), what,
                  SLICE_ARGS(writer_slice(&w)), SLICE_ARGS(writer_slice(&v)), SLICE_ARGS(line));
    if (sip_message_parse(&message, packet->bytes) == SIP_PARSED)
        for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
            print_header(world, &message, headers[i]);
    (void)fputc('\n', world->trace);
}

static void sent(void *user, const struct sim_packet *packet) {
    struct world *world = user;

    mix_packet(world, packet);
    stir(world, packet->process);
    if (world->trace && packet->from_process)
        print_packet(world, "->", packet);
    witness_sent(world->witness, packet);
}

static void arrived(void *user, const struct sim_packet *packet) {
    struct world *world = user;

    mix_packet(world, packet);
    stir(world, packet->process);
    if (world->trace && !packet->from_process)
        print_packet(world, "<-", packet);
    witness_arrived(world->witness, packet);
}

static void event(void *user, uint32_t process, const struct hf_event *event) {
    struct world *world = user;
    uint32_t index = (uint32_t)event->tag;

    stir(world, process);
    mix_number(world, (uint64_t)event->kind);
    mix_number(world, event->tag);
    mix_number(world, event->at);
    mix_number(world, event->status);
    world_note(world, "** %s: %s %.*s %u %.*s", sim_account_name(world->sim, index),
               hf_event_name(event->kind), SLICE_ARGS(event->server), event->status,
               SLICE_ARGS(event->reason));
    for (uint32_t i = 0; i < world->plan->account_count; i++) {
        struct world_account *mine = &world->accounts[i];

        if (mine->index != index)
            continue;
        mine->event_seen = true;
        /* who is no flow may stand by for one that is: the witness says whether it may */
        bool stands_by = mine->rules.flows && mine->rules.concurrent;

        if (event->kind == HF_EVENT_REGISTRATION_FAILED ||
            (event->kind == HF_EVENT_UNREGISTERED && !stands_by))
            mine->failed_since = true;
    }
    witness_event(world->witness, process, event, index);
}

void world_watch(struct world *world) {
    const struct sim_observer observer = {
        .user = world, .sent = sent, .arrived = arrived, .event = event};

    sim_observe(world->sim, &observer);
}
