/* register ACCOUNTS REFRESHES: registers so many accounts in virtual time, challenge and answer,
 * then refreshes each so often; the server's answers are written by hand, so that nearly all that
 * is counted is the engine's. Prints CPU microseconds a registration and a refresh, resident bytes
 * an account, and allocated bytes an account. bench/counts.py counts instructions with it. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "bench/account_name.h"
#include "bench/responder.h"
#include "holdfast/agent.h"
#include "holdfast/settings.h"

static const struct hf_address local = {
    .family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 10}};
static const struct hf_address server = {
    .family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}};

static hf_time now = HF_SECOND;

/* Plays the network until there is nothing to do at this instant; returns the events of a kind. */
static unsigned pump(struct hf_agent *agent, enum hf_event_kind wanted) {
    struct hf_output output;
    char answer[2048];
    unsigned count = 0;

    while (hf_agent_next_output(agent, &output)) {
        if (output.kind == HF_OUTPUT_SEND) {
            struct hf_slice bytes =
                responder_answer(output.send.bytes, 3600, answer, sizeof answer);

            hf_agent_receive(agent, output.send.path, &server, bytes.ptr, bytes.len, now);
        } else if (output.kind == HF_OUTPUT_OPEN) {
            hf_agent_path_opened(agent, output.open.path, &local, now);
        } else if (output.kind == HF_OUTPUT_EVENT) {
            count += output.event.kind == wanted;
        }
    }
    return count;
}

static long resident_bytes(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file && fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

/* Steadier than what is resident, and so what is compared between versions. */
static long allocated_bytes(void) {
    struct mallinfo2 info = mallinfo2();

    return (long)(info.uordblks + info.hblkhd);
}

static void must(int error) {
    HF_ASSERT(error == 0);
}

static void add_accounts(struct hf_agent *agent, long count) {
    struct hf_settings *settings;

    must(hf_settings_create("generic", &settings));
    must(hf_settings_set(settings, "servers[1].address", "192.0.2.1", NULL));
    for (long i = 0; i < count; i++) {
        char user[ACCOUNT_NAME_MAX], password[ACCOUNT_NAME_MAX];
        hf_account_id id;

        account_name(user, SLICE("user"), i);
        account_name(password, SLICE("password"), i);
        must(hf_settings_set(settings, "user", user, NULL));
        must(hf_settings_set(settings, "password", password, NULL));
        must(hf_agent_add_account(agent, settings, (uint64_t)i, &id, now));
        pump(agent, HF_EVENT_REGISTERED);
        now += 100;
    }
    hf_settings_free(settings);
}

static long refresh(struct hf_agent *agent, long wanted) {
    long done = 0;

    while (done < wanted) {
        hf_time at = hf_agent_deadline(agent);

        HF_ASSERT(at != HF_NEVER);
        now = at > now ? at : now;
        hf_agent_expire(agent, now);
        done += pump(agent, HF_EVENT_REFRESHED);
    }
    return done;
}

static double microseconds(clock_t begin, long count) {
    return count > 0 ? (double)(clock() - begin) * 1e6 / CLOCKS_PER_SEC / (double)count : 0.0;
}

int main(int argc, char **argv) {
    const struct hf_agent_options options = {.seed = {1}};
    long accounts = argc > 1 ? atol(argv[1]) : 10000;
    long refreshes = argc > 2 ? atol(argv[2]) : 1;
    struct hf_agent_counters counters;
    struct hf_agent *agent;
    long resident_before = resident_bytes(), allocated_before = allocated_bytes();

    must(hf_agent_create(&options, &agent, now));
    clock_t begin = clock();

    add_accounts(agent, accounts);
    double registration = microseconds(begin, accounts);

    hf_agent_count(agent, &counters);
    HF_ASSERT(counters.registered == (uint64_t)accounts);
    now += 60 * HF_SECOND; /* the transactions of the start are forgotten */
    hf_agent_expire(agent, now);
    long resident = resident_bytes() - resident_before;
    long allocated = allocated_bytes() - allocated_before;

    begin = clock();
    long done = refresh(agent, accounts * refreshes);

    printf("%.2f %.2f %ld %ld\n", registration, microseconds(begin, done),
           accounts > 0 ? resident / accounts : 0, accounts > 0 ? allocated / accounts : 0);
    hf_agent_free(agent);
    return 0;
}
