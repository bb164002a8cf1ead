#include "base/hash.h"

#include <endian.h>
#include <string.h>

static uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static inline void rounds(uint64_t v[4], int count) {
    while (count-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t load_word(const unsigned char *bytes) {
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static uint64_t load_rest(const unsigned char *bytes, size_t len) {
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t len) {
    const unsigned char *at = bytes;
    uint64_t v[4] = {
        key->k[0] ^ 0x736f6d6570736575u,
        key->k[1] ^ 0x646f72616e646f6du,
        key->k[0] ^ 0x6c7967656e657261u,
        key->k[1] ^ 0x7465646279746573u,
    };
    size_t left = len;

    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word = load_word(at);

        v[3] ^= word;
        rounds(v, 2);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)len << 56 | load_rest(at, left);

    v[3] ^= last;
    rounds(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
