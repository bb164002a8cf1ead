/* The table of settings: everything that is known about each, once. Readers, checks, error
 * messages, `holdfast settings` and docs/settings.md come out of it; a new setting is a new row in
 * one of the rows_*.def files. */
#ifndef SETTINGS_TABLE_H
#define SETTINGS_TABLE_H

#include "base/slice.h"
#include "settings/ids.h"
#include "settings/shape.h"

/* Phone families: whose defaults, and whose meaning of a number, count. */
enum settings_family {
    FAMILY_GENERIC,
    FAMILY_GXV3370,
    FAMILY_GSC35XX,
    FAMILY_GRP,
    FAMILY_YEALINK,
    FAMILY_FLX,
    FAMILY_COUNT
};

/* What a value belongs to. */
enum setting_scope {
    SCOPE_GLOBAL,   /* the whole file */
    SCOPE_IDENTITY, /* one account, and hardly ever equal in two */
    SCOPE_ACCOUNT,
    SCOPE_SERVER, /* one server of an account; without an index, all of them */
    SCOPE_PROXY,  /* one outbound proxy of an account */
    SCOPE_DNS_A,  /* one record of the account's static DNS cache */
    SCOPE_DNS_SRV,
    SCOPE_DNS_NAPTR,
    SCOPE_COUNT
};

enum setting_type {
    TYPE_BOOL,
    TYPE_NUMBER,
    TYPE_DURATION, /* microseconds */
    TYPE_WORD,     /* an enum of words.h */
    TYPE_TEXT,
    TYPE_SECRET, /* text that is never shown */
    TYPE_HOST,   /* a name or an address; with ":port" it sets the row `port` too */
    TYPE_IP,
};

enum setting_outside {
    OUTSIDE_ERROR,
    OUTSIDE_CLAMP,     /* moved to the nearer end, with a warning */
    OUTSIDE_CLAMP_LOW, /* raised to the low end; above the high end it is an error */
};

/* A word of a file and what it stands for; a NULL text ends a list. */
struct setting_word {
    const char *text;
    int64_t value;
};

/* How one file format names a setting, and what it writes. */
struct setting_key {
    /* Yealink: the key with X for the account, Y for the server, proxy or record; without an X it
     * holds for all accounts. Grandstream: the alias without "account.N.", NULL if there is none.
     * FLX: the label on the page. */
    const char *name;
    uint16_t p[6];    /* Grandstream: P-numbers for accounts 1 to 6, 0 = none */
    uint8_t index;    /* the server or proxy, from 1, when the key does not say */
    bool everywhere;  /* Grandstream: the first P-number, or the alias alone, is for all accounts */
    uint8_t families; /* bits 1 << FAMILY_x; 0 = every family of the vendor */
    int64_t unit;     /* of a duration, in microseconds; 0 = seconds */
    int64_t min, max; /* in the file's unit; both 0 = as the row says */
    enum setting_outside outside;
    const struct setting_word *words; /* looked at first; numbers may be among them */
};

struct setting_default {
    bool given;
    int64_t value;
};

/* A default that means: as the row `inherits` says, for the same index. */
#define INHERITED INT64_MIN

struct setting_row {
    const char *name; /* native, unique within its scope */
    enum setting_scope scope;
    enum setting_type type;
    int64_t min, max; /* both 0 = no limits */
    enum setting_outside outside;
    int64_t normal;                                 /* default; text is empty by default */
    struct setting_default by_family[FAMILY_COUNT]; /* where a family's differs */
    enum setting inherits;
    enum setting port;                 /* TYPE_HOST: where its port goes */
    enum text_shape shape;             /* TYPE_TEXT */
    const struct setting_word *words;  /* TYPE_WORD; also words for special numbers */
    const struct setting_key *yealink; /* lists ended by an empty key; may be NULL */
    const struct setting_key *grandstream;
    const struct setting_key *flx; /* the field's label on the FLX page */
    const char *help;
    const char *source;
    bool acted_on; /* the engine does something about it today */
};

extern const struct setting_row settings_table[SETTING_COUNT];

/* How many values a scope has at most (a server's account-wide one is extra). */
extern const uint8_t settings_scope_count[SCOPE_COUNT];

/* "generic", "grandstream-gxv3370", … ; NULL-terminated. */
extern const char *const settings_family_names[FAMILY_COUNT + 1];

/* -1 when there is no such family. */
int settings_family_of(struct hf_slice name);

static inline bool settings_family_is_grandstream(enum settings_family family) {
    return family == FAMILY_GXV3370 || family == FAMILY_GSC35XX || family == FAMILY_GRP;
}

static inline bool setting_is_text(enum setting_type type) {
    return type == TYPE_TEXT || type == TYPE_SECRET || type == TYPE_HOST || type == TYPE_IP;
}

/* The default of a row in a family; may be INHERITED. */
int64_t setting_default(const struct setting_row *row, enum settings_family family);

/* The row with this native name among those of a scope; SETTING_COUNT when there is none. */
enum setting setting_find(struct hf_slice name, enum setting_scope scope);

#endif
