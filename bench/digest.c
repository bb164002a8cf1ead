/* digest COUNT: computes COUNT times what answers a challenge with MD5 and qop=auth, the hash of
 * name, realm and password included; prints nanoseconds of CPU each. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "sip/digest.h"

static const struct hf_slice method = {"REGISTER", 8};
static const struct hf_slice uri = {"sip:sip.example.com", 19};
static const struct hf_slice nonce = {"Y0aXnGNGlmv+7NQ3bCzUyqV0F+5Z6xY1", 32};
static const struct hf_slice cnonce = {"0a4f113b9fe2d5c8", 16};

int main(int argc, char **argv) {
    struct digest_context *context = digest_context_create();
    long count = argc > 1 ? atol(argv[1]) : 1000000;
    struct digest_hex ha1, response;
    clock_t begin = clock();

    HF_ASSERT(context);
    for (long i = 0; i < count; i++) {
        const struct digest_input input = {.algorithm = DIGEST_MD5,
                                           .qop = DIGEST_QOP_AUTH,
                                           .ha1 = &ha1,
                                           .nonce = nonce,
                                           .cnonce = cnonce,
                                           .nc = (uint32_t)i,
                                           .method = method,
                                           .uri = uri};

        if (!digest_ha1(context, DIGEST_MD5, SLICE("user000001"), SLICE("example.com"),
                        SLICE("password000001"), &ha1) ||
            !digest_response(context, &input, &response))
            abort();
    }
    double ns = (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC;

    digest_context_free(context);
    printf("%.1f\n", count > 0 ? ns / (double)count : 0.0);
    return 0;
}
