/* What the connections of an agent ask of TLS: equal options are one profile, whose number stands
 * for them in the key of a path. A profile lives as long as a path has it. */
#ifndef ACCOUNT_TLS_PROFILES_H
#define ACCOUNT_TLS_PROFILES_H

#include "base/hash.h"
#include "base/map.h"
#include "holdfast/agent.h"

struct tls_profile {
    struct map_node by_content;
    uint32_t number; /* not 0 */
    uint32_t holders;
    struct hf_tls_options options;
    size_t len;
    char content[]; /* what makes two the same; the options' texts are in it */
};

struct tls_profiles {
    struct map by_content;
    uint32_t last_number;
};

void tls_profiles_release(struct tls_profiles *profiles);

/* The profile with these options, of which each text is at most LIMIT_SETTING_TEXT_BYTES long;
 * held until tls_profile_let_go. NULL when there is no memory. */
struct tls_profile *tls_profile_hold(struct tls_profiles *profiles, const struct hash_key *key,
                                     const struct hf_tls_options *options);

/* NULL is ignored. */
void tls_profile_let_go(struct tls_profiles *profiles, struct tls_profile *profile);

#endif
