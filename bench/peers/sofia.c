/* sofia PORT ACCOUNTS: Debian's sofia-sip registers so many accounts with nua, one handle each, all
 * in one thread and over one socket, then is told to refresh each (bench/measure.h). Its probing
 * for NATs is off. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NUA_MAGIC_T void
#define NUA_HMAGIC_T struct account
struct account;
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_status.h>

#include "bench/measure.h"

struct account {
    nua_handle_t *handle;
    char credentials[96];
};

static su_root_t *root;
static nua_t *nua;
static struct account *accounts;
static long count, started, done, failed;
static int refreshing;
static char registrar[64];
static struct measure start, begin;

static void start_one(void) {
    struct account *account = &accounts[started];
    char address[64];

    if (refreshing) {
        started++;
        nua_register(account->handle, TAG_END());
        return;
    }
    snprintf(address, sizeof address, "sip:user%06ld@127.0.0.1", started);
    snprintf(account->credentials, sizeof account->credentials,
             "Digest:\"example.com\":user%06ld:password%06ld", started, started);
    started++;
    account->handle =
        nua_handle(nua, account, SIPTAG_TO_STR(address), SIPTAG_FROM_STR(address), TAG_END());
    nua_register(account->handle, NUTAG_REGISTRAR(registrar), TAG_END());
}

static void begin_phase(void) {
    begin = measure_now();
    started = done = failed = 0;
    while (started < count && started < BENCH_WINDOW)
        start_one();
}

static void one_is_done(void) {
    if (++done < count) {
        if (started < count)
            start_one();
        return;
    }
    measure_tell(refreshing ? "refresh" : "registration", done, failed, &start, &begin);
    if (refreshing) {
        su_root_break(root);
        return;
    }
    refreshing = 1;
    begin_phase();
}

static void on_event(nua_event_t event, int status, char const *phrase, nua_t *stack, void *magic,
                     nua_handle_t *handle, struct account *account, sip_t const *sip,
                     tagi_t tags[]) {
    (void)phrase, (void)stack, (void)magic, (void)sip, (void)tags;
    if (event != nua_r_register || status < 200)
        return;
    if (status == 401 && !refreshing) {
        nua_authenticate(handle, NUTAG_AUTH(account->credentials), TAG_END());
        return;
    }
    failed += status >= 300;
    one_is_done();
}

int main(int argc, char **argv) {
    count = argc > 2 ? atol(argv[2]) : 1000;
    accounts = calloc((size_t)count, sizeof *accounts);
    if (argc < 2 || !accounts || su_init())
        return 1;
    snprintf(registrar, sizeof registrar, "sip:127.0.0.1:%s", argv[1]);
    root = su_root_create(NULL);
    su_root_threading(root, 0);
    nua = nua_create(root, on_event, NULL, NUTAG_URL("sip:127.0.0.1:*;transport=udp"),
                     NUTAG_OUTBOUND("no-outbound no-validate no-options-keepalive no-natify"),
                     NUTAG_KEEPALIVE(0), TAG_END());
    if (!nua)
        return 1;
    start = measure_now();
    begin_phase();
    su_root_run(root);
    return 0;
}
