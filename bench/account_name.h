/* "user000042" and "password000042", of at least six digits. Written by hand: printf would take a
 * thirtieth of what registering the account takes. */
#ifndef BENCH_ACCOUNT_NAME_H
#define BENCH_ACCOUNT_NAME_H

#include "base/assert.h"
#include "base/writer.h"

enum { ACCOUNT_NAME_MAX = 32 };

static inline void account_name(char text[ACCOUNT_NAME_MAX], struct hf_slice prefix, long number) {
    struct writer w = writer_of(text, ACCOUNT_NAME_MAX);

    writer_put_slice(&w, prefix);
    for (long least = 100000; least > number && least > 1; least /= 10)
        writer_put_char(&w, '0');
    writer_put_number(&w, (uint64_t)number);
    HF_ASSERT(writer_terminate(&w));
}

#endif
