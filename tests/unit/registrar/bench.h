/* A registrar in virtual time, and one phone that asks it by hand-written requests. */
#ifndef TESTS_UNIT_REGISTRAR_BENCH_H
#define TESTS_UNIT_REGISTRAR_BENCH_H

#include "registrar/registrar.h"

struct bench {
    struct registrar *registrar;
    struct outbox outbox;
    hf_time now;
    const char *user; /* of From and To */
    const char *call_id;
    unsigned cseq;   /* of the request sent last; a request counts one on */
    unsigned branch; /* likewise */
    char request[4096];
    char answer[16384];
    struct sip_message message; /* the answer; the last one */
    bool talks;                 /* more than one answer is no mistake, nor one that is wrong */
    unsigned answers;           /* to the last request, */
    unsigned unreadable;        /* and those of them that cannot be parsed */
};

extern struct bench bench;

/* Open, 60 s to 3600 s, three Contacts at most. */
struct registrar_options bench_options(void);
void bench_open(const struct registrar_options *options);
/* For cmocka: one with bench_options. */
int bench_setup(void **state);
int bench_teardown(void **state);

/* One request with these header lines (each with its CR LF); the answer's status, 0 = none. */
unsigned ask(const char *method, const char *lines);
unsigned ask_register(const char *lines);
/* The same bytes once more. */
unsigned ask_again(void);

/* A header of the answer, as text; empty when it has none. */
const char *answered(enum sip_header header);
void assert_answered(enum sip_header header, const char *value);
unsigned bindings(void);
void wait_seconds(unsigned seconds);

#endif
