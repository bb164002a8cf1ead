#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "settings/draft.h"

static const struct hash_key identity_key = {{0x6964656e74697469, 0x6573206f66207573}};

/* A registrar sees two of these as one: what one registers the other may undo. */
struct identity {
    struct map_node node;
    const struct settings_file *file;
    const struct settings_account *account;
    struct hf_slice user;
    struct hf_slice server; /* the first one */
    int64_t port;
};

static bool same(const struct identity *a, const struct identity *b) {
    return a->port == b->port && slice_equal(a->user, b->user) &&
           slice_equal_nocase(a->server, b->server);
}

/* Without the server's case, which does not count. */
static uint64_t hash_of(const struct identity *identity) {
    char server[LIMIT_NAME_BYTES];
    size_t len = identity->server.len < sizeof server ? identity->server.len : sizeof server;

    for (size_t i = 0; i < len; i++)
        server[i] = ascii_lower(identity->server.ptr[i]);
    return hash_bytes(&identity_key, identity->user.ptr, identity->user.len) ^
           hash_bytes(&identity_key, server, len) * 31 ^ (uint64_t)identity->port;
}

static bool registers(const struct settings_account *account) {
    return account->errors == 0 && settings_bool(account->settings, SETTING_ENABLED, 0) &&
           settings_bool(account->settings, SETTING_REGISTER, 0) &&
           settings_server_count(account->settings) > 0;
}

static int check(struct settings_file *file, const struct settings_account *account,
                 struct map *map, struct identity *identity) {
    const struct hf_settings *s = account->settings;
    uint64_t hash;

    *identity = (struct identity){
        .file = file,
        .account = account,
        .user = settings_text(s, SETTING_USER, 0),
        .server = settings_text(s, SETTING_SERVER_ADDRESS, 0),
        .port = settings_number(s, SETTING_SERVER_PORT, 0),
    };
    hash = hash_of(identity);
    for (struct map_node *n = map_first(map, hash); n; n = map_next(n)) {
        const struct identity *other = CONTAINER_OF(n, struct identity, node);

        if (same(identity, other))
            return file_report(file, SEVERITY_WARNING, account->line,
                               "account '%s' registers user '%.*s' at the server at which '%s' "
                               "(%s:%u) does",
                               account->name, SLICE_ARGS(identity->user), other->account->name,
                               settings_source_name(other->file, other->account->source),
                               other->account->line);
    }
    return map_insert(map, &identity->node, hash);
}

int settings_check_identities(struct settings_file *files, size_t count) {
    struct identity *identities;
    size_t accounts = 0, at = 0;
    struct map map;
    int result = 0;

    for (size_t f = 0; f < count; f++)
        accounts += files[f].account_count;
    identities = calloc(accounts + 1, sizeof *identities);
    if (!identities)
        return HF_ERROR_MEMORY;
    map_init(&map);
    for (size_t f = 0; f < count; f++) {
        for (size_t i = 0; result == 0 && i < files[f].account_count; i++) {
            const struct settings_account *account = &files[f].accounts[i];

            files[f].source = account->source;
            if (registers(account))
                result = check(&files[f], account, &map, &identities[at++]);
        }
        files[f].source = NULL;
    }
    map_release(&map);
    free(identities);
    return result;
}
