/* Times, shares and measures as people write them in scenarios. */
#ifndef SIM_SCENARIO_WORDS_H
#define SIM_SCENARIO_WORDS_H

#include "base/writer.h"
#include "sim/scenario.h"

enum { SHARE_WHOLE = 1000000 }; /* 100 % in millionths */

/* "90 s", "5 min", "1.5 h", "1 h 30 min", "250 ms", "2 d"; a number alone is seconds. False when it
 * is none, or more than SCENARIO_DURATION_MAX. */
bool words_read_time(struct hf_slice text, hf_time *ret);
/* The same, backwards and exact. */
void words_write_time(struct writer *w, hf_time time);

/* "99.9 %", "0.1%" in millionths, up to 100 %; "0" too. */
bool words_read_share(struct hf_slice text, uint32_t *ret);
void words_write_share(struct writer *w, uint64_t share);

/* The words of `expect:` and of --json: "availability", "recovery_95"; static. */
const char *measure_name(enum scenario_measure measure);
bool measure_find(struct hf_slice name, enum scenario_measure *ret);

enum measure_unit {
    UNIT_SHARE, /* millionths */
    UNIT_TIME,  /* microseconds */
    UNIT_COUNT,
    UNIT_ACCOUNTS, /* a count, or a share of all */
    UNIT_STATE,
};

enum measure_unit measure_unit(enum scenario_measure measure);
/* What is meant when no relation is written. */
enum scenario_relation measure_relation(enum scenario_measure measure);
/* Whether `server:` or `at:` may stand with it. */
bool measure_has_server(enum scenario_measure measure);
bool measure_has_instant(enum scenario_measure measure);

#endif
