/* What came of a rehearsal, as text. Each `*ret` is terminated and to be freed. HF_ERROR_MEMORY.
 * docs/simulator.md says what each figure means; the names in the JSON are a contract. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim/page.h"
#include "sim/rehearsal.h"

/* A table for people. */
int report_table(const struct rehearsal *rehearsal, char **ret);
/* One JSON object. */
int report_json(const struct rehearsal *rehearsal, char **ret);
/* An SVG chart that needs nothing else. */
int report_chart(const struct rehearsal *rehearsal, char **ret);

/* Parts that they share. */

/* "0.25 s", "47 s", "1 min 30 s", "2 h 5 min": for people, rounded. */
void report_time(char *buffer, size_t size, hf_time time);
/* "1:30:00", an instant of the run. */
void report_clock(char *buffer, size_t size, hf_time time);
/* "99.98 %": never rounded up to 100 %. */
void report_share(char *buffer, size_t size, uint64_t share);
/* "server-off primary", what a step does to whom. */
void report_step(char *buffer, size_t size, const struct scenario *scenario,
                 const struct scenario_step *step);
/* "at least 99.5 %", "at most 500": what is wanted; and what was got in the same unit. */
void report_wanted(char *buffer, size_t size, const struct scenario_expectation *expectation);
void report_got(char *buffer, size_t size, const struct rehearsal_verdict *verdict);
/* "peak_registers at primary", "registered with backup at 2:00:00": what is expected. */
void report_subject(char *buffer, size_t size, const struct scenario *scenario,
                    const struct scenario_expectation *expectation);

#endif
