/* Any bytes at the small registrar: it answers with what parses, and keeps its invariants. */
#include "base/assert.h"
#include "registrar/registrar.h"
#include "sip/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sip_message message;
    const struct hf_address from = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {127, 0, 0, 1}};
    struct registrar_options options;
    struct registrar *registrar;
    struct hf_output output;
    struct outbox outbox;

    registrar_options_init(&options);
    options.open = size > 0 && data[0] & 1;
    outbox_init(&outbox);
    if (registrar_create(&options, &registrar, 0))
        return 0;
    registrar_receive(registrar, 1, &from, false, slice_of((const char *)data, size), &outbox, 1);
    while (outbox_next(&outbox, &output))
        HF_ASSERT(output.kind == HF_OUTPUT_SEND &&
                  sip_message_parse(&message, output.send.bytes) == SIP_PARSED);
    registrar_expire(registrar, 7200 * HF_SECOND);
    registrar_free(registrar);
    outbox_release(&outbox);
    return 0;
}
