#include "base/random.h"

static uint64_t mix(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* A seed may be small or zero (simulations count them up), so it is spread first. */
void random_init(struct random *random, const uint64_t seed[4]) {
    uint64_t chain = 0;

    for (int i = 0; i < 4; i++) {
        chain ^= seed[i];
        random->state[i] = mix(&chain);
    }
}

static uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

uint64_t random_next(struct random *random) {
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound) {
    return (uint64_t)((unsigned __int128)random_next(random) * bound >> 64);
}

struct random random_child(struct random *random) {
    uint64_t seed[4];
    struct random child;

    for (int i = 0; i < 4; i++)
        seed[i] = random_next(random);
    random_init(&child, seed);
    return child;
}
