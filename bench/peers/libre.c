/* libre PORT ACCOUNTS: Debian's libre registers so many accounts with sipreg (bench/measure.h), all
 * over one socket, with hash tables large enough for all; it refreshes by itself, as early as it
 * can be told to, which is after a twentieth of what was granted. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <re/re.h>

#include "bench/measure.h"

enum { HASH_SIZE = 1 << 16, EARLIEST_REFRESH_PERCENT = 5 };

struct account {
    struct sipreg *registration;
    long number;
    int answers;
};

static struct sip *sip;
static struct account *accounts;
static long count, started, registered, refreshed, failed;
static char registrar[64];
static struct measure start, begin;

static int on_challenge(char **user, char **password, const char *realm, void *arg) {
    const struct account *account = arg;
    int error = re_sdprintf(user, "user%06ld", account->number);

    (void)realm;
    return error ? error : re_sdprintf(password, "password%06ld", account->number);
}

static void start_one(void);

static void on_answer(int error, const struct sip_msg *message, void *arg) {
    struct account *account = arg;

    if (error || message->scode >= 300)
        failed++;
    if (account->answers++ == 0) {
        if (++registered == count) {
            measure_tell("registration", registered, failed, &start, &begin);
            begin = measure_now();
            failed = 0;
        } else if (started < count) {
            start_one();
        }
    } else if (account->answers == 2 && ++refreshed == count) {
        measure_tell("refresh", refreshed, failed, &start, &begin);
        re_cancel();
    }
}

static void start_one(void) {
    struct account *account = &accounts[started];
    char address[64], user[32];

    account->number = started++;
    re_snprintf(user, sizeof user, "user%06ld", account->number);
    re_snprintf(address, sizeof address, "sip:%s@127.0.0.1", user);
    if (sipreg_register(&account->registration, sip, registrar, address, NULL, address, 3600, user,
                        NULL, 0, 0, on_challenge, account, false, on_answer, account, NULL, NULL) ||
        sipreg_set_rwait(account->registration, EARLIEST_REFRESH_PERCENT))
        exit(1);
}

int main(int argc, char **argv) {
    struct sa local;

    count = argc > 2 ? atol(argv[2]) : 1000;
    accounts = calloc((size_t)count, sizeof *accounts);
    if (argc < 2 || !accounts || libre_init())
        return 1;
    re_snprintf(registrar, sizeof registrar, "sip:127.0.0.1:%s", argv[1]);
    (void)poll_method_set(METHOD_EPOLL);
    if (sa_set_str(&local, "127.0.0.1", 0) ||
        sip_alloc(&sip, NULL, HASH_SIZE, HASH_SIZE, HASH_SIZE, "libre", NULL, NULL) ||
        sip_transp_add(sip, SIP_TRANSP_UDP, &local))
        return 1;
    start = begin = measure_now();
    while (started < count && started < BENCH_WINDOW)
        start_one();
    return re_main(NULL);
}
