/* Responses built from the requests they answer (RFC 3261 section 8.2.6). */
#ifndef SIP_RESPONSE_H
#define SIP_RESPONSE_H

#include "base/writer.h"
#include "sip/message.h"

/* The usual phrase of a status code; static, never empty. */
struct hf_slice sip_reason(unsigned status);

/* Status line, Via (all, the topmost with received and rport), From, To with `to_tag` added where
 * it has none, Call-ID, CSeq. More header fields may follow, then response_end. `reason` empty:
 * the usual one. */
void response_begin(struct writer *w, const struct sip_message *request, unsigned status,
                    struct hf_slice reason, struct hf_slice to_tag, const struct hf_address *from);

/* The same with `keep` seconds for who asks in its Via how often keep-alives are wanted (RFC 6223);
 * NULL: nothing is said of that. */
void response_begin_keeping(struct writer *w, const struct sip_message *request, unsigned status,
                            struct hf_slice reason, struct hf_slice to_tag,
                            const struct hf_address *from, const uint32_t *keep);

/* "Name: value" CR LF. */
void header_write(struct writer *w, enum sip_header header, struct hf_slice value);
void header_write_number(struct writer *w, enum sip_header header, uint64_t value);

/* Content-Length, the empty line, and the body. */
void response_end(struct writer *w, struct hf_slice body);

#endif
