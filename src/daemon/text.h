/* Text for people, made safe and readable: names and reasons come from files and from the
 * network and may hold anything, terminal escapes included. */
#ifndef DAEMON_TEXT_H
#define DAEMON_TEXT_H

#include "base/writer.h"

/* The length of the UTF-8 sequence (RFC 3629) at the start of a non-empty slice, 0 if there is
 * none. */
size_t utf8_sequence(struct hf_slice s);

/* Columns that a text takes on a terminal, one for each code point. */
size_t text_columns(struct hf_slice s);

/* The text on one line: control characters become '.', what is not UTF-8 becomes U+FFFD. */
void text_write_clean(struct writer *w, struct hf_slice s);

/* A duration with two digits or so: "0.3 s", "58 s", "12 min", "5 h", "12 d". */
void text_write_span(struct writer *w, uint64_t milliseconds);

#endif
