/* The way of requests that are not the agent's own: who makes calls with an account, subscribes or
 * sends messages asks here where each new one goes, and so follows every failover. */
#ifndef HOLDFAST_REQUEST_H
#define HOLDFAST_REQUEST_H

#include "holdfast/agent.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hf_request_way {
    bool registered; /* by way of the account's binding; else that server has none from us */
    hf_path_id path; /* what the binding was made on, as the owner opened it; 0: none is open */
    struct hf_address target;
    enum hf_transport transport;
    struct hf_slice server;  /* the configured one that the request is for, "sip.example.com" */
    struct hf_slice route;   /* values for Route, "<sip:a;lr>, <sip:b;lr>": the outbound proxy where
                                it is to be named, then the Service-Route (RFC 3608 section 6.1);
                                empty: none. A first one without ";lr" is a strict router, to be
                                treated as RFC 3261 section 12.2.1.1 says. */
    struct hf_slice contact; /* the URI for Contact: the GRUU that the server gave us (RFC 5627),
                                else what our binding names, with ";ob" where that is a flow (RFC
                                5626 section 4.3); empty without a binding */
};

/* Where a request of the account, any but REGISTER, would go now. That is where it is registered,
 * unless that target is known to be dead, or the settings have every request begin at the first
 * server (`failback: new-requests`): then the first target in order that is not known to be dead,
 * as far as the settings permit a server without a registration there:
 *
 *   register_on_enable: no    any server: they share their registrations
 *   register_on_enable: yes   the first server alone, at its best target
 *   only_signal_with_registered: yes (and register_on_enable, and failback by dns-ttl,
 *                             registration or duration)   none
 *
 * Texts are good until the next call on the agent. HF_ERROR_UNKNOWN; HF_ERROR_STATE: nowhere: the
 * account is disabled, or there is no binding and no server that may be asked, or its name is
 * being looked up. */
HF_API int hf_agent_request_way(struct hf_agent *agent, hf_account_id account,
                                struct hf_request_way *ret, hf_time now);

#ifdef __cplusplus
}
#endif

#endif
