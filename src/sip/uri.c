#include "sip/uri.h"

#include "base/address.h"
#include "base/limits.h"
#include "sip/token.h"

static const uint8_t parameter_chars[256] = {
    ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['-'] = 1,  ['_'] = 1, ['.'] = 1,
    ['!'] = 1,         ['~'] = 1,         ['*'] = 1,         ['\''] = 1, ['('] = 1, [')'] = 1,
    ['['] = 1,         [']'] = 1,         ['/'] = 1,         [':'] = 1,  ['&'] = 1, ['+'] = 1,
    ['$'] = 1,         ['%'] = 1,         ['"'] = 0,         ['@'] = 1};
static const uint8_t password_chars[256] = {
    ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['-'] = 1,  ['_'] = 1, ['.'] = 1,
    ['!'] = 1,         ['~'] = 1,         ['*'] = 1,         ['\''] = 1, ['('] = 1, [')'] = 1,
    ['&'] = 1,         ['='] = 1,         ['+'] = 1,         ['$'] = 1,  [','] = 1, ['%'] = 1};
static const uint8_t header_chars[256] = {
    ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['-'] = 1,  ['_'] = 1, ['.'] = 1,
    ['!'] = 1,         ['~'] = 1,         ['*'] = 1,         ['\''] = 1, ['('] = 1, [')'] = 1,
    ['['] = 1,         [']'] = 1,         ['/'] = 1,         ['?'] = 1,  [':'] = 1, ['+'] = 1,
    ['$'] = 1,         ['%'] = 1,         ['&'] = 1,         ['='] = 1};

static int hex_value(int c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%41" at `at`: the byte it stands for, or -1. */
static int escape_at(struct hf_slice s, size_t at) {
    if (s.len - at < 3 || s.ptr[at] != '%')
        return -1;
    int high = hex_value((unsigned char)s.ptr[at + 1]);
    int low = hex_value((unsigned char)s.ptr[at + 2]);

    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool all_in_class(struct hf_slice s, const uint8_t table[256]) {
    for (size_t i = 0; i < s.len; i++)
        if (!table[(unsigned char)s.ptr[i]])
            return false;
    return true;
}

/* Characters of the class, and well-formed escapes. */
static bool is_escaped_text(struct hf_slice s, const uint8_t table[256]) {
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '%') {
            if (escape_at(s, i) < 0)
                return false;
            i += 2;
        } else if (!table[(unsigned char)s.ptr[i]]) {
            return false;
        }
    }
    return true;
}

