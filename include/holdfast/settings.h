/* The settings of one account, by their native names: what `holdfast settings` lists and
 * docs/settings.md describes.
 *
 * A key names a setting as the native YAML does: "expires", "keep_alive.interval". Settings of a
 * server or an outbound proxy are named with their place in the list, counted from 1:
 * "servers[2].address", "proxies[1].retry_counts"; without it ("expires") all servers are meant.
 * Values are text: numbers and durations ("30", "0.5", "10 min"; plain numbers are seconds), yes
 * or no, words, or free text. */
#ifndef HOLDFAST_SETTINGS_H
#define HOLDFAST_SETTINGS_H

#include "holdfast/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hf_settings;

/* Says in one line what is wrong with a value, or what was done with it. Names key, value and
 * range; never the value of a secret. */
struct hf_settings_error {
    char message[256]; /* terminated; empty when there is nothing to say */
};

/* Makes a set of settings that has the defaults of a family of phones: "generic",
 * "grandstream-gxv3370", "grandstream-gsc35xx", "grandstream-grp", "yealink", "flx"; NULL means
 * "generic". The caller frees it. HF_ERROR_UNKNOWN: no such family; HF_ERROR_MEMORY. */
HF_API int hf_settings_create(const char *family, struct hf_settings **ret);

/* A copy, which shares what it can with the original until either is changed. Copies may be
 * handed to other threads. HF_ERROR_MEMORY. */
HF_API int hf_settings_copy(const struct hf_settings *settings, struct hf_settings **ret);

/* NULL is ignored. An agent keeps its own copy. */
HF_API void hf_settings_free(struct hf_settings *settings);

/* Sets one setting; an empty value, or NULL, takes it back to its default.
 * HF_ERROR_UNKNOWN: no such key; HF_ERROR_INVALID: the value is not of the setting's type;
 * HF_ERROR_RANGE: outside what is permitted; HF_ERROR_MEMORY. `error` may be NULL; it gets a
 * message for each of them, and also when a value was accepted but changed (0 is returned, and
 * the message is not empty). */
HF_API int hf_settings_set(struct hf_settings *settings, const char *key, const char *value,
                           struct hf_settings_error *error);

/* Writes the value in force (the default, where nothing is set) as text, in the form in which
 * hf_settings_set reads it: at most `size` bytes with the terminating NUL. HF_ERROR_UNKNOWN: no
 * such key; HF_ERROR_LIMIT: the buffer is too small. Secrets are written in the clear. */
HF_API int hf_settings_get(const struct hf_settings *settings, const char *key, char *buffer,
                           size_t size);

/* The family given to hf_settings_create; static. */
HF_API const char *hf_settings_family(const struct hf_settings *settings);

/* True when every setting has the same value in both. */
HF_API bool hf_settings_equal(const struct hf_settings *a, const struct hf_settings *b);

#ifdef __cplusplus
}
#endif

#endif
