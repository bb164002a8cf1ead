#ifndef EXPLORE_GENERATE_H
#define EXPLORE_GENERATE_H

#include "base/random.h"
#include "plan.h"

struct hf_address plan_address(uint8_t a, uint8_t b, uint8_t c, uint8_t d);

/* The timeline, and when it is healed. */
void plan_generate_steps(struct plan *plan, struct random *random);
void plan_sort_steps(struct plan *plan);

/* Flows, where the world has them. */
void plan_generate_flows(struct plan *plan, struct random *random);

/* IPv6, where the world has it. */
void plan_generate_families(struct plan *plan, struct random *random);

/* TCP and TLS, where the world has them. */
void plan_generate_streams(struct plan *plan, struct random *random);

#endif
