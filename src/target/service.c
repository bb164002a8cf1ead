#include "target/service.h"

#include "base/writer.h"

struct hf_slice service_name(struct hf_slice host, enum hf_transport transport,
                             char buffer[SERVICE_NAME_MAX]) {
    struct writer w = writer_of(buffer, SERVICE_NAME_MAX);

    switch (transport) {
    case HF_TRANSPORT_UDP:
        writer_put_literal(&w, "_sip._udp.");
        break;
    case HF_TRANSPORT_TCP:
        writer_put_literal(&w, "_sip._tcp.");
        break;
    case HF_TRANSPORT_TLS:
        writer_put_literal(&w, "_sips._tcp.");
        break;
    }
    writer_put_slice(&w, host);
    return writer_slice(&w);
}
