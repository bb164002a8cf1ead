/* The reader of Grandstream plain text. */
#include "settings_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    fuzz_settings_file("GXP/fuzz.txt", bytes, length);
    return 0;
}
