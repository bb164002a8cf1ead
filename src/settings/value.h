/* The text of one value: reading it by the rules of a file format, and writing it natively. */
#ifndef SETTINGS_VALUE_H
#define SETTINGS_VALUE_H

#include "base/writer.h"
#include "settings/host.h"
#include "settings/object.h"

enum value_format {
    VALUE_NATIVE, /* yes and no, units, words of the row; also FLX */
    VALUE_YEALINK,
    VALUE_GRANDSTREAM,
};

/* How a value is to be read. `name` is what messages call it. */
struct value_rule {
    const struct setting_row *row;
    const struct setting_key *key; /* NULL: none of a vendor's */
    enum value_format format;
    struct hf_slice name;
};

/* Reads a trimmed, non-empty text. 0, HF_ERROR_INVALID or HF_ERROR_RANGE, with a message; 0 with
 * a message when the value was moved into its range. `host` is filled for TYPE_HOST. */
int value_read(const struct value_rule *rule, struct hf_slice text, struct setting_value *ret,
               struct host_text *ret_host, struct hf_settings_error *error);

/* Writes a value so that value_read with VALUE_NATIVE gives it back. */
void value_write(struct writer *w, const struct setting_row *row,
                 const struct setting_value *value);

/* "3600 to 2147483647", "udp, tcp or tls", "yes or no": what is permitted, for messages and the
 * table. */
void value_write_range(struct writer *w, const struct value_rule *rule);

#endif
