/* The reader of Grandstream XML, both versions. */
#include "settings_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    fuzz_settings_file("GXP/fuzz.xml", bytes, length);
    return 0;
}
