#include "sip/stun.h"

#include <string.h>

enum {
    HEADER = 20,
    ID_AT = 8,
    ID_BYTES = 12,
    BINDING_REQUEST = 0x0001,
    BINDING_SUCCESS = 0x0101,
    MAPPED_ADDRESS = 0x0001,
    XOR_MAPPED_ADDRESS = 0x0020,
    FAMILY_IPV4 = 1,
    FAMILY_IPV6 = 2,
};

static const uint8_t cookie[4] = {0x21, 0x12, 0xa4, 0x42};

static unsigned number_at(struct hf_slice bytes, size_t at) {
    return (unsigned)(uint8_t)bytes.ptr[at] << 8 | (uint8_t)bytes.ptr[at + 1];
}

bool stun_is_it(struct hf_slice bytes) {
    return bytes.len >= HEADER && ((uint8_t)bytes.ptr[0] & 0xc0) == 0 &&
           memcmp(bytes.ptr + 4, cookie, sizeof cookie) == 0;
}

static void id_bytes(const uint64_t id[2], uint8_t ret[ID_BYTES]) {
    memcpy(ret, &id[0], 8);
    memcpy(ret + 8, &id[1], 4);
}

bool stun_id_read(struct hf_slice bytes, uint64_t ret[2]) {
    if (!stun_is_it(bytes))
        return false;
    ret[1] = 0;
    memcpy(&ret[0], bytes.ptr + ID_AT, 8);
    memcpy(&ret[1], bytes.ptr + ID_AT + 8, 4);
    return true;
}

void stun_request_write(char buffer[STUN_REQUEST_BYTES], const uint64_t id[2]) {
    uint8_t head[STUN_REQUEST_BYTES] = {0, BINDING_REQUEST};

    memcpy(head + 4, cookie, sizeof cookie);
    id_bytes(id, head + ID_AT);
    memcpy(buffer, head, sizeof head);
}

/* `key` is the cookie and the id, or zeros for an address in the clear. */
static bool read_address(struct hf_slice value, const uint8_t key[16], struct hf_address *ret) {
    const unsigned family = value.len >= 4 ? (uint8_t)value.ptr[1] : 0;
    const size_t size = family == FAMILY_IPV4 ? 4 : 16;

    if ((family != FAMILY_IPV4 && family != FAMILY_IPV6) || value.len != 4 + size)
        return false;
    *ret = (struct hf_address){.family = family == FAMILY_IPV4 ? HF_FAMILY_IPV4 : HF_FAMILY_IPV6};
    ret->port = (uint16_t)(number_at(value, 2) ^ ((unsigned)key[0] << 8 | key[1]));
    for (size_t i = 0; i < size; i++)
        ret->ip[i] = (uint8_t)((uint8_t)value.ptr[4 + i] ^ key[i]);
    return ret->port != 0;
}

bool stun_response_read(struct hf_slice bytes, const uint64_t id[2], struct hf_address *ret) {
    static const uint8_t clear[16];
    uint8_t key[16];
    bool found = false;

    memcpy(key, cookie, sizeof cookie);
    id_bytes(id, key + sizeof cookie);
    if (!stun_is_it(bytes) || number_at(bytes, 0) != BINDING_SUCCESS ||
        number_at(bytes, 2) != bytes.len - HEADER ||
        memcmp(bytes.ptr + ID_AT, key + sizeof cookie, ID_BYTES) != 0)
        return false;
    for (size_t at = HEADER; at + 4 <= bytes.len;) {
        const unsigned type = number_at(bytes, at);
        const size_t len = number_at(bytes, at + 2);

        if (len > bytes.len - at - 4)
            return false;
        const struct hf_slice value = slice_of(bytes.ptr + at + 4, len);

        if (type == XOR_MAPPED_ADDRESS)
            return read_address(value, key, ret);
        if (type == MAPPED_ADDRESS)
            found = read_address(value, clear, ret);
        at += 4 + (len + 3) / 4 * 4;
    }
    return found;
}

struct hf_slice stun_answer(struct hf_slice request, const struct hf_address *from,
                            char buffer[STUN_RESPONSE_MAX]) {
    const size_t size = from->family == HF_FAMILY_IPV6 ? 16 : 4, length = HEADER + 8 + size;
    uint8_t out[STUN_RESPONSE_MAX] = {0};

    if (!stun_is_it(request) || number_at(request, 0) != BINDING_REQUEST ||
        number_at(request, 2) != request.len - HEADER || from->family == HF_FAMILY_NONE)
        return SLICE_NONE;
    memcpy(out, request.ptr, HEADER); /* the cookie and the id are the key, too */
    out[0] = BINDING_SUCCESS >> 8;
    out[1] = BINDING_SUCCESS & 0xff;
    out[2] = 0;
    out[3] = (uint8_t)(8 + size);
    out[HEADER + 1] = XOR_MAPPED_ADDRESS;
    out[HEADER + 3] = (uint8_t)(4 + size);
    out[HEADER + 5] = from->family == HF_FAMILY_IPV6 ? FAMILY_IPV6 : FAMILY_IPV4;
    out[HEADER + 6] = (uint8_t)(from->port >> 8 ^ out[4]);
    out[HEADER + 7] = (uint8_t)((from->port & 0xff) ^ out[5]);
    for (size_t i = 0; i < size; i++)
        out[HEADER + 8 + i] = (uint8_t)(from->ip[i] ^ out[4 + i]);
    memcpy(buffer, out, length);
    return slice_of(buffer, length);
}
