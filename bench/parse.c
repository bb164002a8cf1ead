/* parse COUNT: parses the 722-byte answer COUNT times and reads every field that a registration
 * needs; prints nanoseconds of CPU each. bench/run counts its instructions. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "bench/answer.h"
#include "sip/challenge.h"
#include "sip/name_addr.h"
#include "sip/via.h"

_Static_assert(sizeof bench_answer - 1 == 722, "the peers are measured with 722 bytes");

static size_t read_answer(struct sip_message *message) {
    struct hf_slice bytes = {bench_answer, sizeof bench_answer - 1};
    struct hf_slice value, from_tag, to_tag;
    struct contact contact;
    struct sip_cseq cseq;
    struct sip_uri uri;
    struct via via;
    uint32_t seconds = 0;
    size_t sum = 0;

    if (sip_message_parse(message, bytes) != SIP_PARSED || !sip_top_via_read(message, &via) ||
        !sip_cseq_read(message, &cseq) || !sip_tag_read(message, SIP_HEADER_FROM, &from_tag) ||
        !sip_tag_read(message, SIP_HEADER_TO, &to_tag))
        abort();
    struct sip_values contacts = sip_values(message, SIP_HEADER_CONTACT);

    while (sip_values_next(&contacts, &value))
        if (contact_parse(value, &contact) && uri_parse(contact.address.uri, &uri))
            sum += contact.expires;
    (void)sip_seconds_read(message, SIP_HEADER_EXPIRES, &seconds);
    (void)sip_retry_after_read(message, &seconds);
    sum += sip_next_nonce(message).len + sip_value(message, SIP_HEADER_CALL_ID).len;
    return sum + via.branch.len + cseq.number + from_tag.len + to_tag.len;
}

int main(int argc, char **argv) {
    static struct sip_message message;
    long count = argc > 1 ? atol(argv[1]) : 1000000;
    size_t sum = 0;
    clock_t begin = clock();

    for (long i = 0; i < count; i++)
        sum += read_answer(&message);
    double ns = (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC;

    HF_ASSERT(count == 0 || sum / (size_t)count == 3600 + 32 + 32 + 39 + 4711 + 16 + 37 + 2);
    printf("%.1f\n", count > 0 ? ns / (double)count : 0.0);
    return 0;
}
