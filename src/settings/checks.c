/* Settings against each other: what has no effect because of another, and what cannot be meant.
 * Defaults are never complained about, and neither are templates that write a default out. */
#include "base/address.h"
#include "settings/draft.h"

struct check {
    struct draft *draft;
    struct settings_file *file;
    const struct hf_settings *settings;
    int result;
};

/* The file says so, and something else than the default. */
static bool is_meant(const struct check *check, enum setting id, int index) {
    struct setting_place place = {id, index};
    struct setting_value value = {0};
    int64_t normal = setting_default(&settings_table[id], check->settings->family);

    if (!settings_own_value(check->settings, place, &value))
        return false;
    return setting_is_text(settings_table[id].type) || value.number != normal;
}

static void warn(struct check *check, enum setting id, int index, const char *text) {
    char name[100];
    struct writer w = writer_of(name, sizeof(name));

    draft_write_name(&w, check->draft, (struct setting_place){id, index});
    if (check->result == 0)
        check->result = file_report(check->file, SEVERITY_WARNING,
                                    draft_line(check->draft, id, index), "%s %s", name, text);
}

/* About the account as a whole. */
static void say(struct check *check, enum settings_severity severity, const char *text) {
    const struct draft *draft = check->draft;

    check->draft->errors += severity == SEVERITY_ERROR;
    if (check->result == 0 && draft->name)
        check->result =
            file_report(check->file, severity, draft->line, "account '%s' %s", draft->name, text);
    else if (check->result == 0)
        check->result =
            file_report(check->file, severity, draft->line, "account %u %s", draft->number, text);
}

static bool is_address(struct hf_slice text) {
    struct hf_address address = {0};

    return address_parse(text, &address);
}

/* Modes that stay with the server in use for a while (Yealink's 1 to 3). */
static bool failback_stays(const struct check *check, enum setting id, unsigned index) {
    return settings_word(check->settings, id, index) != FAILBACK_NEW_REQUESTS;
}

static void check_identity(struct check *check) {
    const struct hf_settings *s = check->settings;

    if (draft_is_bad(check->draft)) /* what is missing may be what was refused */
        return;
    if (slice_is_empty(settings_text(s, SETTING_USER, 0)))
        say(check, SEVERITY_ERROR, "has no user");
    if (settings_server_count(s) == 0)
        say(check, SEVERITY_ERROR, "has no server");
    else if (slice_is_empty(settings_text(s, SETTING_SERVER_ADDRESS, 0)))
        warn(check, SETTING_SERVER_ADDRESS, (int)settings_server_count(s) - 1,
             "is given, but no server before it");
    if (slice_is_empty(settings_text(s, SETTING_PASSWORD, 0)))
        say(check, SEVERITY_WARNING, "has no password: it cannot answer a challenge");
}

static void check_failback(struct check *check, enum setting mode, enum setting timeout,
                           enum setting subscribe, int i) {
    const struct hf_settings *s = check->settings;
    int word = settings_word(s, mode, (unsigned)i);
    bool timed = word == FAILBACK_DURATION || word == FAILBACK_PROBE || word == FAILBACK_STAY;

    if (is_meant(check, timeout, i) && !timed)
        warn(check, timeout, i, "has no effect: failback is neither duration nor probe");
    if (is_meant(check, subscribe, i) && !failback_stays(check, mode, (unsigned)i))
        warn(check, subscribe, i,
             "has no effect: it needs a failback of dns-ttl, registration or duration");
}

static void check_only_signal(struct check *check, enum setting only, enum setting enable,
                              enum setting mode, int i) {
    if (!is_meant(check, only, i) || !settings_bool(check->settings, only, (unsigned)i))
        return;
    if (!settings_bool(check->settings, enable, (unsigned)i))
        warn(check, only, i, "has no effect: it needs register_on_enable");
    else if (!failback_stays(check, mode, (unsigned)i))
        warn(check, only, i,
             "has no effect: it needs a failback of dns-ttl, registration or duration");
}

