/* osip COUNT: Debian's libosip2 parses the same 722 bytes and its fields; prints nanoseconds of CPU
 * each. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include <osipparser2/osip_parser.h>

#include "bench/answer.h"

int main(int argc, char **argv) {
    long count = argc > 1 ? atol(argv[1]) : 100000;
    clock_t begin = clock();

    if (parser_init() != 0)
        return 1;
    for (long i = 0; i < count; i++) {
        osip_message_t *message;

        if (osip_message_init(&message) != 0 ||
            osip_message_parse(message, bench_answer, sizeof bench_answer - 1) != 0)
            return 1;
        osip_message_free(message);
    }
    printf("%.1f\n", (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC / (double)count);
    return 0;
}
