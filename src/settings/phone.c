#include "settings/phone.h"

#include <stdlib.h>

#include "base/assert.h"

/* The state of reading one file. Keys for all accounts go to drafts[0] first, and the accounts
 * begin with what it has. */
struct phone {
    struct settings_file *file;
    const struct entries *entries;
    enum value_format format;
    struct draft drafts[DRAFT_ACCOUNTS + 1];
    struct hf_slice names[DRAFT_ACCOUNTS + 1][SLOT_COUNT];
};

/* Keys for all accounts first, then those for all servers of one account, then the rest: what is
 * more special wins wherever it stands in the file. */
enum pass { PASS_COMMON, PASS_ALL_SERVERS, PASS_REST, PASS_COUNT };

static enum pass pass_of(const struct key_match *match) {
    if (match->account == 0)
        return PASS_COMMON;
    return match->index == SETTINGS_ALL ? PASS_ALL_SERVERS : PASS_REST;
}

static enum key_kind find(const struct phone *phone, size_t i, struct key_match *ret) {
    struct hf_slice key = entries_key(phone->entries, i);

    return phone->format == VALUE_YEALINK ? yealink_key_find(key, ret)
                                          : grandstream_key_find(key, phone->file->family, ret);
}

static int report_unknown(struct phone *phone, enum key_kind kind, size_t i) {
    struct hf_slice key = entries_key(phone->entries, i);
    unsigned line = phone->entries->list[i].line;
    char near[120];

    if (kind == KEY_PLACEHOLDER)
        return file_report(phone->file, SEVERITY_WARNING, line,
                           "%.*s: the account's number is missing, ignored",
                           (int)(key.len < 100 ? key.len : 100), key.ptr);
    if (kind == KEY_ACCOUNT)
        return file_report(phone->file, SEVERITY_WARNING, line,
                           "%.*s: there is no account, server or record of this number, ignored",
                           (int)(key.len < 100 ? key.len : 100), key.ptr);
    phone->file->unknown++;
    if (phone->format == VALUE_YEALINK && yealink_key_suggest(key, near, sizeof(near)))
        return file_report(phone->file, SEVERITY_WARNING, line,
                           "%.*s is unknown, ignored; is %s meant?", SLICE_ARGS(key), near);
    return file_report(phone->file, SEVERITY_NOTE, line, "%.*s does not concern holdfast, ignored",
                       (int)(key.len < 100 ? key.len : 100), key.ptr);
}

static int assign(struct phone *phone, const struct key_match *match, size_t i) {
    struct value_rule rule = {.row = &settings_table[match->id],
                              .key = match->key,
                              .format = phone->format,
                              .name = entries_key(phone->entries, i)};
    const struct entry *entry = &phone->entries->list[i];
    struct setting_place place = {match->id, match->index};
    int result = draft_assign(&phone->drafts[match->account], phone->file, place, &rule,
                              entries_value(phone->entries, i), entry->line);

    if (result == 0 && entry->converted)
        result = file_report(phone->file, SEVERITY_WARNING, entry->line,
                             "%.*s: the value is not UTF-8, it is read as Latin-1",
                             SLICE_ARGS(rule.name));
    return result;
}

static int read_pass(struct phone *phone, enum pass pass) {
    int result = 0;

    for (size_t i = 0; result == 0 && i < phone->entries->count; i++) {
        struct key_match match;
        enum key_kind kind = find(phone, i, &match);

        if (kind == KEY_KNOWN && pass_of(&match) == pass)
            result = assign(phone, &match, i);
        else if (kind != KEY_KNOWN && pass == PASS_COMMON)
            result = report_unknown(phone, kind, i);
    }
    return result;
}

/* After the common keys: every account begins with them. A wrong one among them (a timer, a
 * port) is reported, but does not stop every account of the phone: the default stands. */
static int spread_common(struct phone *phone) {
    const struct draft *common = &phone->drafts[0];
    int result = 0;

    for (unsigned n = 1; result == 0 && n <= DRAFT_ACCOUNTS; n++) {
        struct draft *draft = &phone->drafts[n];

        hf_settings_free(draft->settings);
        draft->settings = NULL;
        result = hf_settings_copy(common->settings, &draft->settings);
    }
    return result;
}

static int ignore_account(struct phone *phone, const struct draft *draft, const char *why) {
    return file_report(phone->file, SEVERITY_NOTE, draft->line, "account %u %s, ignored",
                       draft->number, why);
}

static int put_bool(struct draft *draft, enum setting id, int index, bool value) {
    return settings_put(draft->settings, (struct setting_place){id, index},
                        &(struct setting_value){.number = value});
}

static bool says(const struct draft *draft, enum setting id) {
    return draft_says(draft, (struct setting_place){id, 0});
}

static int put_number(struct draft *draft, enum setting id, int64_t number) {
    return settings_put(draft->settings, (struct setting_place){id, 0},
                        &(struct setting_value){.number = number});
}

/* A phone has its ports for itself. Many of them on one machine do not, and another will do unless
 * the file asks for this one. */
