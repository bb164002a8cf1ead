#include "account/tls_profiles.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "base/writer.h"

enum { TEXTS = 6, CONTENT_MAX = TEXTS * (LIMIT_SETTING_TEXT_BYTES + sizeof(uint32_t)) + 2 };

/* Each text after its length, so that no two sets of options are written alike. The texts of
 * `options` are moved to what is written. */
static size_t write_content(struct hf_tls_options *options, char *content, size_t size) {
    struct hf_slice *texts[TEXTS] = {&options->server_name, &options->ca,  &options->certificate,
                                     &options->key,         &options->pin, &options->ciphers};
    struct writer w = writer_of(content, size);

    writer_put_char(&w, options->verify ? 'v' : '-');
    writer_put_char(&w, (char)('0' + options->version_min));
    for (size_t i = 0; i < TEXTS; i++) {
        uint32_t len = (uint32_t)texts[i]->len;

        writer_put_slice(&w, slice_of((const char *)&len, sizeof len));
        const char *start = w.at;

        writer_put_slice(&w, *texts[i]);
        *texts[i] = slice_of(start, len);
    }
    HF_ASSERT(!w.full);
    return writer_length(&w);
}

static struct tls_profile *find(const struct tls_profiles *profiles, const char *content,
                                size_t len, uint64_t hash) {
    for (struct map_node *n = map_first(&profiles->by_content, hash); n; n = map_next(n)) {
        struct tls_profile *profile = CONTAINER_OF(n, struct tls_profile, by_content);

        if (profile->len == len && memcmp(profile->content, content, len) == 0)
            return profile;
    }
    return NULL;
}

struct tls_profile *tls_profile_hold(struct tls_profiles *profiles, const struct hash_key *key,
                                     const struct hf_tls_options *options) {
    char content[CONTENT_MAX];
    struct hf_tls_options flat = *options;
    size_t len = write_content(&flat, content, sizeof content);
    uint64_t hash = hash_bytes(key, content, len);
    struct tls_profile *profile = find(profiles, content, len, hash);

    if (!profile) {
        profile = calloc(1, sizeof *profile + len);
        if (!profile)
            return NULL;
        if (map_insert(&profiles->by_content, &profile->by_content, hash)) {
            free(profile);
            return NULL;
        }
        profile->number = ++profiles->last_number ? profiles->last_number : ++profiles->last_number;
        profile->options = *options;
        profile->len = write_content(&profile->options, profile->content, len);
    }
    profile->holders++;
    return profile;
}

void tls_profile_let_go(struct tls_profiles *profiles, struct tls_profile *profile) {
    if (!profile || --profile->holders > 0)
        return;
    map_remove(&profiles->by_content, &profile->by_content);
    free(profile);
}

void tls_profiles_release(struct tls_profiles *profiles) {
    HF_ASSERT(profiles->by_content.count == 0);
    map_release(&profiles->by_content);
}
