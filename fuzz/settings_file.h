/* What every reader of provisioning files must hold to, whatever the bytes. */
#ifndef FUZZ_SETTINGS_FILE_H
#define FUZZ_SETTINGS_FILE_H

#include <stdlib.h>

#include "base/assert.h"
#include "settings/file.h"

/* Reads the bytes; what comes out is in order, and what can be used survives the way through
 * native YAML. */
static inline void fuzz_settings_file(const char *path, const uint8_t *bytes, size_t length) {
    struct settings_read_options how = {.fleet_max = 200};
    struct settings_file file;
    struct settings_file again;
    char *text = NULL;
    size_t good = 0;

    HF_ASSERT(settings_file_read(&file, path, slice_of((const char *)bytes, length), &how) == 0);
    for (size_t i = 1; i < file.diagnostic_count; i++)
        HF_ASSERT(file.diagnostics[i - 1].line <= file.diagnostics[i].line);
    for (size_t i = 0; i < file.account_count; i++)
        good += file.accounts[i].errors == 0;
    if (good > 0 && good == file.account_count) {
        HF_ASSERT(settings_native_write(&file, &text) == 0);
        HF_ASSERT(settings_file_read(&again, "again.yaml", slice_from(text), &how) == 0);
        HF_ASSERT(again.account_count == file.account_count);
        for (size_t i = 0; i < file.account_count; i++)
            HF_ASSERT(hf_settings_equal(file.accounts[i].settings, again.accounts[i].settings));
        settings_file_release(&again);
        free(text);
    }
    settings_file_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