static int settle_port(const struct phone *phone, struct draft *draft) {
    const unsigned step = phone->format == VALUE_GRANDSTREAM ? 2 : 0;

    if (settings_is_set(draft->settings, SETTING_LOCAL_PORT, 0))
        return 0;
    int result = put_number(draft, SETTING_LOCAL_PORT, 5060 + step * (draft->number - 1));

    return result ? result : put_number(draft, SETTING_LOCAL_PORT_IF_TAKEN, IF_TAKEN_ANY);
}

/* What a Yealink phone leaves off unless the file says otherwise, while natively what is listed
 * is used: accounts and outbound proxies. */
static int settle_yealink(struct phone *phone, struct draft *draft) {
    bool by_server = says(draft, SETTING_SERVER_USE_PROXY) ||
                     draft_says(draft, (struct setting_place){SETTING_SERVER_USE_PROXY, 1});
    int result = 0;

    if (!says(draft, SETTING_ENABLED))
        result = file_report(phone->file, SEVERITY_WARNING, draft->line,
                             "account.%u.enable is not in the file; a phone leaves the account "
                             "off, holdfast turns it on",
                             draft->number);
    else if (!settings_is_set(draft->settings, SETTING_ENABLED, 0))
        result = put_bool(draft, SETTING_ENABLED, 0, false);
    if (result != 0 || settings_proxy_count(draft->settings) == 0 ||
        settings_is_set(draft->settings, SETTING_PROXY_ENABLED, 0))
        return result;
    return by_server ? put_bool(draft, SETTING_SERVER_USE_PROXY, SETTINGS_ALL, false)
                     : put_bool(draft, SETTING_PROXY_ENABLED, 0, false);
}

/* A secondary server (P2312) is registered with as well, a failover server (P967, which has no
 * alias) only when the first does not answer. */
static bool has_failover_server(const struct phone *phone, const struct draft *draft) {
    unsigned slot = settings_first_slot[SETTING_SERVER_ADDRESS] + 2; /* servers[2] */
    struct key_match match;

    return settings_server_count(draft->settings) > 1 &&
           grandstream_key_find(draft->names[slot], phone->file->family, &match) == KEY_KNOWN &&
           !match.key->name;
}

static int settle_grandstream(struct phone *phone, struct draft *draft) {
    struct setting_value name = {.text = settings_text(draft->settings, SETTING_AUTH_NAME, 0)};
    int result = 0;

    if (has_failover_server(phone, draft))
        result = settings_put(draft->settings, (struct setting_place){SETTING_REDUNDANCY, 0},
                              &(struct setting_value){.number = REDUNDANCY_SUCCESSIVE});
    /* Some files name the user only where others have the authentication ID. */
    if (result != 0 || settings_is_set(draft->settings, SETTING_USER, 0) ||
        slice_is_empty(name.text))
        return result;
    return settings_put(draft->settings, (struct setting_place){SETTING_USER, 0}, &name);
}

/* Provisioning systems write lines for every account that the phone could have. Those that were
 * left empty are no accounts. */
static int finish_account(struct phone *phone, struct draft *draft) {
    const struct hf_settings *settings = draft->settings;
    int result = phone->format == VALUE_GRANDSTREAM ? settle_grandstream(phone, draft) : 0;
    bool user = !slice_is_empty(settings_text(settings, SETTING_USER, 0));
    bool server = settings_server_count(settings) > 0;

    if (draft_is_bad(draft))
        return draft_finish(draft, phone->file);
    if (!user && !server)
        return ignore_account(phone, draft, "has no user and no server");
    if (!user && !says(draft, SETTING_ENABLED))
        return ignore_account(phone, draft, "has no user");
    if (result == 0 && phone->format == VALUE_YEALINK)
        result = settle_yealink(phone, draft);
    if (result == 0 && !settings_bool(settings, SETTING_ENABLED, 0) && (!user || !server))
        return ignore_account(phone, draft, "is not in use");
    if (result == 0)
        result = settle_port(phone, draft);
    if (result == 0)
        result = draft_compact_records(draft);
    return result == 0 ? draft_finish(draft, phone->file) : result;
}

static int read_all(struct phone *phone) {
    int result = 0;

    for (unsigned n = 0; result == 0 && n <= DRAFT_ACCOUNTS; n++) {
        result = draft_init(&phone->drafts[n], phone->file->family);
        phone->drafts[n].number = n;
        phone->drafts[n].names = phone->names[n];
    }
    for (int pass = 0; result == 0 && pass < PASS_COUNT; pass++) {
        result = read_pass(phone, (enum pass)pass);
        if (result == 0 && pass == PASS_COMMON)
            result = spread_common(phone);
    }
    for (unsigned n = 1; result == 0 && n <= DRAFT_ACCOUNTS; n++) {
        if (phone->drafts[n].line)
            result = finish_account(phone, &phone->drafts[n]);
    }
    return result;
}

int phone_read(struct settings_file *file, const struct entries *entries,
               enum value_format format) {
    struct phone *phone = calloc(1, sizeof *phone);
    int result;

    if (!phone)
        return HF_ERROR_MEMORY;
    phone->file = file;
    phone->entries = entries;
    phone->format = format;
    result = read_all(phone);
    for (unsigned n = 0; n <= DRAFT_ACCOUNTS; n++)
        draft_release(&phone->drafts[n]);
    free(phone);
    return result;
}