static bool parse_port(struct hf_slice digits, uint16_t *ret) {
    uint64_t port;

    if (!slice_to_number(digits, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *ret = (uint16_t)port;
    return true;
}

/* "host", "host:port", "[v6]:port" */
static bool parse_host_port(struct hf_slice text, struct sip_uri *uri) {
    struct hf_slice rest;

    if (text.len > 0 && text.ptr[0] == '[') {
        struct hf_address ignored;
        size_t end = slice_index(text, ']');

        if (end == text.len)
            return false;
        uri->host = slice_of(text.ptr, end + 1);
        rest = slice_from_index(text, end + 1);
        if (!address_parse(uri->host, &ignored) || (rest.len > 0 && rest.ptr[0] != ':'))
            return false;
        return rest.len == 0 || parse_port(slice_from_index(rest, 1), &uri->port);
    }
    size_t colon = slice_index(text, ':');

    uri->host = slice_of(text.ptr, colon);
    if (uri->host.len == 0 || !all_in_class(uri->host, sip_host_chars))
        return false;
    return colon == text.len || parse_port(slice_from_index(text, colon + 1), &uri->port);
}

static bool parse_userinfo(struct hf_slice text, struct sip_uri *uri) {
    size_t colon = slice_index(text, ':');

    uri->user = slice_of(text.ptr, colon);
    if (colon < text.len)
        uri->password = slice_of(text.ptr + colon + 1, text.len - colon - 1);
    return uri->user.len > 0 && is_escaped_text(uri->user, sip_user_chars) &&
           is_escaped_text(uri->password, password_chars);
}

/* The next byte with its escape removed. */
static int next_unescaped(struct hf_slice s, size_t *at) {
    int c;

    if (*at >= s.len)
        return -1;
    c = escape_at(s, *at);
    if (c >= 0) {
        *at += 3;
        return c;
    }
    return (unsigned char)s.ptr[(*at)++];
}

static bool same_unescaped(struct hf_slice a, struct hf_slice b, bool fold_case) {
    size_t i = 0, j = 0;

    if ((a.ptr == NULL) != (b.ptr == NULL))
        return false;
    for (;;) {
        int c = next_unescaped(a, &i), d = next_unescaped(b, &j);

        if (fold_case && c >= 0 && d >= 0) {
            c = ascii_lower((char)c);
            d = ascii_lower((char)d);
        }
        if (c != d)
            return false;
        if (c < 0)
            return true;
    }
}

static bool next_parameter(struct hf_slice *rest, struct hf_slice *ret_name,
                           struct hf_slice *ret_value) {
    if (rest->len == 0)
        return false;
    struct hf_slice all = slice_from_index(*rest, 1);
    struct hf_slice one = slice_of(all.ptr, slice_index(all, ';'));

    *rest = slice_from_index(all, one.len);
    *ret_name = slice_split(&one, '=');
    *ret_value = one;
    return true;
}

static bool find_in(struct hf_slice parameters, struct hf_slice name, struct hf_slice *ret_value) {
    struct hf_slice other;

    while (next_parameter(&parameters, &other, ret_value))
        if (same_unescaped(other, name, true))
            return true;
    return false;
}

/* Each name at most once (RFC 3261 section 19.1.1), so that comparison has one answer. */
static bool parse_parameters(struct hf_slice text) {
    struct hf_slice rest = text, name, value, ignored;
    unsigned count = 0;

    for (;;) {
        const struct hf_slice before = slice_of(text.ptr, text.len - rest.len);

        if (!next_parameter(&rest, &name, &value))
            return true;
        if (++count > LIMIT_PARAMETERS || name.len == 0 ||
            !is_escaped_text(name, parameter_chars) || !is_escaped_text(value, parameter_chars) ||
            find_in(before, name, &ignored))
            return false;
    }
}

/* What follows "sip:" or "sips:". */
static bool parse_sip(struct hf_slice text, struct sip_uri *uri) {
    size_t at = slice_index(text, '@');

    if (at < text.len) {
        if (!parse_userinfo(slice_of(text.ptr, at), uri))
            return false;
        text = slice_from_index(text, at + 1);
    }
    size_t question = slice_index(text, '?');

    if (question < text.len) {
        uri->headers = slice_from_index(text, question + 1);
        text.len = question;
        if (uri->headers.len == 0 || !is_escaped_text(uri->headers, header_chars))
            return false;
    }
    size_t semicolon = slice_index(text, ';');

    uri->parameters = slice_from_index(text, semicolon);
    text.len = semicolon;
    return parse_host_port(text, uri) && parse_parameters(uri->parameters);
}

static bool parse_tel(struct hf_slice text, struct sip_uri *uri) {
    size_t semicolon = slice_index(text, ';');
    static const uint8_t number_chars[256] = {
        ['0' ... '9'] = 1, ['a' ... 'f'] = 1, ['A' ... 'F'] = 1, ['*'] = 1, ['#'] = 1,
        ['+'] = 1,         ['-'] = 1,         ['.'] = 1,         ['('] = 1, [')'] = 1};

    uri->user = slice_of(text.ptr, semicolon);
    uri->parameters = slice_from_index(text, semicolon);
    return uri->user.len > 0 && all_in_class(uri->user, number_chars) &&
           parse_parameters(uri->parameters);
}

static bool is_scheme(struct hf_slice s) {
    if (s.len == 0 || !((ascii_lower(s.ptr[0]) >= 'a') && ascii_lower(s.ptr[0]) <= 'z'))
        return false;
    for (size_t i = 1; i < s.len; i++) {
        char c = ascii_lower(s.ptr[i]);

        if (!((c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '+' || c == '-' || c == '.'))
            return false;
    }
    return true;
}

bool uri_parse(struct hf_slice text, struct sip_uri *ret) {
    struct hf_slice rest = text;
    struct hf_slice scheme = slice_split(&rest, ':');

    *ret = (struct sip_uri){0};
    if (scheme.len == text.len || rest.len == 0 || !is_scheme(scheme))
        return false;
    if (slice_equal_nocase(scheme, SLICE("sip")))
        return parse_sip(rest, ret);
    if (slice_equal_nocase(scheme, SLICE("sips"))) {
        ret->scheme = URI_SIPS;
        return parse_sip(rest, ret);
    }
    if (slice_equal_nocase(scheme, SLICE("tel"))) {
        ret->scheme = URI_TEL;
        return parse_tel(rest, ret);
    }
    ret->scheme = URI_OTHER;
    ret->rest = rest;
    for (size_t i = 0; i < rest.len; i++)
        if ((unsigned char)rest.ptr[i] <= ' ' || rest.ptr[i] == '<' || rest.ptr[i] == '>' ||
            rest.ptr[i] == '"')
            return false;
    return true;
}

bool uri_parameter(const struct sip_uri *uri, struct hf_slice name, struct hf_slice *ret_value) {
    return find_in(uri->parameters, name, ret_value);
}

/* Section 19.1.4: these count even when only one of the URIs has them; the others only when both
 * have them. */
static bool must_be_in_both(struct hf_slice name) {
    static const struct hf_slice names[] = {
        {"user", 4}, {"ttl", 3}, {"method", 6}, {"maddr", 5}, {"transport", 9}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (same_unescaped(name, names[i], true))
            return true;
    return false;
}

/* One direction: every parameter of `a` agrees with `b`. */
static bool parameters_agree(struct hf_slice a, struct hf_slice b) {
    struct hf_slice name, value, other;

    while (next_parameter(&a, &name, &value)) {
        if (!find_in(b, name, &other)) {
            if (must_be_in_both(name))
                return false;
            continue;
        }
        if (value.len != 0 || other.len != 0)
            if (!same_unescaped(slice_of(value.ptr ? value.ptr : "", value.len),
                                slice_of(other.ptr ? other.ptr : "", other.len), true))
                return false;
    }
    return true;
}

static bool next_header(struct hf_slice *rest, struct hf_slice *ret) {
    while (rest->len > 0) {
        *ret = slice_split(rest, '&');
        if (ret->len > 0)
            return true;
    }
    return false;
}

/* One direction: every header of `a` is in `b`. */
static bool headers_in(struct hf_slice a, struct hf_slice b) {
    struct hf_slice one;

    while (next_header(&a, &one)) {
        struct hf_slice rest = b, other;
        bool found = false;

        while (!found && next_header(&rest, &other))
            found = same_unescaped(one, other, true);
        if (!found)
            return false;
    }
    return true;
}

bool uri_equal(const struct sip_uri *a, const struct sip_uri *b) {
    if (a->scheme != b->scheme)
        return false;
    if (a->scheme == URI_OTHER)
        return slice_equal(a->rest, b->rest);
    return same_unescaped(a->user, b->user, a->scheme == URI_TEL) &&
           same_unescaped(a->password, b->password, false) &&
           slice_equal_nocase(a->host, b->host) && a->port == b->port &&
           parameters_agree(a->parameters, b->parameters) &&
           parameters_agree(b->parameters, a->parameters) && headers_in(a->headers, b->headers) &&
           headers_in(b->headers, a->headers);
}

void write_unescaped(struct writer *w, struct hf_slice text) {
    size_t at = 0;

    for (int c; (c = next_unescaped(text, &at)) >= 0;)
        writer_put_char(w, (char)c);
}

void write_escaped_user(struct writer *w, struct hf_slice text) {
    static const char digits[] = "0123456789ABCDEF";
    struct reader r = reader_of(text);

    for (;;) {
        writer_put_slice(w, reader_take_class(&r, sip_user_chars));
        if (reader_at_end(&r))
            return;
        const unsigned char c = (unsigned char)*r.at++;
        const char escape[3] = {'%', digits[c >> 4], digits[c & 15]};

        writer_put(w, escape, sizeof escape);
    }
}
