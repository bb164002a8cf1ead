/* Any bytes as the value of a challenge and of credentials; what is chosen can be answered. */
#include <string.h>

#include "base/assert.h"
#include "sip/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct digest_context *context;
    static char buffer[1 << 17];
    static struct sip_message message;
    struct writer w = writer_of(buffer, sizeof buffer);
    struct credentials credentials;
    struct challenge challenge;
    enum digest_qop qop;

    if (!context)
        context = digest_context_create();
    (void)credentials_parse(slice_of((const char *)data, size), &credentials);
    writer_put_literal(&w, "SIP/2.0 401 U\r\nWWW-Authenticate: ");
    writer_put(&w, (const char *)data, size);
    writer_put_literal(&w, "\r\nAuthentication-Info: ");
    writer_put(&w, (const char *)data, size);
    writer_put_literal(&w, "\r\n\r\n");
    if (w.full || sip_message_parse(&message, writer_slice(&w)) != SIP_PARSED)
        return 0;
    (void)sip_next_nonce(&message);
    if (digest_choose(context, &message, SIP_HEADER_WWW_AUTHENTICATE, &challenge))
        HF_ASSERT(challenge.realm.len > 0 && digest_choose_qop(&challenge, &qop));
    return 0;
}
