#include "daemon/demo.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/assert.h"
#include "daemon/demo_parts.h"
#include "daemon/text.h"
#include "net/clock.h"

void demo_say(struct demo *demo, const char *format, ...) {
    uint64_t tenths = (net_now() - demo->started_at) / (HF_SECOND / 10);
    char text[512], line[DEMO_LINE_BYTES];
    struct writer w = writer_of(line, sizeof(line));
    va_list list;
    int len;

    len = snprintf(text, sizeof(text), "%3llu.%llu s  ", (unsigned long long)(tenths / 10),
                   (unsigned long long)(tenths % 10));
    va_start(list, format);
    vsnprintf(text + len, sizeof(text) - (size_t)len, format, list);
    va_end(list);
    text_write_clean(&w, slice_from(text));
    (void)writer_terminate(&w);
    if (demo->live)
        memcpy(demo->screen.lines[demo->screen.line_count++ % DEMO_LINES], line, sizeof(line));
    else
        puts(line);
    fflush(stdout);
}

static void on_tick(uv_timer_t *timer) {
    struct demo *demo = timer->data;

    demo_on_tick(demo);
    if (demo->live)
        demo_screen_draw(demo);
    if (demo->phase == DEMO_ENDED)
        uv_stop(&demo->loop);
}

static void on_signal(uv_signal_t *signal, int number) {
    struct demo *demo = signal->data;

    (void)number;
    demo->wants_end = true;
}

static int open_registrar(struct demo *demo, struct registrar_host **ret) {
    /* Short grants make a silent registrar noticed soon. */
    static const struct hf_address local = {.family = HF_FAMILY_IPV4, .ip = {127, 0, 0, 1}};
    struct registrar_options options;

    registrar_options_init(&options);
    net_seed(options.seed);
    options.offers[0] = DIGEST_SHA_256;
    options.offers[1] = DIGEST_MD5;
    options.offer_count = 2;
    options.expires_min = 1;
    options.expires_max = options.expires_default = 6;
    return registrar_host_open(&demo->loop, &local, &options, ret);
}

static int add_accounts(void *user, struct settings_file *file) {
    struct demo *demo = user;
    int result = 0;

    for (size_t i = 0; result == 0 && i < file->account_count; i++) {
        struct demo_account *account = &demo->accounts[demo->account_count];

        HF_ASSERT(demo->account_count < DEMO_ACCOUNTS_MAX);
        snprintf(account->name, sizeof(account->name), "%s", file->accounts[i].name);
        account->has_backup = settings_server_count(file->accounts[i].settings) > 1;
        result = hf_agent_add_account(demo->agent, file->accounts[i].settings, demo->account_count,
                                      &account->id, net_now());
        if (result == 0)
            demo->account_count++;
        else
            fprintf(stderr, "%s: %s\n", account->name, hf_error_text(result));
    }
    return result;
}

static int start_engine(struct demo *demo) {
    struct net_options options = {.on_event = demo_on_event, .user = demo};
    struct hf_agent_options agent = {0};
    const char *error = NULL;
    int result;

    net_seed(agent.seed);
    result = hf_agent_create(&agent, &demo->agent, net_now());
    if (result == 0) {
        result = net_driver_create(&demo->loop, demo->agent, &options, &demo->net, &error);
        if (result != 0)
            demo->net = NULL;
    }
    if (result == 0)
        result = demo_files_read(registrar_host_local(demo->a).port,
                                 registrar_host_local(demo->b).port, add_accounts, demo);
    if (result == 0)
        net_driver_pump(demo->net);
    else
        fprintf(stderr, "holdfast: error: the demo cannot start%s%s\n", error ? ": " : "",
                error ? error : "");
    return result;
}

static int start(struct demo *demo) {
    int result = open_registrar(demo, &demo->a);

    if (result == 0)
        result = open_registrar(demo, &demo->b);
    if (result != 0) {
        fprintf(stderr, "holdfast: error: cannot listen on 127.0.0.1: %s\n", strerror(-result));
        return result;
    }
    demo_say(demo, "registrar A is 127.0.0.1:%u, B is 127.0.0.1:%u",
             registrar_host_local(demo->a).port, registrar_host_local(demo->b).port);
    demo_say(demo, "-- %s --", demo_phase_text(DEMO_STARTING));
    demo->phase_at = net_now();
    result = start_engine(demo);
    if (result == 0 && demo->live)
        result = demo_screen_open(demo);
    return result;
}

static void start_handles(struct demo *demo) {
    static const int numbers[] = {SIGINT, SIGTERM};

    for (int i = 0; i < 2; i++) {
        uv_signal_init(&demo->loop, &demo->signals[i]);
        demo->signals[i].data = demo;
        uv_signal_start(&demo->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&demo->loop, &demo->tick);
    demo->tick.data = demo;
    uv_timer_start(&demo->tick, on_tick, DEMO_TICK_MS, DEMO_TICK_MS);
}

static void finish(struct demo *demo) {
    demo_screen_close(demo);
    if (demo->net)
        net_driver_close(demo->net, NULL, NULL);
    registrar_host_close(demo->a);
    registrar_host_close(demo->b);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&demo->signals[i], NULL);
    uv_close((uv_handle_t *)&demo->tick, NULL);
    uv_run(&demo->loop, UV_RUN_DEFAULT);
    hf_agent_free(demo->agent);
    uv_loop_close(&demo->loop);
}

int demo_run(bool live) {
    struct demo *demo = calloc(1, sizeof(*demo));
    int result = 1;

    if (!demo || uv_loop_init(&demo->loop) != 0) {
        free(demo);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    demo->live = live;
    demo->started_at = net_now();
    start_handles(demo);
    if (start(demo) == 0) {
        uv_run(&demo->loop, UV_RUN_DEFAULT);
        result = demo->succeeded || live ? 0 : 1;
    }
    finish(demo);
    free(demo);
    return result;
}
