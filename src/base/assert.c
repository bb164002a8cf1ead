#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

/* The one place below net/ that writes anything: the process is about to end. */
_Noreturn void hf_assert_failed(const char *expression, const char *file, int line) {
    fprintf(stderr, "holdfast: %s:%d: assertion failed: %s\n", file, line, expression);
    abort();
}
