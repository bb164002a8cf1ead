/* The reader of native YAML. */
#include "settings_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    fuzz_settings_file("GXP/fuzz.yaml", bytes, length);
    return 0;
}
