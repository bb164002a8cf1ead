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
const uint8_t sip_value_chars[256] = {
    ALPHANUM,  ['-'] = 1,  ['.'] = 1, ['!'] = 1, ['%'] = 1, ['*'] = 1, ['_'] = 1, ['+'] = 1,
    ['`'] = 1, ['\''] = 1, ['~'] = 1, ['['] = 1, [']'] = 1, [':'] = 1, ['/'] = 1, ['@'] = 1,
    ['&'] = 1, ['$'] = 1,  ['('] = 1, [')'] = 1, ['?'] = 1, ['='] = 1, ['#'] = 1, ['|'] = 1};

bool is_token(struct hf_slice s) {
    struct reader r = reader_of(s);

    return s.len > 0 && (take_token(&r), reader_at_end(&r));
}

bool take_quoted(struct reader *r, struct hf_slice *ret) {
    const char *at = r->at;

    if (reader_peek(r) != '"')
        return false;
    for (at++; at < r->end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    if (at >= r->end)
        return false;
    *ret = slice_of(r->at, (size_t)(at + 1 - r->at));
    r->at = at + 1;
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
    for (size_t i = 1; i + 1 < quoted.len; i++) {
        if (quoted.ptr[i] == '\\' && i + 2 < quoted.len)
            i++;
        writer_put_char(w, quoted.ptr[i]);
    }
}

void write_quoted(struct writer *w, struct hf_slice content) {
    writer_put_char(w, '"');
    for (size_t i = 0; i < content.len; i++) {
        char c = content.ptr[i];

        if (c == '\r' || c == '\n' || c == '\0')
            continue;
        if (c == '"' || c == '\\')
            writer_put_char(w, '\\');
        writer_put_char(w, c);
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

/* Up to the next comma that is neither in quotes nor in angle brackets. */
static const char *value_end(const struct reader *r) {
    bool in_quotes = false, in_brackets = false;
    const char *at = r->at;

    for (; at < r->end; at++) {
        if (in_quotes) {
            if (*at == '\\' && at + 1 < r->end)
                at++;
            else if (*at == '"')
                in_quotes = false;
        } else if (*at == '"' && !in_brackets) {
            in_quotes = true;
        } else if (*at == '<') {
            in_brackets = true;
        } else if (*at == '>') {
            in_brackets = false;
        } else if (*at == ',' && !in_brackets) {
            break;
        }
    }
    return at;
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

bool take_parameter(struct reader *r, struct sip_parameter *ret, bool *ret_bad) {
    *ret_bad = false;
    take_lws(r);
    if (reader_at_end(r))
        return false;
    *ret = (struct sip_parameter){0};
    *ret_bad = true;
    if (!reader_take_char(r, ';'))
        return false;
    take_lws(r);
    ret->name = take_token(r);
    if (ret->name.len == 0)
        return false;
    take_lws(r);
    if (reader_take_char(r, '=')) {
        take_lws(r);
        if (!take_quoted(r, &ret->value)) {
            ret->value = reader_take_class(r, sip_value_chars);
            if (ret->value.len == 0)
                return false;
        }
        take_lws(r);
    }
    if (!reader_at_end(r) && reader_peek(r) != ';')
        return false;
    *ret_bad = false;
    return true;
}

bool find_parameter(struct hf_slice parameters, struct hf_slice name, struct hf_slice *ret_value) {
    struct reader r = reader_of(parameters);
    struct sip_parameter parameter;
    bool bad;

    while (take_parameter(&r, &parameter, &bad)) {
        if (slice_equal_nocase(parameter.name, name)) {
            *ret_value = parameter.value;
            return true;
        }
    }
    return false;
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
