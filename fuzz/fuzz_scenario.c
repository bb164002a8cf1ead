/* The reader of scenarios: whatever the bytes, what is wrong is told in the order of lines, and
 * what can be used is written and read back the same. */
#include <stdlib.h>

#include "base/assert.h"
#include "base/slice.h"
#include "sim/scenario.h"

static void check_messages(const struct scenario_messages *messages) {
    for (size_t i = 1; i < messages->count; i++)
        HF_ASSERT(messages->list[i - 1].line <= messages->list[i].line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct scenario_messages messages = {0};
    struct scenario scenario;
    char *once = NULL, *twice = NULL;

    HF_ASSERT(scenario_read(&scenario, slice_of((const char *)bytes, length), &messages) == 0);
    check_messages(&messages);
    if (messages.errors == 0) {
        HF_ASSERT(scenario_write(&scenario, &once) == 0);
        scenario_release(&scenario);
        HF_ASSERT(scenario_read(&scenario, slice_from(once), &messages) == 0);
        HF_ASSERT(messages.errors == 0);
        HF_ASSERT(scenario_write(&scenario, &twice) == 0);
        HF_ASSERT(strcmp(once, twice) == 0);
    }
    scenario_release(&scenario);
    scenario_messages_release(&messages);
    free(once);
    free(twice);
    return 0;
}
