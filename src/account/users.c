#include "account/users.h"

#include "account/account.h"
#include "base/limits.h"

enum { LINE_DIGITS = 8 };

void users_init(struct users *users, struct random *random) {
    *users = (struct users){.key = {{random_next(random), random_next(random)}}};
    map_init(&users->map);
}

void users_release(struct users *users) {
    map_release(&users->map);
}

static uint64_t hash_of(const struct users *users, struct hf_slice user) {
    return hash_bytes(&users->key, user.ptr, user.len);
}

int users_add(struct users *users, struct account *account) {
    struct hf_slice user = contact_user(account->settings);

    return map_insert(&users->map, &account->by_user, hash_of(users, user));
}

void users_remove(struct users *users, struct account *account) {
    map_remove(&users->map, &account->by_user);
}

static bool has_line(const struct sip_uri *uri, const struct account *account) {
    struct hf_slice value;
    char text[LINE_DIGITS];
    struct writer w = writer_of(text, sizeof text);

    writer_put_hex(&w, account->registration.line, LINE_DIGITS);
    return uri_parameter(uri, SLICE("line"), &value) && slice_equal(value, writer_slice(&w));
}

struct account *users_find(const struct users *users, const struct sip_uri *uri) {
    char text[LIMIT_SETTING_TEXT_BYTES];
    struct writer w = writer_of(text, sizeof text);
    struct account *found = NULL;

    write_unescaped(&w, uri->user);
    if (w.full)
        return NULL;
    const struct hf_slice user = writer_slice(&w);

    for (struct map_node *n = map_first(&users->map, hash_of(users, user)); n; n = map_next(n)) {
        struct account *account = CONTAINER_OF(n, struct account, by_user);

        if (!slice_equal(contact_user(account->settings), user))
            continue;
        if (has_line(uri, account))
            return account;
        found = found ? found : account;
    }
    return found;
}

struct account *users_next_twin(const struct users *users, const struct account *account,
                                struct account *last) {
    struct map_node *n =
        last ? map_next(&last->by_user) : map_first(&users->map, account->by_user.hash);

    for (; n; n = map_next(n)) {
        struct account *other = CONTAINER_OF(n, struct account, by_user);

        if (other != account && other->registration.line == account->registration.line &&
            slice_equal(contact_user(other->settings), contact_user(account->settings)))
            return other;
    }
    return NULL;
}
