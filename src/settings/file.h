/* What a provisioning file says: its accounts, and what is wrong with it. All formats come to
 * this. Readers are pure: the caller reads the bytes and tells the file's name. */
#ifndef SETTINGS_FILE_H
#define SETTINGS_FILE_H

#include "settings/settings.h"
#include "settings/table.h"

enum settings_severity {
    SEVERITY_NOTE, /* for those who ask for more: keys that do not concern us */
    SEVERITY_WARNING,
    SEVERITY_ERROR, /* the account that it belongs to is not used */
};

struct settings_diagnostic {
    enum settings_severity severity;
    unsigned line;      /* 0: the whole file */
    const char *source; /* another file that this one names, and of which the line is; or NULL */
    char *message;      /* one line; no secrets */
};

struct settings_account {
    const char *name;             /* given in the file, or FILE-STEM/N; kept in `names` */
    struct hf_settings *settings; /* NULL when they are not needed any more (daemon/load.h) */
    uint64_t identity;  /* what a registrar knows it by, hashed; 0: it does not register */
    const char *source; /* as of a diagnostic */
    uint32_t line;      /* where it begins */
    uint16_t errors;    /* not 0: not to be used */
    uint8_t part;       /* this and the next are for whoever hands the accounts over */
    bool own_left_out;
};

enum settings_format {
    FORMAT_UNKNOWN,
    FORMAT_YEALINK,
    FORMAT_GRANDSTREAM_XML,
    FORMAT_GRANDSTREAM_TEXT,
    FORMAT_NATIVE,
};

struct settings_file {
    char *name; /* the path, as messages show it */
    enum settings_format format;
    enum settings_family family;
    const char *family_reason; /* why this family; static */
    struct settings_account *accounts;
    struct text_block *names; /* of the accounts */
    size_t account_count;
    size_t account_capacity;
    struct settings_diagnostic *diagnostics; /* in the order of their lines */
    size_t diagnostic_count;
    size_t diagnostic_capacity;
    size_t errors; /* all of them, also those too many to keep */
    size_t warnings;
    size_t known;   /* keys and values that were understood */
    size_t unknown; /* keys that do not concern us */
    char **sources; /* files that this one names */
    size_t source_count;
    const char *source;                      /* the one that is being read, or NULL */
    const struct settings_read_options *how; /* while the file is read, else NULL */
};

struct settings_read_options {
    const char *family; /* overrules the file; NULL: the file's own, or what it looks like */
    size_t fleet_max;   /* accounts that the fleets of a file may make; 0: LIMIT_FLEET_ACCOUNTS */
    /* The content of another file that this one names, to be freed; NULL with the reason (static).
     * May be NULL: no other file is read. */
    char *(*read)(const char *path, size_t *ret_length, const char **ret_why);
    bool without_notes; /* they are not kept */
    /* Told of each account as soon as it is read, before those of all files are compared; it may
     * take the settings away and leave NULL. HF_ERROR_MEMORY, and reading ends. May be NULL. */
    int (*take)(void *taker, struct settings_file *file, struct settings_account *account);
    void *taker;
    /* Called from time to time while many accounts are made; may be NULL. */
    void (*progress)(void *user, size_t done, size_t total);
    void *user;
};

/* Reads the content of a file. `path` gives the accounts their names and the messages theirs.
 * What is wrong with the file is in `ret`, which is good in any case and is to be released.
 * HF_ERROR_MEMORY; HF_ERROR_UNKNOWN: no such family in the options. */
int settings_file_read(struct settings_file *ret, const char *path, struct hf_slice bytes,
                       const struct settings_read_options *options);

void settings_file_release(struct settings_file *file);

/* Reports accounts that have the name of an earlier one in any of the files; they are not to be
 * used. HF_ERROR_MEMORY. */
int settings_check_names(struct settings_file *files, size_t count);

/* Warns of accounts with the user and the first server of an earlier one. HF_ERROR_MEMORY. */
int settings_check_identities(struct settings_file *files, size_t count);

/* The file that a diagnostic, or an account, is about. */
static inline const char *settings_source_name(const struct settings_file *file,
                                               const char *source) {
    return source ? source : file->name;
}

/* What the bytes look like; the path's ending decides only where they leave it open. */
enum settings_format settings_file_format(const char *path, struct hf_slice bytes);

/* The file's accounts as native YAML, which gives the same settings when it is read: only what
 * differs from the family's defaults. `*ret` is terminated and to be freed. HF_ERROR_MEMORY. */
int settings_native_write(const struct settings_file *file, char **ret);

/* "Yealink .cfg", "native YAML", …; static. */
const char *settings_format_name(enum settings_format format);

#endif
