/* Characters and the smallest pieces of the SIP grammar (RFC 3261 section 25.1).
 * Values may hold folded lines (CR LF and a blank): everything here takes CR and LF for blanks,
 * as LWS is. */
#ifndef SIP_TOKEN_H
#define SIP_TOKEN_H

#include "base/reader.h"
#include "base/writer.h"

/* Classes of characters; a byte is in a class if its table has a non-zero entry. */
extern const uint8_t sip_token_chars[256];
extern const uint8_t sip_lws_chars[256];
extern const uint8_t sip_user_chars[256]; /* user part of a URI, unescaped; not ":" */
extern const uint8_t sip_host_chars[256]; /* names and IPv4 addresses */

static inline void take_lws(struct reader *r) {
    while (r->at < r->end && ascii_is_blank(*r->at))
        r->at++;
}

/* Without blanks (folds too) at both ends. */
static inline struct hf_slice trim_lws(struct hf_slice s) {
    return slice_trim(s);
}

/* One or more token characters; empty when there is none. */
static inline struct hf_slice take_token(struct reader *r) {
    return reader_take_class(r, sip_token_chars);
}

bool is_token(struct hf_slice s);

/* A quoted string with its quotes, backslash escapes left as they are. False (and nothing taken)
 * when there is none or it does not end. */
bool take_quoted(struct reader *r, struct hf_slice *ret);

/* The content of a quoted string (given with its quotes) without quotes and escapes; anything
 * else is written as it is. */
void write_unquoted(struct writer *w, struct hf_slice quoted);

/* A quoted string with this content; quotes and backslashes escaped, line ends and NUL, which no
 * quoting can carry, left out. */
void write_quoted(struct writer *w, struct hf_slice content);

/* True when the content of `quoted` (with or without quotes) is `text`. */
bool quoted_equal(struct hf_slice quoted, struct hf_slice text);

/* Takes one value of a comma-separated list: up to a comma outside quotes and angle brackets, or
 * to the end; the comma is taken too. Trimmed. False at the end. An empty value between commas
 * is passed over, as RFC 3261 section 7.3.1 lists are read leniently. */
bool take_list_value(struct reader *r, struct hf_slice *ret);

/* A parameter ";name", ";name=value", ";name=\"quoted\"" (the quotes stay). False at the end, or,
 * with *ret_bad set, where the text is none. */
struct sip_parameter {
    struct hf_slice name;
    struct hf_slice value; /* ptr NULL when there is no "=" */
};

bool take_parameter(struct reader *r, struct sip_parameter *ret, bool *ret_bad);

/* Digits to a number of at most 32 bits; larger ones give UINT32_MAX (RFC 3261 section 20.19
 * asks for that in Expires). False when there is anything but digits. */
bool clamped_number(struct hf_slice digits, uint32_t *ret);

#endif