static void check_server(struct check *check, int i) {
    const struct hf_settings *s = check->settings;
    unsigned index = (unsigned)i;
    struct hf_slice address = settings_text(s, SETTING_SERVER_ADDRESS, index);
    bool by_dns = settings_word(s, SETTING_TRANSPORT, index) == TRANSPORT_BY_DNS;

    if (is_address(address) && s->family == FAMILY_YEALINK && is_meant(check, SETTING_FAILBACK, i))
        warn(check, SETTING_FAILBACK, i,
             "is set for a server given by its IP address; a phone would ignore it, holdfast "
             "does not");
    if (by_dns && is_address(address))
        warn(check, SETTING_TRANSPORT, i, "is dns, but the server is an IP address: udp is used");
    else if (by_dns && settings_number(s, SETTING_SERVER_PORT, index) != 0)
        warn(check, SETTING_TRANSPORT, i,
             "is dns, but a port is given: NAPTR and SRV are not asked, udp is used");
    if (settings_duration(s, SETTING_REREGISTER_BEFORE, 0) >=
            settings_duration(s, SETTING_EXPIRES, index) &&
        is_meant(check, SETTING_REREGISTER_BEFORE, 0))
        warn(check, SETTING_REREGISTER_BEFORE, 0,
             "is not shorter than expires: half of the lifetime is used");
    for (unsigned other = 0; other < index; other++) {
        if (slice_equal_nocase(address, settings_text(s, SETTING_SERVER_ADDRESS, other)) &&
            settings_number(s, SETTING_SERVER_PORT, index) ==
                settings_number(s, SETTING_SERVER_PORT, other) &&
            settings_word(s, SETTING_TRANSPORT, index) ==
                settings_word(s, SETTING_TRANSPORT, other))
            warn(check, SETTING_SERVER_ADDRESS, i,
                 "is the same as an earlier server: no help when that one fails");
    }
}

static void check_servers(struct check *check) {
    const struct hf_settings *s = check->settings;
    int servers = (int)settings_server_count(s);
    int proxies = (int)settings_proxy_count(s);

    for (int i = 0; i < servers; i++) {
        if (slice_is_empty(settings_text(s, SETTING_SERVER_ADDRESS, (unsigned)i)))
            continue;
        check_server(check, i);
        check_failback(check, SETTING_FAILBACK, SETTING_FAILBACK_TIMEOUT,
                       SETTING_FAILBACK_SUBSCRIBE, i);
        check_only_signal(check, SETTING_ONLY_SIGNAL_WITH_REGISTERED, SETTING_REGISTER_ON_ENABLE,
                          SETTING_FAILBACK, i);
    }
    for (int i = 0; i < proxies; i++) {
        check_failback(check, SETTING_PROXY_FAILBACK, SETTING_PROXY_FAILBACK_TIMEOUT,
                       SETTING_PROXY_FAILBACK_SUBSCRIBE, i);
        check_only_signal(check, SETTING_PROXY_ONLY_SIGNAL_WITH_REGISTERED,
                          SETTING_PROXY_REGISTER_ON_ENABLE, SETTING_PROXY_FAILBACK, i);
    }
    if (proxies > 0 && !settings_bool(s, SETTING_PROXY_ENABLED, 0))
        warn(check, SETTING_PROXY_ADDRESS, proxies - 1,
             "has no effect: outbound proxies are not enabled");
    if (proxies == 0 && settings_is_set(s, SETTING_PROXY_ENABLED, 0) &&
        settings_bool(s, SETTING_PROXY_ENABLED, 0))
        warn(check, SETTING_PROXY_ENABLED, 0, "has no effect: there is no outbound proxy");
    if (servers < 2 && is_meant(check, SETTING_FALLBACK_TIMEOUT, 0))
        warn(check, SETTING_FALLBACK_TIMEOUT, 0, "has no effect: there is no second server");
}

static void check_retry(struct check *check) {
    const struct hf_settings *s = check->settings;
    hf_time least = settings_duration(s, SETTING_RETRY_MIN, 0);
    hf_time most = settings_duration(s, SETTING_RETRY_MAX, 0);

    if (least == 0 && is_meant(check, SETTING_RETRY_MAX, 0))
        warn(check, SETTING_RETRY_MAX, 0,
             "has no effect without retry.min: the wait is always the fixed one");
    if (least > 0 && is_meant(check, SETTING_RETRY, 0))
        warn(check, SETTING_RETRY, 0, "has no effect: retry.min makes the wait grow instead");
    if (least > most && least > 0)
        warn(check, SETTING_RETRY_MIN, 0, "is longer than retry.max");
    if (settings_duration(s, SETTING_T1, 0) > settings_duration(s, SETTING_T2, 0))
        warn(check, is_meant(check, SETTING_T1, 0) ? SETTING_T1 : SETTING_T2, 0,
             "makes timer.t1 longer than timer.t2");
}

