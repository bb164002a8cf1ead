#include "cli/setting_text.h"

static const char introduction[] =
    "# Settings\n"
    "\n"
    "Every setting that holdfast knows, with its key in each vendor's file. This page is written\n"
    "by `holdfast settings --markdown`; do not edit it, edit the table in "
    "`src/settings/rows_*.def`.\n"
    "\n"
    "A native file is YAML:\n"
    "\n"
    "```yaml\n"
    "family: yealink            # whose defaults count; generic when it is not given\n"
    "expires: 10 min            # what stands here holds for all accounts\n"
    "accounts:\n"
    "  - name: reception        # or the file's name and a number\n"
    "    user: \"2001\"\n"
    "    password: \"secret\"\n"
    "    keep_alive.method: options\n"
    "    servers:\n"
    "      - pbx1.example.com\n"
    "      - address: pbx2.example.com\n"
    "        port: 5062\n"
    "        transport: tcp\n"
    "```\n"
    "\n"
    "* Times are in seconds, or have a unit: `500 ms`, `30 s`, `10 min`, `1 h`, `2 d`.\n"
    "* `keep_alive: {interval: 30}` is the same as `keep_alive.interval: 30`.\n"
    "* `servers` and `proxies` are lists; `server: pbx.example.com` is short for a list of one. A\n"
    "  server's setting may stand at the account: then it holds for all its servers.\n"
    "* With `--set` and in the library, a server's own setting is `servers[1].expires`, counted\n"
    "  from 1; `expires` sets it for all servers.\n"
    "* Under `family: flx` the labels of the FLX's page are keys as well: `Registrar`,\n"
    "  `Backup Registrar`, `Registration Timeout`, … (in any case; `registration_timeout` too).\n"
    "* `account.X` in a Yealink key is the account's number, `Y` that of the server, proxy or\n"
    "  record. P-numbers are those of accounts 1 to 6, in this order; `account.N.` in an alias is\n"
    "  the account's number.\n"
    "* A setting marked *kept* is read, checked and converted, but holdfast does not act on it "
    "yet.\n"
    "\n";

static void print_range(FILE *out, const struct setting_row *row, const struct setting_key *key) {
    char text[SETTING_TEXT_MAX];

    if (!key->words && !key->min && !key->max)
        return;
    setting_text_range(text, row, key);
    fprintf(out, ": %s", text);
    if (key->outside != OUTSIDE_ERROR)
        fputs(key->outside == OUTSIDE_CLAMP_LOW ? "; less is raised" : "; others are moved there",
              out);
}

static void print_families(FILE *out, const struct setting_key *key) {
    bool first = true;

    for (int family = 0; family < FAMILY_COUNT; family++) {
        if (!(key->families >> family & 1))
            continue;
        fprintf(out, "%s%s", first ? " (only " : ", ", settings_family_names[family]);
        first = false;
    }
    if (!first)
        fputs(")", out);
}

static void print_keys(FILE *out, const struct setting_row *row) {
    char numbers[SETTING_TEXT_MAX];
    char alias[SETTING_TEXT_MAX];

    for (const struct setting_key *key = row->yealink; key && key->name; key++) {
        fprintf(out, "* Yealink: `%s`", key->name);
        print_range(out, row, key);
        fputc('\n', out);
    }
    for (const struct setting_key *key = row->grandstream; key && (key->name || key->p[0]); key++) {
        setting_text_numbers(numbers, key);
        setting_text_alias(alias, key);
        fprintf(out, "* Grandstream: %s%s%s%s%s", numbers, numbers[0] && alias[0] ? "; " : "",
                alias[0] ? "`" : "", alias, alias[0] ? "`" : "");
        print_families(out, key);
        print_range(out, row, key);
        fputc('\n', out);
    }
    for (const struct setting_key *key = row->flx; key && key->name; key++)
        fprintf(out, "* FLX: %s\n", key->name);
}

static void print_row(FILE *out, const struct setting_row *row) {
    char text[SETTING_TEXT_MAX];

    setting_text_name(text, row);
    fprintf(out, "### `%s`\n\n%c%s.%s\n\n", text,
            row->help[0] >= 'a' && row->help[0] <= 'z' ? row->help[0] - 'a' + 'A' : row->help[0],
            row->help + 1, row->acted_on ? "" : " *Kept.*");
    setting_text_range(text, row, NULL);
    fprintf(out, "* For %s; %s", setting_scope_text(row->scope), text);
    if (row->outside != OUTSIDE_ERROR)
        fputs(", others are moved there", out);
    setting_text_defaults(text, row);
    fprintf(out, "\n* Default: %s\n", text);
    print_keys(out, row);
    fprintf(out, "* Source: %s\n\n", row->source);
}

void settings_print_markdown(FILE *out) {
    static const struct {
        const char *title;
        enum setting_scope from, to;
    } chapters[] = {
        {"Who the account is", SCOPE_IDENTITY, SCOPE_IDENTITY},
        {"Servers", SCOPE_SERVER, SCOPE_SERVER},
        {"Outbound proxies", SCOPE_PROXY, SCOPE_PROXY},
        {"Accounts", SCOPE_ACCOUNT, SCOPE_ACCOUNT},
        {"All accounts together", SCOPE_GLOBAL, SCOPE_GLOBAL},
        {"Static DNS records", SCOPE_DNS_A, SCOPE_DNS_NAPTR},
    };

    fputs(introduction, out);
    for (size_t c = 0; c < sizeof(chapters) / sizeof(chapters[0]); c++) {
        fprintf(out, "## %s\n\n", chapters[c].title);
        for (int id = 0; id < SETTING_COUNT; id++) {
            const struct setting_row *row = &settings_table[id];

            if (row->scope >= chapters[c].from && row->scope <= chapters[c].to)
                print_row(out, row);
        }
    }
}
