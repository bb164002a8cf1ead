/* SipHash-2-4, keyed with a secret: for tables whose keys come from the network. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "holdfast/types.h"

struct hash_key {
    uint64_t k[2];
};

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t len);

#endif
