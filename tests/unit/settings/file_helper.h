/* Reading provisioning files in tests. */
#ifndef TESTS_SETTINGS_FILE_HELPER_H
#define TESTS_SETTINGS_FILE_HELPER_H

#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/draft.h"
#include "settings/file.h"

static inline struct settings_file read_as(const char *path, const char *text, size_t length) {
    struct settings_read_options how = {0};
    struct settings_file file;

    assert_int_equal(settings_file_read(&file, path, slice_of(text, length), &how), 0);
    return file;
}

static inline struct settings_file read_text(const char *path, const char *text) {
    return read_as(path, text, strlen(text));
}

/* The diagnostics of a line that have the part; a line of -1: any. */
static inline unsigned count_said(const struct settings_file *file, int line,
                                  enum settings_severity severity, const char *part) {
    unsigned count = 0;

    for (size_t i = 0; i < file->diagnostic_count; i++) {
        const struct settings_diagnostic *d = &file->diagnostics[i];

        count += (line < 0 || d->line == (unsigned)line) && d->severity == severity &&
                 strstr(d->message, part) != NULL;
    }
    return count;
}

static inline void assert_said(const struct settings_file *file, int line,
                               enum settings_severity severity, const char *part) {
    if (count_said(file, line, severity, part) != 1)
        fail_msg("line %d: '%s' is said %u times", line, part,
                 count_said(file, line, severity, part));
}

static inline void assert_no_complaint(const struct settings_file *file) {
    for (size_t i = 0; i < file->diagnostic_count; i++) {
        if (file->diagnostics[i].severity != SEVERITY_NOTE)
            fail_msg("line %u: %s", file->diagnostics[i].line, file->diagnostics[i].message);
    }
}

/* The value in force of an account's setting. */
static inline void assert_value(const struct settings_file *file, size_t account, const char *key,
                                const char *expected) {
    char buffer[300];

    assert_true(account < file->account_count);
    assert_int_equal(hf_settings_get(file->accounts[account].settings, key, buffer, sizeof(buffer)),
                     0);
    if (strcmp(buffer, expected) != 0)
        fail_msg("account %zu: %s is '%s', not '%s'", account, key, buffer, expected);
}

#endif
