#include "base/address.h"

#include <arpa/inet.h> /* inet_pton, inet_ntop: text only, no socket */

bool address_same_host(const struct hf_address *a, const struct hf_address *b) {
    return a->family == b->family && a->scope_id == b->scope_id &&
           memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static bool parse_ipv6(struct hf_slice text, struct hf_address *ret) {
    char buffer[INET6_ADDRSTRLEN];
    struct hf_address address = {.family = HF_FAMILY_IPV6};
    struct hf_slice scope = text;
    struct hf_slice host = slice_split(&scope, '%');
    uint64_t scope_id = 0;

    if (host.len == 0 || host.len >= sizeof buffer)
        return false;
    if (host.len < text.len && (!slice_to_number(scope, &scope_id) || scope_id > UINT32_MAX))
        return false;
    memcpy(buffer, host.ptr, host.len);
    buffer[host.len] = '\0';
    if (memchr(buffer, '\0', host.len) || inet_pton(AF_INET6, buffer, address.ip) != 1)
        return false;
    address.scope_id = (uint32_t)scope_id;
    *ret = address;
    return true;
}

/* Four numbers of one to three digits, none with a zero before it, as inet_pton takes them. */
static bool parse_ipv4(struct hf_slice text, struct hf_address *ret) {
    struct hf_address address = {.family = HF_FAMILY_IPV4};
    unsigned part = 0, digits = 0, value = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];

        if (c == '.') {
            if (digits == 0 || part == 3)
                return false;
            address.ip[part++] = (uint8_t)value;
            digits = value = 0;
            continue;
        }
        if (!ascii_is_digit(c) || (digits > 0 && value == 0))
            return false;
        value = value * 10 + (unsigned)(c - '0');
        digits++;
        if (value > UINT8_MAX)
            return false;
    }
    if (part != 3 || digits == 0)
        return false;
    address.ip[3] = (uint8_t)value;
    *ret = address;
    return true;
}

bool address_parse(struct hf_slice text, struct hf_address *ret) {
    if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        return parse_ipv6(slice_of(text.ptr + 1, text.len - 2), ret);
    if (slice_index(text, ':') < text.len)
        return parse_ipv6(text, ret);
    return parse_ipv4(text, ret);
}

bool address_has_zone(struct hf_slice text) {
    const size_t percent = slice_index(text, '%');

    return percent < text.len && slice_index(text, ':') < percent;
}

struct hf_slice address_without_zone(struct hf_slice text) {
    if (!address_has_zone(text))
        return text;
    const size_t begin = text.ptr[0] == '[' ? 1 : 0;

    return slice_of(text.ptr + begin, slice_index(text, '%') - begin);
}

static void write_ipv4(struct writer *w, const struct hf_address *address) {
    char text[INET_ADDRSTRLEN];
    size_t len = 0;

    for (int i = 0; i < 4; i++) {
        const unsigned byte = address->ip[i];

        if (i > 0)
            text[len++] = '.';
        if (byte >= 100)
            text[len++] = (char)('0' + byte / 100);
        if (byte >= 10)
            text[len++] = (char)('0' + byte / 10 % 10);
        text[len++] = (char)('0' + byte % 10);
    }
    writer_put(w, text, len);
}

void address_write_host(struct writer *w, const struct hf_address *address, bool brackets) {
    if (address->family == HF_FAMILY_IPV4) {
        write_ipv4(w, address);
    } else if (address->family == HF_FAMILY_IPV6) {
        char text[INET6_ADDRSTRLEN] = "";

        if (brackets)
            writer_put_char(w, '[');
        inet_ntop(AF_INET6, address->ip, text, sizeof text);
        writer_put_slice(w, slice_from(text));
        if (brackets)
            writer_put_char(w, ']');
    } else {
        writer_put_char(w, '-');
    }
}

void address_write(struct writer *w, const struct hf_address *address) {
    address_write_host(w, address, address->port != 0);
    if (address->port != 0 && address->family != HF_FAMILY_NONE) {
        writer_put_char(w, ':');
        writer_put_number(w, address->port);
    }
}
