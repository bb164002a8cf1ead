/* Cutting text into lines, the one place where parsing a message is bound by reading bytes: sixteen
 * at a time where the machine can. */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include "base/reader.h"

struct line {
    struct hf_slice text; /* without its CR LF or LF */
    size_t colon;         /* index of the first ":" in it, text.len when there is none */
};

/* Takes a line; false when no line end is left. */
bool line_take(struct reader *r, struct line *ret);

#endif
