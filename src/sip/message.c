#include "sip/message.h"

#include "base/assert.h"
#include "base/line.h"
#include "sip/token.h"

static const struct hf_slice version_2 = {"SIP/2.0", 7};

/* "SIP/2.0 200 OK": the reason may be empty, but the blank before it may not be missing
 * (RFC 3261 section 7.2); a missing one is forgiven. */
static enum sip_parse_result parse_status_line(struct sip_message *m, struct hf_slice line) {
    struct hf_slice rest = slice_from_index(line, version_2.len + 1);
    uint64_t status;

    if (rest.len < 3 || !slice_to_number(slice_of(rest.ptr, 3), &status) || status < 100 ||
        status > 699 || (rest.len > 3 && rest.ptr[3] != ' '))
        return SIP_PARSE_STATUS_LINE;
    m->is_request = false;
    m->status = (unsigned)status;
    m->reason = slice_from_index(rest, 4);
    return SIP_PARSED;
}

static bool looks_like_version(struct hf_slice s) {
    struct hf_slice rest = s;
    struct hf_slice digits;

    if (!slice_starts_with_nocase(s, SLICE("SIP/")))
        return false;
    slice_split(&rest, '/');
    digits = slice_split(&rest, '.');
    uint32_t number;

    return clamped_number(digits, &number) && clamped_number(rest, &number);
}

/* "REGISTER sip:example.com SIP/2.0", exactly one blank between the parts. A line that is a request
 * line but for its blanks is remembered as one, so that it can be answered with a 400. */
static enum sip_parse_result parse_request_line(struct sip_message *m, struct hf_slice line) {
    struct hf_slice rest = slice_trim(line);
    bool bad = rest.len != line.len;
    struct hf_slice method = slice_split(&rest, ' ');
    size_t last = rest.len;

    while (last > 0 && rest.ptr[last - 1] != ' ')
        last--;
    struct hf_slice version = slice_from_index(rest, last);

    if (!is_token(method) || last == 0 || !looks_like_version(version))
        return SIP_PARSE_NOT_SIP;
    m->is_request = true;
    m->method_name = method;
    m->method = sip_method_find(method);
    m->request_uri = slice_of(rest.ptr, last - 1);
    if (bad || m->request_uri.len == 0 || slice_index(m->request_uri, ' ') < m->request_uri.len ||
        slice_index(m->request_uri, '\t') < m->request_uri.len)
        return SIP_PARSE_REQUEST_LINE;
    return slice_equal_nocase(version, version_2) ? SIP_PARSED : SIP_PARSE_VERSION;
}

static enum sip_parse_result parse_start_line(struct sip_message *m, struct hf_slice line) {
    if (line.len > version_2.len && memcmp(line.ptr, "SIP/2.0 ", 8) == 0)
        return parse_status_line(m, line);
    return parse_request_line(m, line);
}

static void chain_field(struct sip_message *m, uint8_t *last, unsigned header, unsigned index) {
    uint8_t number = (uint8_t)(index + 1), before = last[header];

    last[header] = number;
    if (before == 0)
        m->first[header] = number;
    else
        m->fields[before - 1].next = number;
}

/* "Name: value". The known names are tokens, so only others have to be looked at. */
static bool parse_field(struct sip_message *m, uint8_t *last, struct hf_slice text, size_t colon) {
    unsigned index = m->field_count;
    struct sip_field *field = &m->fields[index];
    struct hf_slice name = slice_of(text.ptr, colon);

    if (colon == text.len)
        return false;
    while (name.len > 0 && ascii_is_blank(name.ptr[name.len - 1]))
        name.len--;
    enum sip_header header = sip_header_find(name);

    field->name = name;
    field->value = trim_lws(slice_of(text.ptr + colon + 1, text.len - colon - 1));
    field->header = (uint8_t)header;
    field->next = 0;
    m->field_count = index + 1;
    if (header == SIP_HEADER_OTHER)
        return is_token(name);
    chain_field(m, last, header, index);
    return true;
}

/* A line that begins with a blank goes on with the field before it. */
static bool fold_field(struct sip_message *m, struct hf_slice line) {
    if (m->field_count == 0)
        return false;
    struct sip_field *field = &m->fields[m->field_count - 1];
    struct hf_slice more = trim_lws(line);

    if (more.len == 0)
        return true;
    if (field->value.len == 0)
        field->value = more;
    else
        field->value.len = (size_t)(more.ptr + more.len - field->value.ptr);
    return true;
}

static enum sip_parse_result parse_fields(struct sip_message *m, struct reader *reader) {
    uint8_t last[SIP_HEADER_COUNT] = {0};
    struct reader r = *reader; /* a copy that can live in registers */
    struct line line;

    while (line_take(&r, &line)) {
        if (line.text.len == 0) {
            *reader = r;
            return SIP_PARSED;
        }
        if (line.text.ptr[0] == ' ' || line.text.ptr[0] == '\t') {
            if (!fold_field(m, line.text))
                return SIP_PARSE_HEADER;
        } else if (m->field_count == LIMIT_MESSAGE_HEADERS) {
            return SIP_PARSE_TOO_MANY;
        } else if (!parse_field(m, last, line.text, line.colon)) {
            return SIP_PARSE_HEADER;
        }
    }
    return SIP_PARSE_UNENDED;
}

bool sip_content_length_read(const struct sip_message *m, bool *ret_given, uint32_t *ret) {
    const struct sip_field *field = sip_field(m, SIP_HEADER_CONTENT_LENGTH);
    uint32_t length;

    for (*ret_given = false; field; field = sip_field_next(m, field)) {
        if (!clamped_number(field->value, &length) || (*ret_given && length != *ret))
            return false;
        *ret = length;
        *ret_given = true;
    }
    return true;
}

enum sip_parse_result sip_message_parse(struct sip_message *m, struct hf_slice bytes) {
    struct reader r = reader_of(bytes);
    struct line line;
    enum sip_parse_result result, start;
    uint32_t length = 0;
    bool given;

    memset(m, 0, offsetof(struct sip_message, fields));
    if (bytes.len > LIMIT_MESSAGE_BYTES)
        return SIP_PARSE_NOT_SIP;
    while (reader_peek(&r) == '\r' || reader_peek(&r) == '\n')
        r.at++; /* section 7.5: empty lines before the start line are ignored */
    if (!line_take(&r, &line) || line.text.len == 0)
        return SIP_PARSE_NOT_SIP;
    start = parse_start_line(m, line.text);
    if (start == SIP_PARSE_NOT_SIP || start == SIP_PARSE_STATUS_LINE)
        return start;
    result = parse_fields(m, &r);
    if (result != SIP_PARSED)
        return result;
    m->body = reader_take_rest(&r);
    if (!sip_content_length_read(m, &given, &length) || (given && length > m->body.len))
        return SIP_PARSE_CONTENT_LENGTH;
    if (given)
        m->body.len = length;
    return start;
}
