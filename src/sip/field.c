/* Fields of a few words, and lists. */
#include "sip/date.h"
#include "sip/message.h"
#include "sip/token.h"

struct sip_values sip_values(const struct sip_message *message, enum sip_header header) {
    const struct sip_field *field = sip_field(message, header);

    return (struct sip_values){.message = message,
                               .field = field,
                               .reader = reader_of(field ? field->value : SLICE("")),
                               .left = LIMIT_HEADER_VALUES};
}

bool sip_values_next(struct sip_values *values, struct hf_slice *ret) {
    if (values->left == 0)
        return false;
    values->left--;
    while (!take_list_value(&values->reader, ret)) {
        if (!values->field)
            return false;
        values->field = sip_field_next(values->message, values->field);
        if (!values->field)
            return false;
        values->reader = reader_of(values->field->value);
    }
    return true;
}

bool sip_cseq_read(const struct sip_message *message, struct sip_cseq *ret) {
    const struct sip_field *field = sip_field(message, SIP_HEADER_CSEQ);
    uint64_t number;

    if (!field || field->next)
        return false;
    struct reader r = reader_of(field->value);
    struct hf_slice digits = take_token(&r);

    take_lws(&r);
    struct hf_slice method = take_token(&r);

    /* RFC 3261 section 8.1.1.5: less than 2^31 */
    if (!slice_to_number(digits, &number) || number > INT32_MAX || method.len == 0 ||
        !reader_at_end(&r))
        return false;
    *ret = (struct sip_cseq){
        .number = (uint32_t)number, .method = sip_method_find(method), .method_name = method};
    return true;
}

bool sip_seconds_read(const struct sip_message *message, enum sip_header header, uint32_t *ret) {
    const struct sip_field *field = sip_field(message, header);

    return field && clamped_number(field->value, ret);
}

/* How long after the message's own Date that is; false when one of them is none, or it is past. */
static bool seconds_until(const struct sip_message *message, struct hf_slice date,
                          uint32_t *ret_seconds) {
    uint64_t then, now;

    if (!sip_date_parse(date, &then) ||
        !sip_date_parse(sip_value(message, SIP_HEADER_DATE), &now) || then < now)
        return false;
    *ret_seconds = then - now < UINT32_MAX ? (uint32_t)(then - now) : UINT32_MAX;
    return true;
}

bool sip_retry_after_read(const struct sip_message *message, uint32_t *ret_seconds) {
    const struct sip_field *field = sip_field(message, SIP_HEADER_RETRY_AFTER);

    if (!field)
        return false;
    struct reader r = reader_of(field->value);
    struct hf_slice digits = take_token(&r);
    int next = reader_peek(&r);

    if (!clamped_number(digits, ret_seconds))
        return seconds_until(message, field->value, ret_seconds);
    return next < 0 || next == ';' || next == '(' || sip_lws_chars[next];
}

bool sip_has_option(const struct sip_message *message, enum sip_header header,
                    struct hf_slice option) {
    struct sip_values values = sip_values(message, header);
    struct hf_slice value;

    while (sip_values_next(&values, &value))
        if (slice_equal_nocase(value, option))
            return true;
    return false;
}
