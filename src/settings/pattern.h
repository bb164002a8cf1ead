/* Texts that hold a number: "%n" is the number, "%05n" with leading zeros, "%%" a percent sign.
 * Anything else stands for itself. */
#ifndef SETTINGS_PATTERN_H
#define SETTINGS_PATTERN_H

#include "base/writer.h"

/* Whether the text that is written may differ from the pattern. */
bool pattern_varies(struct hf_slice pattern);

void pattern_write(struct writer *w, struct hf_slice pattern, uint32_t number);

#endif
