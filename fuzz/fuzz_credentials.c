/* The CSV of a fleet's credentials, read with a template that has all and one that has nothing. */
#include "settings_file.h"

#include <string.h>

static const char *const fleets[] = {
    "servers: [pbx.example]\nfleet: {credentials: fuzz.csv}\n",
    "fleet:\n  - credentials: fuzz.csv\n    first: 7\n"
    "    template: {name: 'desk/%03n', user: '1%n', password: 'pw-%n', server: pbx.example}\n",
};

static const uint8_t *csv;
static size_t csv_length;

static char *read_csv(const char *path, size_t *ret_length, const char **ret_why) {
    char *copy = malloc(csv_length + 1);

    (void)path;
    (void)ret_why;
    HF_ASSERT(copy);
    if (csv_length > 0)
        memcpy(copy, csv, csv_length);
    copy[csv_length] = '\0';
    *ret_length = csv_length;
    return copy;
}

static void read_with(const char *fleet) {
    const struct settings_read_options how = {.fleet_max = 200, .read = read_csv};
    struct settings_file file;

    HF_ASSERT(settings_file_read(&file, "dir/fleet.yaml", slice_from(fleet), &how) == 0);
    HF_ASSERT(file.account_count <= 200);
    for (size_t i = 0; i < file.account_count; i++) {
        const struct settings_account *account = &file.accounts[i];

        HF_ASSERT(account->settings && account->name[0] != '\0');
        if (account->errors == 0)
            HF_ASSERT(settings_text(account->settings, SETTING_USER, 0).len > 0);
    }
    HF_ASSERT(settings_check_names(&file, 1) == 0 && settings_check_identities(&file, 1) == 0);
    settings_file_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    csv = bytes;
    csv_length = length;
    for (size_t i = 0; i < sizeof fleets / sizeof fleets[0]; i++)
        read_with(fleets[i]);
    return 0;
}
