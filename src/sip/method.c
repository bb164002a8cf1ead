#include "sip/message.h"

#define NAME(id) [SIP_METHOD_##id] = {#id, sizeof(#id) - 1}

static const struct hf_slice names[] = {
    NAME(ACK),     NAME(BYE),      NAME(CANCEL),    NAME(INFO),   NAME(INVITE),
    NAME(MESSAGE), NAME(NOTIFY),   NAME(OPTIONS),   NAME(PRACK),  NAME(PUBLISH),
    NAME(REFER),   NAME(REGISTER), NAME(SUBSCRIBE), NAME(UPDATE),
};

static const unsigned method_count = sizeof names / sizeof names[0];

enum sip_method sip_method_find(struct hf_slice name) {
    for (unsigned i = 1; i < method_count; i++)
        if (slice_equal(names[i], name))
            return (enum sip_method)i;
    return SIP_METHOD_OTHER;
}
