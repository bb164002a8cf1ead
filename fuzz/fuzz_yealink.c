/* The reader of Yealink .cfg files. */
#include "settings_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    fuzz_settings_file("GXP/fuzz.cfg", bytes, length);
    return 0;
}
