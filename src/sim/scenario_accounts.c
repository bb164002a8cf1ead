/* `accounts:`, one group or a list of groups:
 *
 *   accounts:
 *     - files: [phones/y000000000000.cfg, phones/gs.xml]
 *       set: {retry: 30 s}
 *     - count: 10000
 *       template:
 *         family: yealink
 *         user: "%05n"
 *         password: "pw-%05n"
 *         servers: [pbx1.example.com, pbx2.example.com]
 */
#include "settings/suggest.h"
#include "sim/scenario_reading.h"
#include "sim/scenario_settings.h"

static void read_files(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;
    size_t count = reading_items(value);

    accounts->files = reading_list(r, value, count, sizeof *accounts->files, SCENARIO_LIST_MAX);
    for (size_t i = 0; accounts->files && i < count; i++) {
        yaml_node_t *item = reading_item(r, value, i);
        struct scenario_path *path = &accounts->files[accounts->file_count];

        path->line = reading_line(item);
        accounts->file_count += reading_text(r, item, &path->path);
    }
}

static void read_name(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_text(r, value, &((struct scenario_accounts *)object)->name);
}

static void read_family(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;
    int family = settings_family_of(reading_raw(value));

    if (family < 0)
        (void)reading_wrong(r, value,
                            "a family (generic, yealink, grandstream-gxv3370, "
                            "grandstream-gsc35xx, grandstream-grp, flx)");
    else
        accounts->family = settings_family_names[family];
}

static void read_count(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;

    if (reading_number32(r, value, SCENARIO_ACCOUNTS_MAX, &accounts->count) && accounts->count == 0)
        reading_error(r, value, "count: at least one account is wanted");
}

static void read_first(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_number32(r, value, 1000000000, &((struct scenario_accounts *)object)->first);
}

/* One process, or "each". */
static void read_process(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;

    if (slice_equal(reading_raw(value), SLICE("each")))
        accounts->process = SIM_NONE;
    else
        (void)reading_process(r, value, &accounts->process);
}

static void read_start(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_time(r, value, &((struct scenario_accounts *)object)->start);
}

static void read_spread(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_time(r, value, &((struct scenario_accounts *)object)->spread);
}

static void read_nat(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_bool(r, value, &((struct scenario_accounts *)object)->nat);
}

static void read_ipv6(struct reading *r, void *object, yaml_node_t *value) {
    reading_ipv6(r, value, &((struct scenario_accounts *)object)->ipv6);
}

static void read_nat_timeout(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;

    if (reading_time(r, value, &accounts->nat_timeout) && !accounts->nat)
        reading_error(r, value, "nat_timeout: there is no NAT; say 'nat: yes' too");
}

static void read_nat_cone(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;

    if (reading_bool(r, value, &accounts->nat_is_cone) && !accounts->nat)
        reading_error(r, value, "nat_cone: there is no NAT; say 'nat: yes' too");
}

static void read_remembers(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_bool(r, value, &((struct scenario_accounts *)object)->remembers);
}

static const struct field template_fields[] = {
    {"name", read_name}, {"family", read_family}, {"count", read_count}, {"first", read_first}, {0},
};

static bool is_no_setting(struct hf_slice key) {
    for (const struct field *field = template_fields; field->name; field++) {
        if (slice_equal(key, slice_from(field->name)))
            return true;
    }
    return false;
}

static void read_template(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;

    if (value->type != YAML_MAPPING_NODE) {
        (void)reading_wrong(r, value, "lines 'setting: value'");
        return;
    }
    for (const struct field *field = template_fields; field->name; field++) {
        yaml_node_t *inner = reading_find(r, value, field->name);

        r->key = field->name;
        if (inner)
            field->read(r, object, inner);
    }
    accounts->settings = reading_settings(r, value, is_no_setting, &accounts->setting_count);
}

static void read_set(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_accounts *accounts = object;

    if (accounts->settings)
        reading_error(r, value, "set: goes with 'files:'; a template has all its settings in it");
    else
        accounts->settings = reading_settings(r, value, NULL, &accounts->setting_count);
}

