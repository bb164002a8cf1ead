/* Flows (RFC 5626): what makes the Contact of a registration one, and what a 200 says of it. */
#ifndef USAGE_OUTBOUND_H
#define USAGE_OUTBOUND_H

#include "sip/message.h"
#include "usage/registration.h"

/* The reg-id that settings give to their registration (section 4.2.1): made from the places of its
 * server and its proxy in their lists, so that it is the same after every restart. 0: they want no
 * flow, or there is no instance for one. */
uint32_t outbound_reg_id(const struct hf_settings *settings);

/* Whether a REGISTER to this server says so: not while it is remembered that there is an edge or a
 * registrar that does not take it. */
bool outbound_is_offered(const struct registration *registration,
                         const struct hf_settings *settings, unsigned server);

/* The registrar does outbound, and all who had to on the way to it (section 4.2.1). */
bool outbound_is_done(const struct sip_message *response);

/* Flow-Timer (section 10), seconds; 0: nothing was said. */
uint32_t outbound_flow_timer(const struct sip_message *response);

/* A REGISTER without it has succeeded where it is left out: after some it is offered again, as an
 * edge may have been replaced (section 4.2.1 leaves the client a choice). */
void outbound_count_rest(struct registration *registration);

/* With the next REGISTER. */
void outbound_offer_again(struct registration *registration);

enum { OUTBOUND_RESTS = 8 };

#endif
