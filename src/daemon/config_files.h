/* The provisioning files that a command is given: opened, read, and told about. */
#ifndef DAEMON_CONFIG_FILES_H
#define DAEMON_CONFIG_FILES_H

#include <stdio.h>

#include "settings/file.h"

struct config_files {
    struct settings_file *list; /* in the order of the arguments; a folder's by name */
    size_t count;
    size_t capacity;
    size_t errors; /* of all files, those that cannot be read included */
    size_t warnings;
    size_t accounts; /* that can be used */
    size_t aside;    /* files in folders that are no provisioning files */
    char *first_aside;
};

/* Reads files, and every file in folders (hidden ones and folders in them excepted). What is
 * wrong with them is in their diagnostics, that a file cannot be opened as well. A file in a
 * folder that is of no known format is passed over. Account names are unique afterwards, or
 * their accounts have errors. The result is to be released in any case. HF_ERROR_MEMORY,
 * HF_ERROR_UNKNOWN (family). */
int config_files_read(struct config_files *ret, const char *const *paths, size_t count,
                      const struct settings_read_options *options);

void config_files_release(struct config_files *files);

/* "3 files are left aside that …", for people; false when there is none. */
bool config_files_aside_text(const struct config_files *files, char *buffer, size_t size);

/* Prints "FILE:LINE: error: …" for errors and warnings, with notes too when `notes` is set. */
void config_files_print(FILE *out, const struct config_files *files, bool notes);

/* The whole content of a file, `*ret_length` bytes and a NUL, to be freed; NULL with errno set. */
char *config_file_bytes(const char *path, size_t *ret_length);

#endif
