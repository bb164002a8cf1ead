/* Many short texts that are given back together. */
#ifndef SETTINGS_TEXTS_H
#define SETTINGS_TEXTS_H

#include "base/slice.h"

struct text_block; /* NULL: none yet */

/* A copy, ended with NUL; it stays where it is until all are freed. NULL when there is no memory.
 */
const char *texts_keep(struct text_block **texts, struct hf_slice text);
void texts_free(struct text_block *texts);

#endif
