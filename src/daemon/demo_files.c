/* The demo's provisioning files, as the vendors write them. */
#include <stdlib.h>

#include "daemon/demo_parts.h"

/* $A and $B stand for the ports of the registrars. */
static const struct {
    const char *path;
    const char *family;
    const char *text;
} files[] = {
    {"yealink.cfg", "yealink",
     "#!version:1.0.0.1\n"
     "account.1.enable = 1\n"
     "account.1.user_name = 2001\n"
     "account.1.password = pw-2001\n"
     "account.1.sip_server.1.address = 127.0.0.1\n"
     "account.1.sip_server.1.port = $A\n"
     "account.1.sip_server.2.address = 127.0.0.1\n"
     "account.1.sip_server.2.port = $B\n"
     "account.1.fallback.redundancy_type = 1\n"
     "account.2.enable = 1\n"
     "account.2.user_name = 2002\n"
     "account.2.password = pw-2002\n"
     "account.2.sip_server.1.address = 127.0.0.1\n"
     "account.2.sip_server.1.port = $A\n"},
    {"gxv3370.xml", "grandstream-gxv3370",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     "<gs_provision version=\"1\"><config version=\"2\">\n"
     "<item name=\"account.1.enable\">Yes</item>\n"
     "<item name=\"account.1.sip.server.1.address\">127.0.0.1:$A</item>\n"
     "<item name=\"account.1.sip.userid\">4001</item>\n"
     "<item name=\"account.1.sip.subscriber.password\">pw-4001</item>\n"
     "<item name=\"account.1.sip.unregisterOnReboot\">No</item>\n"
     "</config></gs_provision>\n"},
    {"gsc3516.xml", "grandstream-gsc35xx",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     "<gs_provision version=\"1\"><config version=\"2\"><item name=\"account.1\">\n"
     "<part name=\"enable\">Yes</part>\n"
     "<part name=\"sip.server.1.address\">127.0.0.1:$A</part>\n"
     "<part name=\"sip.userid\">paging</part>\n"
     "<part name=\"sip.subscriber.password\">pw-paging</part>\n"
     "<part name=\"sip.unregisterOnReboot\">No</part>\n"
     "</item></config></gs_provision>\n"},
    {"grp2614.xml", "grandstream-grp",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     "<gs_provision version=\"1\"><config version=\"1\">\n"
     "<P271>1</P271><P47>127.0.0.1:$A</P47><P2312>127.0.0.1:$B</P2312>\n"
     "<P35>5001</P35><P36>5001</P36><P34>pw-5001</P34><P32>1</P32><P4567>2</P4567>\n"
     "</config></gs_provision>\n"},
    {"flx.yaml", "flx",
     "family: flx\n"
     "accounts:\n"
     "  - name: flx-boardroom\n"
     "    Registrar: 127.0.0.1:$A\n"
     "    Backup Registrar: 127.0.0.1:$B\n"
     "    Username: boardroom\n"
     "    Password: pw-boardroom\n"},
    {"trunk.yaml", "generic",
     "family: generic\n"
     "accounts:\n"
     "  - name: trunk\n"
     "    user: trunk\n"
     "    password: pw-trunk\n"
     "    servers: [ \"127.0.0.1:$A\", \"127.0.0.1:$B\" ]\n"},
};

/* The same for all, as with `holdfast run --set`: a demo is in a hurry. */
static const struct {
    const char *key;
    const char *value;
} hurry[] = {
    {"timer.t1", "0.1"},           {"retry", "2"},
    {"fallback.timeout", "2"},     {"failback.timeout", "2"},
    {"unregister_at_exit", "yes"},
};

static int hasten(struct settings_file *file) {
    struct hf_settings_error error;

    for (size_t i = 0; i < file->account_count; i++) {
        for (size_t k = 0; k < sizeof(hurry) / sizeof(hurry[0]); k++) {
            int result =
                hf_settings_set(file->accounts[i].settings, hurry[k].key, hurry[k].value, &error);

            if (result != 0) {
                fprintf(stderr, "%s: %s\n", file->name, error.message);
                return result;
            }
        }
    }
    return 0;
}

/* The text with the ports in it. */
static struct hf_slice fill_in(const char *text, unsigned a, unsigned b, struct writer *w) {
    struct hf_slice rest = slice_from(text);

    while (rest.len > 0) {
        struct hf_slice before = slice_split(&rest, '$');

        writer_put_slice(w, before);
        if (rest.len > 0) {
            writer_put_number(w, rest.ptr[0] == 'A' ? a : b);
            rest = slice_from_index(rest, 1);
        }
    }
    return writer_slice(w);
}

int demo_files_read(unsigned a, unsigned b, int (*found)(void *user, struct settings_file *file),
                    void *user) {
    int result = 0;

    for (size_t i = 0; result == 0 && i < sizeof(files) / sizeof(files[0]); i++) {
        struct settings_read_options how = {.family = files[i].family};
        struct settings_file file = {0};
        char text[4096];
        struct writer w = writer_of(text, sizeof(text));

        result = settings_file_read(&file, files[i].path, fill_in(files[i].text, a, b, &w), &how);
        for (size_t k = 0; k < file.diagnostic_count; k++) {
            if (file.diagnostics[k].severity == SEVERITY_ERROR)
                fprintf(stderr, "%s:%u: error: %s\n", file.name, file.diagnostics[k].line,
                        file.diagnostics[k].message);
        }
        if (result == 0 && file.errors > 0)
            result = HF_ERROR_INVALID;
        if (result == 0)
            result = hasten(&file);
        if (result == 0)
            result = found(user, &file);
        settings_file_release(&file);
    }
    return result;
}
