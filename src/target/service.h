/* The name that SRV records of SIP are found at. */
#ifndef TARGET_SERVICE_H
#define TARGET_SERVICE_H

#include "base/limits.h"
#include "base/slice.h"
#include "holdfast/types.h"

enum { SERVICE_NAME_MAX = LIMIT_NAME_BYTES + 16 };

/* "_sip._udp.example.com" (RFC 3263 section 4.1). */
struct hf_slice service_name(struct hf_slice host, enum hf_transport transport,
                             char buffer[SERVICE_NAME_MAX]);

#endif
