/* Reading in progress: what the readers of all formats have in common. */
#ifndef SETTINGS_DRAFT_H
#define SETTINGS_DRAFT_H

#include "settings/assign.h"
#include "settings/file.h"

enum {
    DRAFT_ACCOUNTS = 16, /* accounts of one phone */
    FILE_DIAGNOSTICS_MAX = 10000,
};

/* One account while it is read. */
struct draft {
    struct hf_settings *settings;
    char *name;                           /* NULL: FILE-STEM/N */
    unsigned number;                      /* the N */
    unsigned line;                        /* where it is first spoken of; 0 = never */
    uint32_t lines[SLOT_COUNT];           /* where each slot was set; 0 = not */
    uint64_t bad[(SLOT_COUNT + 63) / 64]; /* slots whose last value was refused */
    unsigned errors;                      /* others than those */
    struct hf_slice *names; /* what the file calls each slot, borrowed; NULL: native keys */
};

/* 0, or HF_ERROR_MEMORY. */
int draft_init(struct draft *draft, enum settings_family family);
void draft_release(struct draft *draft);

/* Stores one value of the file, and reports what is wrong with it. HF_ERROR_MEMORY. */
int draft_assign(struct draft *draft, struct settings_file *file, struct setting_place place,
                 const struct value_rule *rule, struct hf_slice text, unsigned line);

/* Says something about the file. HF_ERROR_MEMORY. */
int file_report(struct settings_file *file, enum settings_severity severity, unsigned line,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether the file sets this very place of the account. */
bool draft_says(const struct draft *draft, struct setting_place place);

/* Whether a value of the account was refused and none came after it. */
bool draft_is_bad(const struct draft *draft);

/* Where a setting of the draft was set, or else the account's own line. */
unsigned draft_line(const struct draft *draft, enum setting id, int index);

/* What the file calls a setting of the draft, or its native key. */
void draft_write_name(struct writer *w, const struct draft *draft, struct setting_place place);

/* Completes an account, checks its settings against each other and adds it to the file. The
 * draft's settings move into the file. HF_ERROR_MEMORY. */
int draft_finish(struct draft *draft, struct settings_file *file);

/* The same without the checks. */
int draft_add(struct draft *draft, struct settings_file *file);

/* What accounts have in common that a registrar takes for one, hashed (SipHash, 64 bits); 0 for
 * those that do not register (identities.c). */
uint64_t settings_identity(const struct hf_settings *settings);

/* Leaves out static DNS records without a name, which templates are full of, and closes the
 * gaps (compact.c). HF_ERROR_MEMORY. */
int draft_compact_records(struct draft *draft);

/* The checks of settings against each other (checks.c). */
int draft_check(struct draft *draft, struct settings_file *file);

/* What the phones say in other words than we; part of the checks. */
int draft_settle(struct draft *draft);

/* The part of them that concerns user and password, for an account whose other settings were
 * checked with another's. */
int draft_check_identity(struct draft *draft, struct settings_file *file);

/* The other part: of what accounts without a user yet have in common. */
int draft_check_shared(struct draft *draft, struct settings_file *file);

#endif
