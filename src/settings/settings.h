/* Settings as the engine reads them. Values that are not set are the family's defaults, so a
 * getter always has an answer. The getter must fit the row's type (asserted).
 *
 * `index` counts servers, proxies and records from 0; it is 0 for everything else. A server's
 * value is its own, else the account's, else the default; a proxy's that is not set is that of
 * the server with the same index. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/slice.h"
#include "holdfast/settings.h"
#include "settings/ids.h"
#include "settings/words.h"

int64_t settings_number(const struct hf_settings *settings, enum setting id, unsigned index);
hf_time settings_duration(const struct hf_settings *settings, enum setting id, unsigned index);
bool settings_bool(const struct hf_settings *settings, enum setting id, unsigned index);
/* One of the enums of words.h. */
int settings_word(const struct hf_settings *settings, enum setting id, unsigned index);
/* Empty when not set. Good until the settings are changed or freed. */
struct hf_slice settings_text(const struct hf_settings *settings, enum setting id, unsigned index);

/* Whether this very place has a value of its own, not one that is inherited or a default. */
bool settings_is_set(const struct hf_settings *settings, enum setting id, unsigned index);

/* One more than the last index that has an address; there may be empty ones before it. */
unsigned settings_server_count(const struct hf_settings *settings);
unsigned settings_proxy_count(const struct hf_settings *settings);

/* From now on they concern one of their servers alone: they are those of one of several
 * registrations that an account has at the same time. Every value stays as it is, and indices too;
 * copies have the same limit, and with another one settings are not equal. */
void settings_limit_to_server(struct hf_settings *settings, unsigned server);
bool settings_concern_server(const struct hf_settings *settings, unsigned server);

/* The same with one of their outbound proxies. */
void settings_limit_to_proxy(struct hf_settings *settings, unsigned proxy);
bool settings_concern_proxy(const struct hf_settings *settings, unsigned proxy);

/* What they are limited to; -1: nothing. */
int settings_server_limit(const struct hf_settings *settings);
int settings_proxy_limit(const struct hf_settings *settings);

/* The same settings with the shared part of equal settings stored once. An agent has one pool and
 * takes its copies through it: a million accounts that differ in user and password share the
 * rest. */
struct settings_pool;

int settings_pool_create(struct settings_pool **ret);
/* Settings taken from the pool may outlive it. */
void settings_pool_free(struct settings_pool *pool);

/* A copy through the pool, which cannot be changed; give it back with settings_pool_give.
 * HF_ERROR_MEMORY. */
int settings_pool_take(struct settings_pool *pool, const struct hf_settings *settings,
                       struct hf_settings **ret);
void settings_pool_give(struct settings_pool *pool, struct hf_settings *settings);

/* Different sets in the pool, for tests and measurements. */
size_t settings_pool_count(const struct settings_pool *pool);

#endif
