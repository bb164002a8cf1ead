#include "base/writer.h"
#include "settings/phone.h"
#include "settings/suggest.h"

enum { YEALINK_ACCOUNTS = 16 };

/* Compares a key with a pattern, in which X stands for the account's number and Y for another. */
static bool matches(const char *pattern, struct hf_slice key, uint64_t *account, uint64_t *index) {
    struct hf_slice rest = slice_from(pattern);

    /* Most keys are told apart by their last letter, which is never a number's place. */
    if (key.len == 0 || rest.ptr[rest.len - 1] != key.ptr[key.len - 1])
        return false;
    while (rest.len > 0 && key.len > 0) {
        struct hf_slice want = slice_split(&rest, '.');
        struct hf_slice have = slice_split(&key, '.');
        bool letter = want.len == 1 && (want.ptr[0] == 'X' || want.ptr[0] == 'Y');

        if (letter ? !slice_to_number(have, want.ptr[0] == 'X' ? account : index)
                   : !slice_equal(want, have))
            return false;
        if ((rest.len == 0) != (key.len == 0))
            return false;
    }
    return rest.len == 0 && key.len == 0;
}

static enum key_kind place(enum setting id, const struct setting_key *key, uint64_t account,
                           uint64_t index, bool has_index, struct key_match *ret) {
    enum setting_scope scope = settings_table[id].scope;
    uint64_t first = scope == SCOPE_SERVER || scope == SCOPE_PROXY ? 1 : 0;

    *ret = (struct key_match){.id = id, .key = key, .account = (unsigned)account};
    if (!has_index) {
        ret->index = key->index ? key->index - 1 : scope == SCOPE_SERVER ? SETTINGS_ALL : 0;
        return account > YEALINK_ACCOUNTS ? KEY_ACCOUNT : KEY_KNOWN;
    }
    if (account > YEALINK_ACCOUNTS || index < first || index - first >= settings_scope_count[scope])
        return KEY_ACCOUNT;
    ret->index = (int)(index - first);
    return KEY_KNOWN;
}

enum key_kind yealink_key_find(struct hf_slice key, struct key_match *ret) {
    if (slice_starts_with_nocase(key, SLICE("account.X.")))
        return KEY_PLACEHOLDER;
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_key *k = settings_table[id].yealink;

        for (; k && k->name; k++) {
            bool has_account = strstr(k->name, ".X.") != NULL;
            uint64_t account = 0;
            uint64_t index = 0;

            if (!matches(k->name, key, &account, &index))
                continue;
            if (has_account && account == 0)
                return KEY_ACCOUNT;
            return place((enum setting)id, k, account, index, strstr(k->name, ".Y.") != NULL, ret);
        }
    }
    return KEY_UNKNOWN;
}

/* The pattern with the numbers of the key, in order. */
static void fill_in(struct writer *w, const char *pattern, struct hf_slice key) {
    struct hf_slice rest = slice_from(pattern);

    while (rest.len > 0) {
        struct hf_slice part = slice_split(&rest, '.');
        uint64_t number = 0;

        if (part.len == 1 && (part.ptr[0] == 'X' || part.ptr[0] == 'Y')) {
            while (key.len > 0 && !slice_to_number(slice_split(&key, '.'), &number))
                continue;
            writer_put_number(w, number);
        } else {
            writer_put_slice(w, part);
        }
        if (rest.len > 0)
            writer_put_char(w, '.');
    }
    (void)writer_terminate(w);
}

bool yealink_key_suggest(struct hf_slice key, char *buffer, size_t size) {
    unsigned best = 3;
    struct writer w;

    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_key *k = settings_table[id].yealink;

        for (; k && k->name; k++) {
            char candidate[100];
            size_t length = strlen(k->name);
            unsigned distance;

            /* Two letters may differ, and two numbers may have two digits. */
            if (key.len + 2 < length || key.len > length + 4)
                continue;
            w = writer_of(candidate, sizeof(candidate));
            fill_in(&w, k->name, key);
            distance = word_distance(key, writer_slice(&w), 2);
            if (distance >= best)
                continue;
            best = distance;
            w = writer_of(buffer, size);
            fill_in(&w, k->name, key);
        }
    }
    return best < 3;
}
