#include "base/hash.h"
#include "base/limits.h"
#include "settings/account_table.h"
#include "settings/draft.h"

static const struct hash_key identity_key = {{0x6964656e74697469, 0x6573206f66207573}};

static bool registers(const struct hf_settings *settings) {
    return settings_bool(settings, SETTING_ENABLED, 0) &&
           settings_bool(settings, SETTING_REGISTER, 0) && settings_server_count(settings) > 0;
}

/* A registrar sees accounts with the same user, first server and port as one: what one registers
 * the other may undo. The server's case does not count. */
uint64_t settings_identity(const struct hf_settings *settings) {
    char bytes[2 * LIMIT_SETTING_TEXT_BYTES + 32];
    struct writer w = writer_of(bytes, sizeof bytes);
    struct hf_slice server;
    uint64_t hash;

    if (!registers(settings))
        return 0;
    server = settings_text(settings, SETTING_SERVER_ADDRESS, 0);
    for (size_t i = 0; i < server.len; i++)
        writer_put_char(&w, ascii_lower(server.ptr[i]));
    writer_put_char(&w, '\n');
    writer_put_number(&w, (uint64_t)settings_number(settings, SETTING_SERVER_PORT, 0));
    writer_put_char(&w, '\n');
    writer_put_slice(&w, settings_text(settings, SETTING_USER, 0));
    hash = hash_bytes(&identity_key, bytes, writer_length(&w));
    return hash ? hash : 1;
}

static bool are_one(const struct settings_account *a, const struct settings_account *b) {
    return a->identity == b->identity;
}

static int check(struct account_table *table, struct settings_file *file,
                 const struct settings_account *account) {
    const struct settings_account *other =
        account_table_meet(table, account, account->identity, are_one);

    if (!other)
        return 0;
    return file_report(file, SEVERITY_WARNING, account->line,
                       "account '%s' registers the user that '%s' (%s:%u) does, at the same server",
                       account->name, other->name, account_table_file(table, other), other->line);
}

int settings_check_identities(struct settings_file *files, size_t count) {
    struct account_table table;
    int result = account_table_init(&table, files, count);

    for (size_t f = 0; f < count; f++) {
        for (size_t i = 0; result == 0 && i < files[f].account_count; i++) {
            const struct settings_account *account = &files[f].accounts[i];

            files[f].source = account->source;
            if (account->identity != 0 && account->errors == 0)
                result = check(&table, &files[f], account);
        }
        files[f].source = NULL;
    }
    account_table_release(&table);
    return result;
}
