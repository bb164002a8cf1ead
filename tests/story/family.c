/* Stories are told in the addresses of RFC 5737, and over IPv6 when HOLDFAST_FAMILY is 6: then
 * a.b.c.d stands for 2001:d0d::a:b.c, in what the engine is told, and back in what it sends. The
 * last number stays where it was, as the fourth byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/assert.h"
#include "base/writer.h"
#include "story.h"

enum { TEXT_MAX = 16384 };

bool world_has_ipv6(void) {
    const char *family = getenv("HOLDFAST_FAMILY");

    return family && strcmp(family, "6") == 0;
}

struct hf_address world_address(struct hf_address address) {
    const uint8_t *ip = address.ip;

    if (!world_has_ipv6() || address.family != HF_FAMILY_IPV4)
        return address;
    return (struct hf_address){.family = HF_FAMILY_IPV6,
                               .port = address.port,
                               .ip = {0x20, 0x01, 0x0d, ip[3], [13] = ip[0], ip[1], ip[2]}};
}

static bool is_ours(const struct hf_address *address) {
    static const uint8_t prefix[3] = {0x20, 0x01, 0x0d};

    return address->family == HF_FAMILY_IPV6 && memcmp(address->ip, prefix, sizeof prefix) == 0 &&
           address->ip[13] != 0;
}

/* An address at the start of the text: how long it is there, 0: there is none. */
static size_t address_at(struct hf_slice text, const char *letters, struct hf_address *ret) {
    size_t len = 0;

    while (len < text.len && strchr(letters, text.ptr[len]))
        len++;
    while (len > 0 && text.ptr[len - 1] == '.')
        len--;
    return len > 0 && address_parse(slice_of(text.ptr, len), ret) ? len : 0;
}

static size_t put_new(struct writer *w, struct hf_slice rest) {
    struct hf_address address;
    size_t len =
        rest.ptr[0] >= '0' && rest.ptr[0] <= '9' ? address_at(rest, "0123456789.", &address) : 0;

    if (len == 0)
        return 0;
    address = world_address(address);
    address_write_host(w, &address, true);
    return len;
}

static size_t put_old(struct writer *w, struct hf_slice rest) {
    const char *prefix = rest.ptr[0] == '[' ? "[2001:d" : "2001:d";

    if (!slice_starts_with_nocase(rest, slice_from(prefix)))
        return 0;
    struct hf_address address;
    size_t len = address_at(
        rest, rest.ptr[0] == '[' ? "[]0123456789abcdef:" : "0123456789abcdef:", &address);
    const char *end = rest.ptr[0] == '[' ? memchr(rest.ptr, ']', rest.len) : NULL;

    if (end) /* a port may follow */
        len = address_parse(slice_of(rest.ptr, (size_t)(end + 1 - rest.ptr)), &address)
                  ? (size_t)(end + 1 - rest.ptr)
                  : 0;
    if (len == 0 || !is_ours(&address))
        return 0;
    const uint8_t *ip = address.ip;
    const struct hf_address old = {.family = HF_FAMILY_IPV4, .ip = {ip[13], ip[14], ip[15], ip[3]}};

    address_write_host(w, &old, false);
    return len;
}

static bool continues(const char *from, const char *at) {
    return at > from && strchr("0123456789abcdef.:", at[-1]) && at[-1] != ':';
}

static void translate(char *to, size_t size, const char *from,
                      size_t (*put)(struct writer *, struct hf_slice)) {
    struct writer w = writer_of(to, size);
    const char *end = from + strlen(from);

    for (const char *at = from; at < end;) {
        size_t len = continues(from, at) ? 0 : put(&w, slice_of(at, (size_t)(end - at)));

        if (len == 0)
            writer_put(&w, at, 1);
        at += len > 0 ? len : 1;
    }
    HF_ASSERT(writer_terminate(&w));
}

void world_text_in(char *to, size_t size, const char *from) {
    if (world_has_ipv6())
        translate(to, size, from, put_new);
    else
        HF_ASSERT((size_t)snprintf(to, size, "%s", from) < size);
}

void world_text_out(char *text, size_t size) {
    char copy[TEXT_MAX];

    if (!world_has_ipv6())
        return;
    HF_ASSERT((size_t)snprintf(copy, sizeof copy, "%s", text) < sizeof copy);
    translate(text, size, copy, put_old);
}

int world_dns_set(struct sim *sim, const char *name, const struct hf_dns_record *records,
                  size_t count) {
    struct hf_dns_record mine[16];

    HF_ASSERT(count <= sizeof mine / sizeof mine[0]);
    for (size_t i = 0; i < count; i++) {
        mine[i] = records[i];
        if (mine[i].type != HF_DNS_A || !world_has_ipv6())
            continue;
        mine[i].type = HF_DNS_AAAA;
        mine[i].address = world_address(mine[i].address);
    }
    return sim_dns_set(sim, name, mine, count);
}
