#include "settings/host.h"

#include "base/address.h"
#include "base/limits.h"

static bool is_name_char(char c) {
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' ||
           c == '-' || c == '_';
}

static bool is_name(struct hf_slice text) {
    if (text.len == 0 || text.len > LIMIT_NAME_BYTES || text.ptr[0] == '.' || text.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_name_char(text.ptr[i]) || (i > 0 && text.ptr[i] == '.' && text.ptr[i - 1] == '.'))
            return false;
    }
    return true;
}

/* Digits and dots only, but not an address: "192.168.1" or "1.2.3.400" is a slip of the pen. */
static bool looks_like_bad_address(struct hf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i]) && text.ptr[i] != '.')
            return false;
    }
    return true;
}

static bool read_port(struct hf_slice text, struct host_text *ret, const char **reason) {
    uint64_t port;

    *reason = "has a port that is not a number from 1 to 65535";
    if (!slice_to_number(text, &port) || port == 0 || port > 65535)
        return false;
    ret->port = (uint16_t)port;
    return true;
}

static bool read_parameters(struct hf_slice rest, struct host_text *ret, const char **reason) {
    while (rest.len > 0) {
        struct hf_slice value = slice_trim(slice_split(&rest, ';'));
        struct hf_slice name = slice_trim(slice_split(&value, '='));

        if (slice_equal_nocase(name, SLICE("lr"))) {
            ret->loose = true;
        } else if (slice_equal_nocase(name, SLICE("transport"))) {
            ret->transport = slice_trim(value);
        } else if (!slice_is_empty(name)) {
            *reason = "has parameters other than lr and transport";
            return false;
        }
    }
    return true;
}

/* "fe80::1%eth0": IFNAMSIZ is 16. */
static bool is_scoped(struct hf_slice text) {
    struct hf_slice zone = text;
    struct hf_slice address = slice_split(&zone, '%');
    struct hf_address ignored;

    if (!address_has_zone(text) || zone.len == 0 || zone.len > 15 ||
        !address_parse(address, &ignored))
        return false;
    for (size_t i = 0; i < zone.len; i++)
        if (!is_name_char(zone.ptr[i]))
            return false;
    return true;
}

static bool is_ip(struct hf_slice text) {
    struct hf_address ignored;

    return address_parse(text, &ignored) || is_scoped(text);
}

/* "[…]" with what follows left in *text. */
static bool read_bracketed(struct hf_slice *text, struct host_text *ret) {
    size_t close = slice_index(*text, ']');

    ret->host = slice_of(text->ptr + 1, close > 0 ? close - 1 : 0);
    if (close == text->len || !is_ip(ret->host) || slice_index(ret->host, ':') == ret->host.len)
        return false;
    *text = slice_from_index(*text, close + 1);
    ret->is_address = true;
    return true;
}

static bool read_host(struct hf_slice text, struct host_text *ret, const char **reason) {
    *reason = "is not a host name or IP address";
    if (text.len > 0 && text.ptr[0] == '[') {
        if (!read_bracketed(&text, ret))
            return false;
        if (text.len == 0)
            return true;
        if (text.ptr[0] != ':')
            return false;
        return read_port(slice_from_index(text, 1), ret, reason);
    }
    if (is_ip(text)) {
        ret->host = text;
        ret->is_address = true;
        return true;
    }
    if (address_has_zone(text))
        return false;
    ret->host = slice_split(&text, ':');
    ret->is_address = is_ip(ret->host);
    if (!ret->is_address && (!is_name(ret->host) || looks_like_bad_address(ret->host)))
        return false;
    if (text.len == 0) /* "host:" comes out of templates whose port is empty */
        return true;
    return read_port(text, ret, reason);
}

bool host_read(struct hf_slice text, struct host_text *ret, const char **reason) {
    struct host_text parts = {0};
    struct hf_slice parameters = slice_trim(text);
    struct hf_slice host;

    if (slice_starts_with_nocase(parameters, SLICE("sip:")))
        parameters = slice_from_index(parameters, 4);
    host = slice_trim(slice_split(&parameters, ';'));
    if (!read_host(host, &parts, reason) || !read_parameters(parameters, &parts, reason))
        return false;
    *ret = parts;
    return true;
}
