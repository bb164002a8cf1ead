#include "daemon/instance.h"

#include <stdio.h>
#include <sys/random.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/writer.h"
#include "settings/settings.h"

static void write_uuid(uint64_t high, uint64_t low, unsigned version, char urn[INSTANCE_URN_MAX]) {
    struct writer w = writer_of(urn, INSTANCE_URN_MAX);

    high = (high & ~(uint64_t)0xf000) | (uint64_t)version << 12;
    low = (low & ~((uint64_t)3 << 62)) | (uint64_t)2 << 62;
    writer_put_literal(&w, "urn:uuid:");
    writer_put_hex(&w, high >> 32, 8);
    writer_put_char(&w, '-');
    writer_put_hex(&w, high >> 16, 4);
    writer_put_char(&w, '-');
    writer_put_hex(&w, high, 4);
    writer_put_char(&w, '-');
    writer_put_hex(&w, low >> 48, 4);
    writer_put_char(&w, '-');
    writer_put_hex(&w, low, 12);
    HF_ASSERT(writer_terminate(&w));
}

/* A UUID of our own making (version 8, RFC 9562 section 5.8) from two keyed hashes; the keys are
 * fixed, since it must come out the same every time. The machine's id itself is not given away. */
void instance_urn(struct hf_slice machine, struct hf_slice account, char urn[INSTANCE_URN_MAX]) {
    static const struct hash_key keys[2] = {{{0x686f6c6466617374u, 2}}, {{0x686f6c6466617374u, 3}}};
    char text[2 * LIMIT_SETTING_TEXT_BYTES];
    struct writer all = writer_of(text, sizeof text);

    writer_put_slice(&all, machine);
    writer_put_char(&all, '\n');
    writer_put_slice(&all, account);
    size_t len = writer_length(&all);

    write_uuid(hash_bytes(&keys[0], text, len), hash_bytes(&keys[1], text, len), 8, urn);
}

void instance_random_urn(char urn[INSTANCE_URN_MAX]) {
    uint64_t bits[2];

    HF_ASSERT(getrandom(bits, sizeof bits, 0) == sizeof bits);
    write_uuid(bits[0], bits[1], 4, urn);
}

bool instance_is_wanted(const struct hf_settings *settings) {
    return settings_bool(settings, SETTING_SUPPORT_INSTANCE, 0) &&
           settings_text(settings, SETTING_INSTANCE, 0).len == 0;
}

int instance_supply(struct hf_settings *settings, struct hf_slice machine,
                    struct hf_slice account) {
    char urn[INSTANCE_URN_MAX];

    if (machine.len == 0 || !instance_is_wanted(settings))
        return 0;
    instance_urn(machine, account, urn);
    return hf_settings_set(settings, "instance", urn, NULL);
}

struct hf_slice instance_machine(char *buffer, size_t size) {
    FILE *file = fopen("/etc/machine-id", "re");
    size_t len = file ? fread(buffer, 1, size, file) : 0;

    if (file)
        fclose(file);
    return slice_trim(slice_of(buffer, len));
}
