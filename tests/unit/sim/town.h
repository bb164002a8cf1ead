/* A small made-up world for the tests of src/sim: servers at 192.0.2.1 and so on, processes at
 * 198.51.100.1 and so on, accounts u0, u1 ... */
#ifndef TEST_SIM_TOWN_H
#define TEST_SIM_TOWN_H

#include "holdfast/settings.h"
#include "sim/sim.h"

struct sim *town_create(uint64_t seed, unsigned servers);

/* Behind a NAT at 203.0.113.1 when `nat`. */
uint32_t town_add_process(struct sim *sim, bool nat, bool remembers);

/* At the first server, the second one being its fallback, with the given "key=value" pairs, ended
 * by NULL. */
uint32_t town_add_account(struct sim *sim, uint32_t process, ...);

void town_run_for(struct sim *sim, hf_time span);

/* HF_STATE_DISABLED when there is no such account any more. */
enum hf_account_state town_state(struct sim *sim, uint32_t account);
uint64_t town_bindings(const struct sim *sim, uint32_t server);

/* A fault without more to say. */
void town_apply(struct sim *sim, enum sim_fault_kind kind, uint32_t index);

#endif
