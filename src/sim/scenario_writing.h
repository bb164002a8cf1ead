/* The parts of a scenario's file, each a line or some; internal to scenario_write*.c. */
#ifndef SIM_SCENARIO_WRITING_H
#define SIM_SCENARIO_WRITING_H

#include "sim/page.h"
#include "sim/scenario.h"

/* "KEY: value" unless the value is `normal`; `key` has the line's indentation in it. */
void writing_text(struct page *page, const char *key, const char *value, const char *normal);
void writing_number(struct page *page, const char *key, uint64_t value, uint64_t normal);
void writing_time(struct page *page, const char *key, hf_time value, hf_time normal);
void writing_address(struct page *page, const char *key, const struct hf_address *address);

/* The name of one, or "all"; no line of its own. */
void writing_server(struct page *page, const struct scenario *scenario, uint32_t server);
void writing_process(struct page *page, const struct scenario *scenario, uint32_t process);

void writing_link(struct page *page, const char *indent, const struct sim_link *link);
/* What follows "name:"; "[]" without any. */
void writing_records(struct page *page, const char *indent, const struct hf_dns_record *records,
                     size_t count);
void writing_step(struct page *page, const struct scenario *scenario,
                  const struct scenario_step *step);
void writing_expectation(struct page *page, const struct scenario *scenario,
                         const struct scenario_expectation *expectation);

/* "auth", "auth-int", "both", "none". */
const char *registrar_qop_name(enum registrar_qop qop);

#endif
