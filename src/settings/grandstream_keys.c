#include "settings/phone.h"

/* P-numbers exist for six accounts, aliases for sixteen. */
enum { P_ACCOUNTS = 6, ALIAS_ACCOUNTS = 16 };

static bool is_for(const struct setting_key *key, enum settings_family family) {
    return key->families == 0 || key->families >> family & 1;
}

static bool is_end(const struct setting_key *key) {
    return !key->name && key->p[0] == 0;
}

static void found(enum setting id, const struct setting_key *key, unsigned account,
                  struct key_match *ret) {
    bool all_servers = settings_table[id].scope == SCOPE_SERVER && key->index == 0;

    *ret = (struct key_match){.id = id,
                              .key = key,
                              .account = key->everywhere ? 0 : account,
                              .index = all_servers  ? SETTINGS_ALL
                                       : key->index ? key->index - 1
                                                    : 0};
}

static bool find_number(uint64_t number, enum settings_family family, struct key_match *ret) {
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_key *key = settings_table[id].grandstream;

        for (; key && !is_end(key); key++) {
            for (unsigned i = 0; is_for(key, family) && i < P_ACCOUNTS; i++) {
                if (key->p[i] == 0 || key->p[i] != number)
                    continue;
                found((enum setting)id, key, i + 1, ret);
                return true;
            }
        }
    }
    return false;
}

static bool find_alias(struct hf_slice alias, unsigned account, enum settings_family family,
                       struct key_match *ret) {
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_key *key = settings_table[id].grandstream;

        for (; key && !is_end(key); key++) {
            /* The files disagree about capitals: "subscriber.userid", "subscriber.userId". */
            if (!key->name || !is_for(key, family) || (account == 0) != key->everywhere ||
                !slice_equal_nocase(alias, slice_from(key->name)))
                continue;
            found((enum setting)id, key, account, ret);
            return true;
        }
    }
    return false;
}

enum key_kind grandstream_key_find(struct hf_slice key, enum settings_family family,
                                   struct key_match *ret) {
    uint64_t number;

    if (key.len > 1 && (key.ptr[0] == 'P' || key.ptr[0] == 'p') &&
        slice_to_number(slice_from_index(key, 1), &number))
        return find_number(number, family, ret) ? KEY_KNOWN : KEY_UNKNOWN;
    if (slice_starts_with_nocase(key, SLICE("account."))) {
        struct hf_slice rest = slice_from_index(key, 8);

        if (!slice_to_number(slice_split(&rest, '.'), &number))
            return KEY_UNKNOWN;
        if (number == 0 || number > ALIAS_ACCOUNTS)
            return find_alias(rest, 1, family, ret) ? KEY_ACCOUNT : KEY_UNKNOWN;
        return find_alias(rest, (unsigned)number, family, ret) ? KEY_KNOWN : KEY_UNKNOWN;
    }
    return find_alias(key, 0, family, ret) ? KEY_KNOWN : KEY_UNKNOWN;
}

/* Where a word begins as a word of its own: not in the middle of another. */
static size_t find_model(struct hf_slice text, struct hf_slice model) {
    for (size_t i = 0; i + model.len <= text.len; i++) {
        char before = i > 0 ? ascii_lower(text.ptr[i - 1]) : ' ';

        if ((before < 'a' || before > 'z') &&
            slice_starts_with_nocase(slice_from_index(text, i), model))
            return i;
    }
    return text.len;
}

enum settings_family grandstream_family(const struct settings_file *file, struct hf_slice bytes,
                                        const char **reason) {
    static const struct {
        const char *model;
        enum settings_family family;
    } models[] = {{"GXV", FAMILY_GXV3370}, {"GSC", FAMILY_GSC35XX}, {"GRP", FAMILY_GRP},
                  {"GXP", FAMILY_GRP},     {"HT8", FAMILY_GRP},     {"DP7", FAMILY_GRP},
                  {"WP8", FAMILY_GRP},     {"GHP", FAMILY_GRP},     {"GXW", FAMILY_GRP}};
    struct hf_slice texts[2] = {slice_from(file->name), slice_of(bytes.ptr, bytes.len)};

    if (texts[1].len > 8192)
        texts[1].len = 8192;
    for (size_t t = 0; t < 2; t++) {
        size_t first = texts[t].len;
        enum settings_family family = FAMILY_GXV3370;

        for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
            size_t at = find_model(texts[t], slice_from(models[i].model));

            if (at < first) {
                first = at;
                family = models[i].family;
            }
        }
        *reason = t == 0 ? "the file's name" : "a model that the file names";
        if (first < texts[t].len)
            return family;
    }
    *reason = "no model is named in the file";
    return FAMILY_GXV3370;
}
