/* Any text as a URI and as a name-addr: equal to itself, and its escapes come off in bounds. */
#include "base/assert.h"
#include "sip/name_addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char buffer[4096];
    struct writer w = writer_of(buffer, sizeof buffer);
    struct hf_slice text = slice_of((const char *)data, size);
    struct name_addr address;
    struct hf_slice value;
    struct sip_uri uri;

    if (name_addr_parse(text, &address))
        (void)uri_parse(address.uri, &uri);
    if (!uri_parse(text, &uri))
        return 0;
    HF_ASSERT(uri_equal(&uri, &uri));
    (void)uri_parameter(&uri, SLICE("transport"), &value);
    write_unescaped(&w, uri.user);
    write_escaped_user(&w, uri.user);
    return 0;
}
