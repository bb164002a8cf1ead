/* SIP messages as they come from the network (RFC 3261 section 7): cut into start line, header
 * fields and body without copying. Everything in a struct sip_message is a slice of the bytes it
 * was parsed from, which must outlive it. Fields are cut further only when they are read. */
#ifndef SIP_MESSAGE_H
#define SIP_MESSAGE_H

#include "base/limits.h"
#include "base/reader.h"
#include "sip/header.h"

enum sip_method {
    SIP_METHOD_OTHER,
    SIP_METHOD_ACK,
    SIP_METHOD_BYE,
    SIP_METHOD_CANCEL,
    SIP_METHOD_INFO,
    SIP_METHOD_INVITE,
    SIP_METHOD_MESSAGE,
    SIP_METHOD_NOTIFY,
    SIP_METHOD_OPTIONS,
    SIP_METHOD_PRACK,
    SIP_METHOD_PUBLISH,
    SIP_METHOD_REFER,
    SIP_METHOD_REGISTER,
    SIP_METHOD_SUBSCRIBE,
    SIP_METHOD_UPDATE,
};

/* Methods are case-sensitive (RFC 3261 section 7.1). */
enum sip_method sip_method_find(struct hf_slice name);

struct sip_field {
    struct hf_slice name;
    struct hf_slice value; /* trimmed; may hold folds (CR LF and a blank) */
    uint8_t header;        /* enum sip_header */
    uint8_t next;          /* index + 1 of the next field of the same header; 0 = none */
};

struct sip_message {
    bool is_request;
    enum sip_method method; /* of a request */
    struct hf_slice method_name;
    struct hf_slice request_uri;
    unsigned status; /* of a response, 100 to 699 */
    struct hf_slice reason;
    struct hf_slice body;
    unsigned field_count;
    uint8_t first[SIP_HEADER_COUNT]; /* index + 1 of the first field of a header; 0 = none */
    struct sip_field fields[LIMIT_MESSAGE_HEADERS];
};

enum sip_parse_result {
    SIP_PARSED,
    SIP_PARSE_NOT_SIP,        /* no SIP start line: rubbish, drop it */
    SIP_PARSE_VERSION,        /* a request of another SIP version: 505 */
    SIP_PARSE_REQUEST_LINE,   /* a request line but for its blanks: 400 */
    SIP_PARSE_STATUS_LINE,    /* a status line that is against the grammar */
    SIP_PARSE_HEADER,         /* a line that is no header field */
    SIP_PARSE_TOO_MANY,       /* more header fields than we read */
    SIP_PARSE_UNENDED,        /* no empty line after the header fields */
    SIP_PARSE_CONTENT_LENGTH, /* absurd, contradictory, or more than there is */
};

/* Whether the fields can be used: the message is right, or a request that can be answered. */
static inline bool sip_parse_is_usable(enum sip_parse_result result) {
    return result == SIP_PARSED || result == SIP_PARSE_VERSION ||
           result == SIP_PARSE_REQUEST_LINE || result == SIP_PARSE_CONTENT_LENGTH;
}

/* Parses one whole message that came as a datagram (RFC 3261 section 18.3: bytes beyond
 * Content-Length are dropped, fewer are an error; without it the body is the rest), or that
 * stream.h has cut from a connection. Lines may end in a bare LF. *ret is to be used only
 * when sip_parse_is_usable. */
enum sip_parse_result sip_message_parse(struct sip_message *ret, struct hf_slice bytes);

/* False when it is wrong, or there are several that differ. Absent: *ret is not touched. */
bool sip_content_length_read(const struct sip_message *message, bool *ret_given, uint32_t *ret);

/* The first field of a header, or NULL. */
static inline const struct sip_field *sip_field(const struct sip_message *message,
                                                enum sip_header header) {
    unsigned index = message->first[header];

    return index > 0 ? &message->fields[index - 1] : NULL;
}

static inline const struct sip_field *sip_field_next(const struct sip_message *message,
                                                     const struct sip_field *field) {
    return field->next > 0 ? &message->fields[field->next - 1] : NULL;
}

/* Its value, empty when there is none. */
static inline struct hf_slice sip_value(const struct sip_message *message, enum sip_header header) {
    const struct sip_field *field = sip_field(message, header);

    return field ? field->value : SLICE_NONE;
}

/* All values of a header that is a comma-separated list, over all its fields, in order:
 *   struct sip_values values = sip_values(message, SIP_HEADER_CONTACT);
 *   while (sip_values_next(&values, &value)) ...
 * At most LIMIT_HEADER_VALUES are given. */
struct sip_values {
    const struct sip_message *message;
    const struct sip_field *field;
    struct reader reader;
    unsigned left;
};

struct sip_values sip_values(const struct sip_message *message, enum sip_header header);
bool sip_values_next(struct sip_values *values, struct hf_slice *ret);

/* CSeq (RFC 3261 section 20.16). */
struct sip_cseq {
    uint32_t number;
    enum sip_method method;
    struct hf_slice method_name;
};

/* False when the field is missing, occurs twice or is wrong. */
bool sip_cseq_read(const struct sip_message *message, struct sip_cseq *ret);

/* A field that holds one number of seconds: Expires, Min-Expires, Flow-Timer. Values that do not
 * fit are UINT32_MAX. False when missing or wrong. */
bool sip_seconds_read(const struct sip_message *message, enum sip_header header, uint32_t *ret);

/* Retry-After: seconds, maybe followed by a comment and parameters (RFC 3261 section 20.33), or a
 * date (RFC 2543 section 6.32). Nobody here has a calendar, so a date counts from the Date of the
 * same message, and not at all without one. Values that do not fit are UINT32_MAX. */
bool sip_retry_after_read(const struct sip_message *message, uint32_t *ret_seconds);

/* Whether an option tag is among the values of Require, Supported, ... (case is ignored). */
bool sip_has_option(const struct sip_message *message, enum sip_header header,
                    struct hf_slice option);

#endif
