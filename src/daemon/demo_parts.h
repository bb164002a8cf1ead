/* The demo's parts, as its own files share them. */
#ifndef DAEMON_DEMO_PARTS_H
#define DAEMON_DEMO_PARTS_H

#include <stdio.h>
#include <termios.h>
#include <uv.h>

#include "daemon/registrar_host.h"
#include "daemon/view.h"
#include "net/driver.h"
#include "settings/file.h"

enum {
    DEMO_ACCOUNTS_MAX = 16,
    DEMO_LINES = 6, /* of what happened, below the live table */
    DEMO_LINE_BYTES = 160,
    DEMO_TICK_MS = 100,
};

struct demo_account {
    hf_account_id id;
    char name[32];
    bool has_backup;
    bool moved; /* registered at B since A fell silent */
    bool home;  /* registered at A since A came back */
};

enum demo_phase {
    DEMO_STARTING, /* everybody registers at A */
    DEMO_WELL,
    DEMO_OUTAGE, /* A is silent */
    DEMO_RETURN, /* A answers again */
    DEMO_STOPPING,
    DEMO_ENDED,
};

struct demo_screen {
    uv_tty_t input;
    bool input_open;
    char lines[DEMO_LINES][DEMO_LINE_BYTES]; /* the newest is at line_count - 1, modulo */
    size_t line_count;
};

struct demo {
    bool live;
    bool succeeded;
    bool wants_end;
    enum demo_phase phase;
    hf_time started_at;
    hf_time phase_at;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_signal_t signals[2];
    struct registrar_host *a;
    struct registrar_host *b;
    struct hf_agent *agent;
    struct net_driver *net;
    struct demo_account accounts[DEMO_ACCOUNTS_MAX];
    size_t account_count;
    struct demo_screen screen;
};

/* demo_files.c: calls `found` with every file's accounts, read by the real readers. `a` and `b` are
 * the registrars' ports. Returns 0, or a code after a report. */
int demo_files_read(unsigned a, unsigned b, int (*found)(void *user, struct settings_file *file),
                    void *user);

/* demo.c: says something, as a line or on the screen. */
void demo_say(struct demo *demo, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* demo_script.c */
void demo_on_event(void *user, const struct hf_event *event);
void demo_on_tick(struct demo *demo);
/* One line about what is going on. */
const char *demo_phase_text(enum demo_phase phase);

/* demo_screen.c */
int demo_screen_open(struct demo *demo);
void demo_screen_draw(struct demo *demo);
void demo_screen_close(struct demo *demo);

#endif
