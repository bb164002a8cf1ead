#include "settings/settings.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "settings/object.h"
#include "settings/resolved.h"

int hf_settings_create(const char *family, struct hf_settings **ret) {
    int index = family ? settings_family_of(slice_from(family)) : FAMILY_GENERIC;
    struct hf_settings *settings;

    if (index < 0)
        return HF_ERROR_UNKNOWN;
    settings = calloc(1, sizeof *settings);
    if (!settings)
        return HF_ERROR_MEMORY;
    settings->family = (enum settings_family)index;
    *ret = settings;
    return 0;
}

int hf_settings_copy(const struct hf_settings *settings, struct hf_settings **ret) {
    struct hf_settings *copy = malloc(sizeof *copy);

    if (!copy)
        return HF_ERROR_MEMORY;
    struct value_set *own =
        settings->own_inside ? values_copy(settings->own) : values_share(settings->own);

    if (settings->own && !own) {
        free(copy);
        return HF_ERROR_MEMORY;
    }
    *copy = (struct hf_settings){.own = own,
                                 .profile = values_share(settings->profile),
                                 .family = settings->family,
                                 .only_server = settings->only_server,
                                 .only_proxy = settings->only_proxy};
    *ret = copy;
    return 0;
}

struct hf_settings *settings_pack(const struct hf_settings *settings, struct value_set *profile) {
    struct hf_settings *packed = malloc(sizeof *packed + values_bytes(settings->own));

    if (!packed)
        return NULL;
    *packed = *settings;
    packed->own = values_copy_into(packed + 1, settings->own);
    packed->own_inside = true;
    packed->profile = values_share(profile);
    return packed;
}

void settings_share_profile(struct hf_settings *settings, const struct hf_settings *other) {
    struct value_set *mine = settings->profile;

    if (mine == other->profile || !values_equal(mine, other->profile))
        return;
    settings->profile = values_share(other->profile);
    values_release(mine);
}

void hf_settings_free(struct hf_settings *settings) {
    if (!settings)
        return;
    if (!settings->own_inside)
        values_release(settings->own);
    values_release(settings->profile);
    free(settings);
}

const char *hf_settings_family(const struct hf_settings *settings) {
    return settings_family_names[settings->family];
}

/* The slot of a place. A server's first slot is for all servers. */
static unsigned slot_of(struct setting_place place) {
    enum setting_scope scope = settings_table[place.id].scope;
    int index = place.index;

    HF_ASSERT(index < settings_scope_count[scope]);
    if (scope == SCOPE_SERVER)
        index++;
    HF_ASSERT(index >= 0);
    return settings_first_slot[place.id] + (unsigned)index;
}

static const struct value_set *set_of(const struct hf_settings *settings, unsigned *slot) {
    if (*slot < SLOT_PROFILE)
        return settings->own;
    *slot -= SLOT_PROFILE;
    return settings->profile;
}

bool settings_own_value(const struct hf_settings *settings, struct setting_place place,
                        struct setting_value *ret) {
    unsigned slot = slot_of(place);
    const struct value_set *set = set_of(settings, &slot);

    if (setting_is_text(settings_table[place.id].type))
        return values_find_text(set, slot, &ret->text);
    return values_find(set, slot, &ret->number);
}

int settings_put(struct hf_settings *settings, struct setting_place place,
                 const struct setting_value *value) {
    unsigned slot = slot_of(place);
    bool own = slot < SLOT_PROFILE;
    struct value_set **set = own ? &settings->own : &settings->profile;
    unsigned slots = own ? SLOT_PROFILE : SLOT_COUNT - SLOT_PROFILE;

    HF_ASSERT(!settings->own_inside);
    if (!own)
        slot -= SLOT_PROFILE;
    if (setting_is_text(settings_table[place.id].type))
        return values_put_text(set, slots, slot, value->text);
    return values_put(set, slots, slot, value->number);
}

int settings_unset(struct hf_settings *settings, struct setting_place place) {
    unsigned slot = slot_of(place);

    HF_ASSERT(!settings->own_inside);
    if (slot < SLOT_PROFILE)
        return values_remove(&settings->own, SLOT_PROFILE, slot);
    return values_remove(&settings->profile, SLOT_COUNT - SLOT_PROFILE, slot - SLOT_PROFILE);
}

/* The value of a place where nothing is set. */
static struct setting_value fall_back(const struct hf_settings *settings, enum setting id,
                                      unsigned index) {
    const struct setting_row *row = &settings_table[id];
    struct setting_value value = {.number = setting_default(row, settings->family)};

    if (value.number != INHERITED)
        return value;
    HF_ASSERT(row->inherits != id);
    if (settings_scope_count[settings_table[row->inherits].scope] == 1)
        index = 0;
    return settings_value(settings, row->inherits, index);
}

/* The value of a place that nothing is worked out for. */
static struct setting_value look_up(const struct hf_settings *settings, enum setting id,
                                    unsigned index) {
    struct setting_value value = {0};

    HF_ASSERT(index < settings_scope_count[settings_table[id].scope]);
    if (settings_own_value(settings, (struct setting_place){id, (int)index}, &value))
        return value;
    if (settings_table[id].scope == SCOPE_SERVER &&
        settings_own_value(settings, (struct setting_place){id, SETTINGS_ALL}, &value))
        return value;
    return fall_back(settings, id, index);
}