static void check_keep_alive(struct check *check) {
    const struct hf_settings *s = check->settings;
    bool stun = settings_word(s, SETTING_NAT_TRAVERSAL, 0) == NAT_STUN;

    if (settings_word(s, SETTING_KEEP_ALIVE, 0) == KEEP_ALIVE_OFF) {
        if (is_meant(check, SETTING_KEEP_ALIVE_INTERVAL, 0))
            warn(check, SETTING_KEEP_ALIVE_INTERVAL, 0, "has no effect: keep_alive.method is off");
        if (is_meant(check, SETTING_KEEP_ALIVE_MAX_TRIES, 0))
            warn(check, SETTING_KEEP_ALIVE_MAX_TRIES, 0, "has no effect: keep_alive.method is off");
    }
    if (stun && slice_is_empty(settings_text(s, SETTING_STUN_SERVER, 0)) &&
        s->family == FAMILY_YEALINK)
        warn(check, SETTING_NAT_TRAVERSAL, 0, "is stun, but there is no nat.stun_server");
}

static void check_dns(struct check *check) {
    const struct hf_settings *s = check->settings;
    bool fixed = settings_word(s, SETTING_DNS_MODE, 0) == DNS_MODE_STATIC;
    bool given = !slice_is_empty(settings_text(s, SETTING_DNS_PRIMARY_IP, 0));

    if (fixed && !given)
        warn(check, SETTING_DNS_MODE, 0,
             "is static, but there is no dns.primary_ip: the name is looked up");
    if (!fixed && given)
        warn(check, SETTING_DNS_PRIMARY_IP, 0, "has no effect: dns.mode is not static");
}

/* "Back after 0 seconds" is the phones' way to say "never". */
int draft_settle(struct draft *draft) {
    const struct hf_settings *s = draft->settings;
    int result = 0;

    for (int i = 0; result == 0 && i < (int)settings_server_count(s); i++) {
        if (settings_word(s, SETTING_FAILBACK, (unsigned)i) == FAILBACK_DURATION &&
            settings_duration(s, SETTING_FAILBACK_TIMEOUT, (unsigned)i) == 0)
            result = settings_put(draft->settings, (struct setting_place){SETTING_FAILBACK, i},
                                  &(struct setting_value){.number = FAILBACK_STAY});
    }
    for (int i = 0; result == 0 && i < (int)settings_proxy_count(s); i++) {
        if (settings_word(s, SETTING_PROXY_FAILBACK, (unsigned)i) == FAILBACK_DURATION &&
            settings_duration(s, SETTING_PROXY_FAILBACK_TIMEOUT, (unsigned)i) == 0)
            result =
                settings_put(draft->settings, (struct setting_place){SETTING_PROXY_FAILBACK, i},
                             &(struct setting_value){.number = FAILBACK_STAY});
    }
    return result;
}

/* What is read and kept, but without effect so far. */
static int note_unused(struct check *check) {
    for (int id = 0; id < SETTING_COUNT && check->result == 0; id++) {
        const struct setting_row *row = &settings_table[id];
        int first = row->scope == SCOPE_SERVER ? SETTINGS_ALL : 0;

        for (int i = first; !row->acted_on && i < settings_scope_count[row->scope]; i++) {
            struct setting_place place = {(enum setting)id, i};
            struct setting_value value;
            char name[100];
            struct writer w = writer_of(name, sizeof(name));

            if (!draft_says(check->draft, place) ||
                !settings_own_value(check->settings, place, &value))
                continue;
            draft_write_name(&w, check->draft, place);
            check->result =
                file_report(check->file, SEVERITY_NOTE, draft_line(check->draft, place.id, i),
                            "%s is read and kept, but holdfast does not act on it yet", name);
            break;
        }
    }
    return check->result;
}

int draft_check_identity(struct draft *draft, struct settings_file *file) {
    struct check check = {.draft = draft, .file = file, .settings = draft->settings};

    if (settings_bool(draft->settings, SETTING_ENABLED, 0))
        check_identity(&check);
    return check.result;
}

int draft_check_shared(struct draft *draft, struct settings_file *file) {
    struct check check = {.draft = draft, .file = file, .settings = draft->settings};

    check.result = draft_settle(draft);
    if (settings_bool(draft->settings, SETTING_ENABLED, 0) && check.result == 0) {
        check_servers(&check);
        check_retry(&check);
        check_keep_alive(&check);
        check_dns(&check);
    }
    return check.result == 0 ? note_unused(&check) : check.result;
}

int draft_check(struct draft *draft, struct settings_file *file) {
    int result = draft_settle(draft);

    if (result == 0)
        result = draft_check_identity(draft, file);
    return result == 0 ? draft_check_shared(draft, file) : result;
}
