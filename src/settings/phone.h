/* What the files of all phones have in common: up to 16 numbered accounts, keys for one account
 * and keys for all, and hundreds of keys that do not concern us. */
#ifndef SETTINGS_PHONE_H
#define SETTINGS_PHONE_H

#include "settings/draft.h"
#include "settings/entries.h"

/* What a key of a phone's file means. */
struct key_match {
    enum setting id;
    const struct setting_key *key;
    unsigned account; /* 1 to 16; 0: all accounts */
    int index;        /* from 0, or SETTINGS_ALL */
};

enum key_kind {
    KEY_KNOWN,
    KEY_UNKNOWN,     /* does not concern us */
    KEY_ACCOUNT,     /* ours, but its account or index is out of bounds */
    KEY_PLACEHOLDER, /* "account.X.": a template that was not filled in */
};

/* Finds what a Yealink key means. */
enum key_kind yealink_key_find(struct hf_slice key, struct key_match *ret);

/* Finds what a P-number ("P47") or an alias ("account.1.sip.userid") means in a family. */
enum key_kind grandstream_key_find(struct hf_slice key, enum settings_family family,
                                   struct key_match *ret);

/* Turns entries into accounts. HF_ERROR_MEMORY. */
int phone_read(struct settings_file *file, const struct entries *entries, enum value_format format);

/* The formats. Each adds to the file what the bytes say. HF_ERROR_MEMORY. */
int yealink_read(struct settings_file *file, struct hf_slice bytes);
int grandstream_text_read(struct settings_file *file, struct hf_slice bytes);
int grandstream_xml_read(struct settings_file *file, struct hf_slice bytes);
int native_read(struct settings_file *file, struct hf_slice bytes,
                const struct settings_read_options *options);

/* Of a Grandstream file: the family that its name or its comments speak of. */
enum settings_family grandstream_family(const struct settings_file *file, struct hf_slice bytes,
                                        const char **reason);

/* The Yealink key most like this one, written with its account and index; false when none is
 * near. */
bool yealink_key_suggest(struct hf_slice key, char *buffer, size_t size);

#endif
