#include "settings/press.h"

#include "base/assert.h"

void settings_press_release(struct settings_press *press) {
    values_release(press->profile);
    *press = (struct settings_press){0};
}

static void remember(struct settings_press *press, const struct hf_settings *settings) {
    /* an odd factor: another family is another print */
    const uint64_t family = (uint64_t)(settings->family + 1) * 0x9e3779b97f4a7c15;

    values_release(press->profile);
    *press = (struct settings_press){
        .begun = true,
        .family = settings->family,
        .profile = values_share(settings->profile),
        .print = values_hash(settings->profile) ^ family,
    };
}

struct settings_print settings_print(struct settings_press *press, struct hf_settings *settings) {
    HF_ASSERT(settings->only_server == 0 && settings->only_proxy == 0);
    if (press->profile != settings->profile && values_equal(press->profile, settings->profile)) {
        values_release(settings->profile);
        settings->profile = values_share(press->profile);
    }
    if (!press->begun || press->profile != settings->profile || press->family != settings->family)
        remember(press, settings);
    return (struct settings_print){.own = values_hash(settings->own), .rest = press->print};
}

int settings_pack_in_place(struct hf_settings **settings) {
    struct hf_settings *packed = settings_pack(*settings, (*settings)->profile);

    if (!packed)
        return HF_ERROR_MEMORY;
    hf_settings_free(*settings);
    *settings = packed;
    return 0;
}

void settings_drop_own(struct hf_settings *settings) {
    HF_ASSERT(!settings->own_inside);
    values_release(settings->own);
    settings->own = NULL;
}

int settings_adopt_own(struct hf_settings *settings, const struct hf_settings *other) {
    HF_ASSERT(!settings->own_inside && !settings->own);
    settings->own = values_copy(other->own);
    return settings->own || !other->own ? 0 : HF_ERROR_MEMORY;
}