static const struct field fields[] = {
    {"files", read_files},
    {"file", read_files},
    {"family", read_family},
    {"name", read_name},
    {"count", read_count},
    {"first", read_first},
    {"template", read_template},
    {"set", read_set},
    {"process", read_process},
    {"start", read_start},
    {"spread", read_spread},
    {"nat", read_nat},
    {"ipv6", read_ipv6},
    {"nat_timeout", read_nat_timeout},
    {"nat_cone", read_nat_cone},
    {"remembers", read_remembers},
    {0},
};

/* The setting that a misspelt one may mean; within its list, if it is of one. */
static void report_unknown(struct reading *r, const struct scenario_setting *setting) {
    struct hf_slice key = slice_from(setting->key);
    size_t bracket = slice_index(key, ']');
    bool in_list = bracket + 1 < key.len;
    const char *near = NULL;
    unsigned least;

    if (in_list)
        key = slice_from_index(key, bracket + 2);
    least = reading_tolerance(key) + 1;
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_row *row = &settings_table[id];
        unsigned distance = word_distance(key, slice_from(row->name), 2);

        if (distance < least &&
            (in_list ? row->scope >= SCOPE_SERVER : row->scope <= SCOPE_SERVER)) {
            least = distance;
            near = row->name;
        }
    }
    (void)scenario_report(r->messages, false, setting->line, "there is no setting '%.60s'%s%s%s",
                          setting->key, near ? "; is '" : "", near ? near : "",
                          near ? "' meant?" : "");
}

/* Whether an account could be made of it; the messages have the lines of what is wrong. */
static void check_settings(struct reading *r, const struct scenario_accounts *accounts) {
    struct hf_settings *settings = NULL;
    bool template = accounts->file_count == 0;

    if (hf_settings_create(accounts->family, &settings) != 0) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < accounts->setting_count; i++) {
        const struct scenario_setting *setting = &accounts->settings[i];
        struct hf_settings_error error = {0};
        int result = scenario_set(settings, setting, template, accounts->first, &error);

        if (result == HF_ERROR_MEMORY)
            r->no_memory = true;
        else if (result == HF_ERROR_UNKNOWN)
            report_unknown(r, setting);
        else if (result != 0 || error.message[0])
            (void)scenario_report(r->messages, result == 0, setting->line, "%s", error.message);
    }
    if (template && settings_text(settings, SETTING_USER, 0).len == 0)
        (void)scenario_report(r->messages, false, accounts->line, "the template has no 'user'");
    if (template && settings_server_count(settings) == 0)
        (void)scenario_report(r->messages, false, accounts->line, "the template has no 'servers'");
    hf_settings_free(settings);
}

static void read_group(struct reading *r, yaml_node_t *item) {
    struct scenario *scenario = r->scenario;
    struct scenario_accounts *accounts = &scenario->accounts[scenario->accounts_count++];

    scenario_accounts_init(accounts);
    accounts->line = reading_line(item);
    if (reading_is_empty(item)) {
        reading_error(r, item, "accounts: nothing is written there");
        return;
    }
    if (item->type == YAML_SCALAR_NODE) {
        read_files(r, accounts, item);
        return;
    }
    reading_map(r, item, "accounts (their settings stand under 'template:' or 'set:')", fields,
                accounts);
    if (accounts->file_count > 0 && reading_find(r, item, "template"))
        reading_error(r, item, "accounts come from 'files:' or from a 'template:', not both");
    else if (accounts->file_count == 0 && !reading_find(r, item, "template"))
        reading_error(r, item, "accounts come from 'files:' or from a 'template:'");
    else
        check_settings(r, accounts);
}

void scenario_read_accounts(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario *scenario = r->scenario;
    size_t count = reading_items(value);
    uint64_t total = 0;

    (void)object;
    scenario->accounts =
        reading_list(r, value, count, sizeof *scenario->accounts, SCENARIO_LIST_MAX);
    for (size_t i = 0; scenario->accounts && i < count && !r->no_memory; i++) {
        read_group(r, reading_item(r, value, i));
        total += scenario->accounts[i].count;
    }
    if (total > SCENARIO_ACCOUNTS_MAX)
        reading_error(r, value, "accounts: more than %d in all", SCENARIO_ACCOUNTS_MAX);
}
