#include "daemon/config_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "settings/draft.h"

enum { FILES_A_STEP = 64 };

static struct settings_file *add_file(struct config_files *files) {
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? files->capacity * 2 : 8;
        struct settings_file *grown = realloc(files->list, capacity * sizeof(*grown));

        if (!grown)
            return NULL;
        files->list = grown;
        files->capacity = capacity;
    }
    files->list[files->count] = (struct settings_file){0};
    return &files->list[files->count++];
}

/* A file of which nothing is known but that it cannot be read. */
static int add_unreadable(struct config_files *files, const char *path, const char *why) {
    struct settings_file *file = add_file(files);

    if (!file)
        return HF_ERROR_MEMORY;
    file->name = strdup(path);
    if (!file->name)
        return HF_ERROR_MEMORY;
    return file_report(file, SEVERITY_ERROR, 0, "cannot be read: %s", why);
}

char *config_file_bytes(const char *path, size_t *ret_length) {
    FILE *in = fopen(path, "rb");
    size_t capacity = 65536;
    size_t length = 0;
    char *bytes = in ? malloc(capacity) : NULL;
    int error;

    while (bytes && !feof(in) && !ferror(in)) {
        length += fread(bytes + length, 1, capacity - length - 1, in);
        if (length > LIMIT_FILE_BYTES)
            break;
        if (capacity - length < 4096) {
            char *grown = realloc(bytes, capacity * 2);

            if (!grown)
                break;
            bytes = grown;
            capacity *= 2;
        }
    }
    error = !in || ferror(in) ? errno : !bytes ? ENOMEM : !feof(in) ? EFBIG : 0;
    if (in)
        fclose(in);
    if (error) {
        free(bytes);
        errno = error;
        return NULL;
    }
    bytes[length] = '\0';
    *ret_length = length;
    return bytes;
}

static int leave_aside(struct config_files *files, const char *path) {
    if (files->aside++ == 0)
        files->first_aside = strdup(path);
    return files->first_aside ? 0 : HF_ERROR_MEMORY;
}

static int read_file(struct config_files *files, const char *path, bool in_folder,
                     const struct settings_read_options *options) {
    size_t length = 0;
    char *bytes = config_file_bytes(path, &length);
    struct settings_file *file;
    int result = 0;

    if (!bytes)
        return add_unreadable(files, path, strerror(errno));
    if (in_folder && settings_file_format(path, slice_of(bytes, length)) == FORMAT_UNKNOWN) {
        result = leave_aside(files, path);
    } else {
        file = add_file(files);
        result = file ? settings_file_read(file, path, slice_of(bytes, length), options)
                      : HF_ERROR_MEMORY;
    }
    free(bytes);
    return result;
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int read_folder(struct config_files *files, const char *path,
                       const struct settings_read_options *options) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_visible, alphasort);
    int result = 0;

    if (count < 0)
        return add_unreadable(files, path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *inner = NULL;
        struct stat status;

        if (result == 0 && asprintf(&inner, "%s/%s", path, entries[i]->d_name) < 0)
            result = HF_ERROR_MEMORY;
        if (result == 0 && stat(inner, &status) == 0 && S_ISREG(status.st_mode))
            result = read_file(files, inner, true, options);
        if (options->progress && i % FILES_A_STEP == 0)
            options->progress(options->user, (size_t)i, (size_t)count);
        free(inner);
        free(entries[i]);
    }
    free(entries);
    return result;
}

static void count_up(struct config_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        const struct settings_file *file = &files->list[i];

        files->errors += file->errors;
        files->warnings += file->warnings;
        for (size_t a = 0; a < file->account_count; a++)
            files->accounts += file->accounts[a].errors == 0;
    }
}

static char *read_named(const char *path, size_t *ret_length, const char **ret_why) {
    char *bytes = config_file_bytes(path, ret_length);

    *ret_why = bytes ? NULL : strerrordesc_np(errno);
    return bytes;
}

int config_files_read(struct config_files *ret, const char *const *paths, size_t count,
                      const struct settings_read_options *options) {
    struct settings_read_options how = *options;
    int result = 0;

    *ret = (struct config_files){0};
    how.read = read_named;
    for (size_t i = 0; result == 0 && i < count; i++) {
        struct stat status;

        if (stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode))
            result = read_folder(ret, paths[i], &how);
        else
            result = read_file(ret, paths[i], false, &how);
    }
    if (result == 0)
        result = settings_check_names(ret->list, ret->count);
    if (result == 0)
        result = settings_check_identities(ret->list, ret->count);
    count_up(ret);
    return result;
}

void config_files_release(struct config_files *files) {
    for (size_t i = 0; i < files->count; i++)
        settings_file_release(&files->list[i]);
    free(files->list);
    free(files->first_aside);
    *files = (struct config_files){0};
}

static void print_diagnostic(FILE *out, const char *name,
                             const struct settings_diagnostic *diagnostic) {
    static const char *const words[] = {"note", "warning", "error"};

    if (diagnostic->line > 0)
        fprintf(out, "%s:%u: %s: %s\n", name, diagnostic->line, words[diagnostic->severity],
                diagnostic->message);
    else
        fprintf(out, "%s: %s: %s\n", name, words[diagnostic->severity], diagnostic->message);
}

void config_files_print(FILE *out, const struct config_files *files, bool notes) {
    for (size_t i = 0; i < files->count; i++) {
        const struct settings_file *file = &files->list[i];

        for (size_t d = 0; d < file->diagnostic_count; d++) {
            if (notes || file->diagnostics[d].severity != SEVERITY_NOTE)
                print_diagnostic(out, settings_source_name(file, file->diagnostics[d].source),
                                 &file->diagnostics[d]);
        }
        if (file->diagnostic_count == FILE_DIAGNOSTICS_MAX)
            fprintf(out, "%s: note: there is more than can be listed here\n", file->name);
    }
}

bool config_files_aside_text(const struct config_files *files, char *buffer, size_t size) {
    if (files->aside == 0)
        return false;
    if (files->aside == 1)
        snprintf(buffer, size, "%s is left aside: it is no provisioning file", files->first_aside);
    else
        snprintf(buffer, size, "%zu files are left aside: %s and others are no provisioning files",
                 files->aside, files->first_aside);
    return true;
}
