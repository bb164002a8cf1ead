/* loopback ACCOUNTS: registers and refreshes so many accounts over real UDP sockets on loopback,
 * and moves as many datagrams of the same sizes with a bare loop. Prints microseconds of CPU of
 * this process, the kernel's included: a registration, a bare loop's registration (two exchanges),
 * a refresh, a bare loop's refresh (one), and resident bytes an account. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "bench/responder.h"
#include "holdfast/settings.h"
#include "net/clock.h"
#include "net/driver.h"

enum { WINDOW = 200, BATCH = 64 };

struct run {
    uv_loop_t loop;
    struct hf_agent *agent;
    struct net_driver *driver;
    hf_account_id *accounts;
    long count, started, done;
    uint16_t port;
    enum hf_event_kind awaited;
    struct hf_settings *settings;
};

static double cpu_us(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static long resident_bytes(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static void must(int error) {
    HF_ASSERT(error == 0);
}

static void start_one(struct run *run) {
    char user[32], password[32];
    long i = run->started++;

    if (run->awaited == HF_EVENT_REFRESHED) {
        must(hf_agent_register(run->agent, run->accounts[i], net_now()));
        return;
    }
    snprintf(user, sizeof user, "user%06ld", i);
    snprintf(password, sizeof password, "password%06ld", i);
    must(hf_settings_set(run->settings, "user", user, NULL));
    must(hf_settings_set(run->settings, "password", password, NULL));
    must(
        hf_agent_add_account(run->agent, run->settings, (uint64_t)i, &run->accounts[i], net_now()));
}

/* Keeps a window of accounts under way. */
static void on_event(void *user, const struct hf_event *event) {
    struct run *run = user;

    if (event->kind != run->awaited)
        return;
    if (++run->done == run->count)
        uv_stop(&run->loop);
    else if (run->started < run->count)
        start_one(run);
}

static double measure(struct run *run, enum hf_event_kind awaited) {
    double begin = cpu_us();

    run->awaited = awaited;
    run->started = run->done = 0;
    while (run->started < run->count && run->started < WINDOW)
        start_one(run);
    net_driver_pump(run->driver);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    HF_ASSERT(run->done == run->count);
    return (cpu_us() - begin) / (double)run->count;
}

/* Nothing but datagrams: what the kernel takes for so many exchanges. */
static double bare_loop(uint16_t port, long exchanges, size_t bytes) {
    static char out[2048], in[BATCH][2048];
    struct sockaddr_in peer = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct mmsghdr sends[BATCH], receives[BATCH];
    struct iovec out_part = {out, bytes}, in_parts[BATCH];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int head = snprintf(out, sizeof out,
                        "REGISTER sip:a SIP/2.0\r\nVia: x\r\nFrom: x\r\nTo: x\r\nCall-ID: x\r\n"
                        "CSeq: 1 REGISTER\r\nContact: <sip:a@b>\r\nX: ");

    memset(out + head, 'x', bytes - (size_t)head);
    for (int i = 0; i < BATCH; i++) {
        in_parts[i] = (struct iovec){in[i], sizeof in[i]};
        sends[i].msg_hdr = (struct msghdr){
            .msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &out_part, .msg_iovlen = 1};
        receives[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1};
    }
    double begin = cpu_us();

    for (long done = 0; done < exchanges; done += BATCH) {
        int sent = sendmmsg(fd, sends, BATCH, 0);

        for (int got = 0; got < sent;)
            got += recvmmsg(fd, receives, BATCH, MSG_WAITFORONE, NULL);
    }
    close(fd);
    return (cpu_us() - begin) / (double)exchanges;
}

int main(int argc, char **argv) {
    struct run run = {.count = argc > 1 ? atol(argv[1]) : 1000};
    const struct net_options net = {.on_event = on_event, .user = &run};
    struct hf_agent_options options = {0};
    char address[32];
    const char *error;
    pid_t responder = responder_start(&run.port);

    HF_ASSERT(responder > 0 && run.count > 0);
    run.accounts = calloc((size_t)run.count, sizeof *run.accounts);
    snprintf(address, sizeof address, "127.0.0.1:%u", run.port);
    net_seed(options.seed);
    must(uv_loop_init(&run.loop));
    must(hf_settings_create("generic", &run.settings));
    must(hf_settings_set(run.settings, "servers[1].address", address, NULL));
    must(hf_agent_create(&options, &run.agent, net_now()));
    must(net_driver_create(&run.loop, run.agent, &net, &run.driver, &error));
    long before = resident_bytes();
    double registration = measure(&run, HF_EVENT_REGISTERED);
    double refresh = measure(&run, HF_EVENT_REFRESHED);
    long bytes = (resident_bytes() - before) / run.count;
    long exchanges = run.count < 20000 ? 20000 : run.count;
    double bare = bare_loop(run.port, exchanges, 550);

    printf("%.2f %.2f %.2f %.2f %ld\n", registration, 2 * bare, refresh, bare, bytes);
    kill(responder, SIGKILL);
    return 0;
}
