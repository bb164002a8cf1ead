/* The process of `holdfast run`: one agent, its network, the control socket, signals, the log. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "daemon/load.h"
#include "daemon/log.h"

enum { DAEMON_STOP_SECONDS = 5 };

/* Texts are borrowed for the time of the call. */
struct daemon_options {
    struct load_sources sources;
    const char *control; /* the socket's path; NULL: the usual one */
    unsigned control_mode;
    unsigned threads;  /* engines that share the accounts; 1: one, without a thread of its own */
    const char *state; /* the state file; NULL: nothing is remembered over a restart */
    const char *dns;   /* server as ADDR or ADDR:PORT; NULL: what the system says */
    struct hf_address metrics; /* where they are served by HTTP; family NONE: nowhere */
    unsigned stop_seconds;     /* how long to wait for answers at the end */
    bool trace;                /* log every message, credentials masked */
    struct log log;
};

void daemon_options_init(struct daemon_options *options);

/* Runs until SIGTERM or SIGINT. Returns 0 after an orderly end, 1 after a failure that is
 * logged. */
int daemon_run(const struct daemon_options *options);

#endif
