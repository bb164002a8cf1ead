/* request COUNT: writes a REGISTER without credentials COUNT times; prints nanoseconds of CPU
 * each. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "holdfast/settings.h"
#include "usage/exchange.h"

static void must(int error) {
    HF_ASSERT(error == 0);
}

int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 1000000;
    struct digest_context *digest = digest_context_create();
    struct registration registration;
    struct hf_settings *settings;
    struct exchange exchange;
    struct random random;
    char buffer[2048];
    size_t sum = 0;

    must(hf_settings_create("generic", &settings));
    must(hf_settings_set(settings, "servers[1].address", "192.0.2.1", NULL));
    must(hf_settings_set(settings, "user", "user000001", NULL));
    const struct exchange_place place = {
        .settings = settings,
        .server_host = SLICE("192.0.2.1"),
        .transport = HF_TRANSPORT_UDP,
        .local = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 10}}};

    random_init(&random, (const uint64_t[4]){1});
    registration_init(&registration, settings, &random);
    clock_t begin = clock();

    for (long i = 0; i < count; i++) {
        exchange_begin(&exchange, EXCHANGE_BIND);
        (void)exchange_next_cseq(&registration);
        sum += exchange_request(&exchange, &registration, &place, "z9hG4bK00000001000000017d1f3a9b",
                                digest, buffer, sizeof buffer)
                   .len;
    }
    double ns = (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC;

    HF_ASSERT(sum >= (size_t)count * 300);
    registration_release(&registration);
    hf_settings_free(settings);
    digest_context_free(digest);
    printf("%.1f\n", count > 0 ? ns / (double)count : 0.0);
    return 0;
}
