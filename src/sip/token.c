#include "sip/token.h"

#define ALPHANUM ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1

const uint8_t sip_token_chars[256] = {
    ALPHANUM,  ['-'] = 1, ['.'] = 1, ['!'] = 1,  ['%'] = 1, ['*'] = 1,
    ['_'] = 1, ['+'] = 1, ['`'] = 1, ['\''] = 1, ['~'] = 1};
const uint8_t sip_lws_chars[256] = {[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1};
const uint8_t sip_user_chars[256] = {
    ALPHANUM,  ['-'] = 1,  ['_'] = 1, ['.'] = 1, ['!'] = 1, ['~'] = 1,
    ['*'] = 1, ['\''] = 1, ['('] = 1, [')'] = 1, ['&'] = 1, ['='] = 1,
    ['+'] = 1, ['$'] = 1,  [','] = 1, [';'] = 1, ['?'] = 1, ['/'] = 1};
const uint8_t sip_host_chars[256] = {ALPHANUM, ['-'] = 1, ['.'] = 1, ['_'] = 1};
bool is_token(struct hf_slice s) {
    struct reader r = reader_of(s);

    return s.len > 0 && (take_token(&r), reader_at_end(&r));
}

/* The closing quote of a string that has escapes. */
static const char *closing_quote(const char *at, const char *end) {
    for (; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at : NULL;
}

bool take_quoted(struct reader *r, struct hf_slice *ret) {
    if (reader_peek(r) != '"')
        return false;
    const char *start = r->at + 1;
    const char *end = start < r->end ? memchr(start, '"', (size_t)(r->end - start)) : NULL;

    if (end && memchr(start, '\\', (size_t)(end - start)))
        end = closing_quote(start, r->end);
    if (!end)
        return false;
    *ret = slice_of(r->at, (size_t)(end + 1 - r->at));
    r->at = end + 1;
    return true;
}

static bool is_quoted(struct hf_slice s) {
    return s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"';
}

void write_unquoted(struct writer *w, struct hf_slice quoted) {
    if (!is_quoted(quoted)) {
        writer_put_slice(w, quoted);
        return;
    }
    struct hf_slice content = slice_of(quoted.ptr + 1, quoted.len - 2);

    for (;;) {
        const size_t plain = slice_index(content, '\\');

        writer_put(w, content.ptr, plain);
        if (plain + 1 >= content.len) { /* an escape at the very end stands for itself */
            writer_put_slice(w, slice_from_index(content, plain));
            return;
        }
        writer_put_char(w, content.ptr[plain + 1]);
        content = slice_from_index(content, plain + 2);
    }
}

/* What stands in a quoted string as it is. */
static const uint8_t quotable_chars[256] = {
    [1 ... 9] = 1, [11 ... 12] = 1, [14 ... 33] = 1, [35 ... 91] = 1, [93 ... 255] = 1};

void write_quoted(struct writer *w, struct hf_slice content) {
    struct reader r = reader_of(content);

    writer_put_char(w, '"');
    for (;;) {
        writer_put_slice(w, reader_take_class(&r, quotable_chars));
        if (reader_at_end(&r))
            break;
        if (*r.at == '"' || *r.at == '\\') {
            writer_put_char(w, '\\');
            writer_put_char(w, *r.at);
        }
        r.at++;
    }
    writer_put_char(w, '"');
}

bool quoted_equal(struct hf_slice quoted, struct hf_slice text) {
    size_t at = 0;

    if (!is_quoted(quoted))
        return slice_equal(quoted, text);
    for (size_t i = 1; i + 1 < quoted.len; i++, at++) {
        if (quoted.ptr[i] == '\\' && i + 2 < quoted.len)
            i++;
        if (at >= text.len || text.ptr[at] != quoted.ptr[i])
            return false;
    }
    return at == text.len;
}

/* Whatever does not decide where a value of a list ends: all but quote (34), comma (44), "<" (60).
 */
static const uint8_t plain_chars[256] = {
    [0 ... 33] = 1, [35 ... 43] = 1, [45 ... 59] = 1, [61 ... 255] = 1};

/* Up to the next comma that is neither in quotes nor in angle brackets; what is opened and never
 * closed reaches to the end. Most values are the only one of their field: without any comma there
 * is nothing to look at. */
static const char *value_end(const struct reader *r) {
    struct reader rest = *r;
    struct hf_slice quoted;

    if (!memchr(rest.at, ',', reader_left(&rest)))
        return rest.end;
    for (;;) {
        (void)reader_take_class(&rest, plain_chars);
        if (reader_at_end(&rest) || *rest.at == ',')
            return rest.at;
        if (*rest.at == '"') {
            if (!take_quoted(&rest, &quoted))
                return rest.end;
        } else {
            rest.at = memchr(rest.at, '>', reader_left(&rest));
            if (!rest.at)
                return rest.end;
        }
    }
}

bool take_list_value(struct reader *r, struct hf_slice *ret) {
    while (!reader_at_end(r)) {
        const char *end = value_end(r);
        struct hf_slice value = trim_lws(slice_of(r->at, (size_t)(end - r->at)));

        r->at = end < r->end ? end + 1 : end;
        if (value.len > 0) {
            *ret = value;
            return true;
        }
    }
    return false;
}

/* A value is taken to the next ";": what characters may stand in it is up to whoever reads it. */
static inline bool take_value(struct reader *r, struct hf_slice *ret) {
    const char *start, *end;

    take_lws(r);
    if (reader_peek(r) == '"') {
        bool whole = take_quoted(r, ret);

        take_lws(r);
        return whole;
    }
    start = r->at;
    end = memchr(start, ';', reader_left(r));
    r->at = end ? end : r->end;
    *ret = trim_lws(slice_of(start, (size_t)(r->at - start)));
    return ret->len > 0;
}

/* The cursor is a copy, so that it can live in registers. */
bool take_parameter(struct reader *reader, struct sip_parameter *ret, bool *ret_bad) {
    struct reader r = *reader;
    struct hf_slice name, value = SLICE_NONE;

    *ret_bad = false;
    take_lws(&r);
    if (reader_at_end(&r))
        return false;
    *ret_bad = true;
    if (!reader_take_char(&r, ';'))
        return false;
    take_lws(&r);
    name = take_token(&r);
    if (name.len == 0)
        return false;
    take_lws(&r);
    if (reader_take_char(&r, '=') && !take_value(&r, &value))
        return false;
    if (!reader_at_end(&r) && *r.at != ';')
        return false;
    ret->name = name;
    ret->value = value;
    *reader = r;
    *ret_bad = false;
    return true;
}

bool clamped_number(struct hf_slice digits, uint32_t *ret) {
    uint64_t value = 0;

    if (digits.len == 0)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (!ascii_is_digit(digits.ptr[i]))
            return false;
        value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
        if (value > UINT32_MAX)
            value = UINT32_MAX;
    }
    *ret = (uint32_t)value;
    return true;
}