/* Both out of line: whoever finds what is worked out saves no registers for what is not. */
__attribute__((noinline)) static int64_t look_up_number(const struct hf_settings *settings,
                                                        enum setting id, unsigned index) {
    return look_up(settings, id, index).number;
}

__attribute__((noinline)) static struct hf_slice look_up_text(const struct hf_settings *settings,
                                                              enum setting id, unsigned index) {
    const unsigned slot = settings_first_slot[id];
    struct hf_slice own;

    if (slot >= SLOT_PROFILE)
        return look_up(settings, id, index).text;
    HF_ASSERT(index == 0);
    if (values_find_text(settings->own, slot, &own))
        return own;
    const struct setting_row *row = &settings_table[id];

    /* no text is the default of another; so what there is to be had is inherited */
    return setting_default(row, settings->family) == INHERITED
               ? settings_text(settings, row->inherits, 0)
               : SLICE_NONE;
}

struct setting_value settings_value(const struct hf_settings *settings, enum setting id,
                                    unsigned index) {
    const struct setting_value *resolved = resolved_find(settings, id, index);

    return resolved ? *resolved : look_up(settings, id, index);
}

static inline int64_t number_of(const struct hf_settings *settings, enum setting id,
                                unsigned index) {
    const struct setting_value *resolved = resolved_find(settings, id, index);

    return resolved ? resolved->number : look_up_number(settings, id, index);
}

static bool same_value(const struct hf_settings *a, const struct hf_settings *b, enum setting id,
                       unsigned index) {
    struct setting_value x = settings_value(a, id, index);
    struct setting_value y = settings_value(b, id, index);

    if (setting_is_text(settings_table[id].type))
        return slice_equal(x.text, y.text);
    return x.number == y.number;
}

bool hf_settings_equal(const struct hf_settings *a, const struct hf_settings *b) {
    if (a->only_server != b->only_server || a->only_proxy != b->only_proxy)
        return false;
    if (a->family == b->family && values_equal(a->own, b->own) &&
        values_equal(a->profile, b->profile))
        return true;
    for (int id = 0; id < SETTING_COUNT; id++) {
        for (unsigned i = 0; i < settings_scope_count[settings_table[id].scope]; i++) {
            if (!same_value(a, b, (enum setting)id, i))
                return false;
        }
    }
    return true;
}

int64_t settings_number(const struct hf_settings *settings, enum setting id, unsigned index) {
    HF_ASSERT(resolved_places[id].type == TYPE_NUMBER);
    return number_of(settings, id, index);
}

hf_time settings_duration(const struct hf_settings *settings, enum setting id, unsigned index) {
    HF_ASSERT(resolved_places[id].type == TYPE_DURATION);
    return (hf_time)number_of(settings, id, index);
}

bool settings_bool(const struct hf_settings *settings, enum setting id, unsigned index) {
    HF_ASSERT(resolved_places[id].type == TYPE_BOOL);
    return number_of(settings, id, index) != 0;
}

int settings_word(const struct hf_settings *settings, enum setting id, unsigned index) {
    HF_ASSERT(resolved_places[id].type == TYPE_WORD);
    return (int)number_of(settings, id, index);
}

struct hf_slice settings_text(const struct hf_settings *settings, enum setting id, unsigned index) {
    const struct setting_value *resolved = resolved_find(settings, id, index);

    HF_ASSERT(setting_is_text(resolved_places[id].type));
    return resolved ? resolved->text : look_up_text(settings, id, index);
}

bool settings_is_set(const struct hf_settings *settings, enum setting id, unsigned index) {
    struct setting_value value;

    return settings_own_value(settings, (struct setting_place){id, (int)index}, &value);
}

static unsigned count_addresses(const struct hf_settings *settings, enum setting id) {
    unsigned count = settings_scope_count[settings_table[id].scope];

    while (count > 0 && slice_is_empty(settings_text(settings, id, count - 1)))
        count--;
    return count;
}

static const struct resolved *resolved_of(const struct hf_settings *settings) {
    const struct resolved *resolved = values_resolved(settings->profile);

    return resolved && resolved->family == settings->family ? resolved : NULL;
}

unsigned settings_server_count(const struct hf_settings *settings) {
    const struct resolved *resolved = resolved_of(settings);

    if (resolved)
        return resolved->servers;
    return count_addresses(settings, SETTING_SERVER_ADDRESS);
}

unsigned settings_proxy_count(const struct hf_settings *settings) {
    const struct resolved *resolved = resolved_of(settings);

    if (resolved)
        return resolved->proxies;
    return count_addresses(settings, SETTING_PROXY_ADDRESS);
}

void settings_limit_to_server(struct hf_settings *settings, unsigned server) {
    HF_ASSERT(server < LIMIT_SERVERS);
    settings->only_server = (uint8_t)(server + 1);
}

bool settings_concern_server(const struct hf_settings *settings, unsigned server) {
    return settings->only_server == 0 || settings->only_server == server + 1;
}

void settings_limit_to_proxy(struct hf_settings *settings, unsigned proxy) {
    HF_ASSERT(proxy < LIMIT_PROXIES);
    settings->only_proxy = (uint8_t)(proxy + 1);
}

bool settings_concern_proxy(const struct hf_settings *settings, unsigned proxy) {
    return settings->only_proxy == 0 || settings->only_proxy == proxy + 1;
}

int settings_server_limit(const struct hf_settings *settings) {
    return settings->only_server - 1;
}

int settings_proxy_limit(const struct hf_settings *settings) {
    return settings->only_proxy - 1;
}
