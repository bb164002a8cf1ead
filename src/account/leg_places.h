/* Which registrations an account has at the same time: one with each of its servers where they are
 * concurrent, and, where it registers flows, one by way of each of its outbound proxies (RFC 5626
 * section 4.2.1). */
#ifndef ACCOUNT_LEG_PLACES_H
#define ACCOUNT_LEG_PLACES_H

#include "base/limits.h"
#include "settings/settings.h"

enum { LEGS_MAX = LIMIT_SERVERS, LEG_ANY = -1 };

/* What a leg keeps to; LEG_ANY: it walks all there are, one at a time. */
struct leg_place {
    int server;
    int proxy;
};

/* How many; fewer than two: the account has no legs. */
unsigned leg_places(const struct hf_settings *settings, struct leg_place places[LEGS_MAX]);

/* Settings that keep to the place, from the pool. HF_ERROR_MEMORY. */
int leg_settings_take(struct settings_pool *pool, const struct hf_settings *settings,
                      const struct leg_place *place, struct hf_settings **ret);

/* Whether settings keep to the very place. */
bool leg_settings_keep_to(const struct hf_settings *settings, const struct leg_place *place);

#endif
