/* The agent itself; shared by the files of this room. */
#ifndef AGENT_INTERNAL_H
#define AGENT_INTERNAL_H

#include "account/engine.h"
#include "holdfast/agent.h"
#include "transaction/server.h"

enum { SERVER_TRANSACTIONS_MAX = 4096 };

struct hf_agent {
    struct engine engine;
    struct server_transactions servers;
    hf_time now; /* of the last call */
    uint32_t accounts_max;
    uint64_t responses_received;
    uint64_t requests_received;
    uint64_t rubbish_received;
    uint64_t strays_received;
    hf_time strangers_until_at; /* end of the second in which strangers_answered counts */
    uint32_t strangers_answered;
    char text[1024]; /* what a status points to */
    char way[4096];  /* what the way of a request points to: names, a route set, a Contact */
};

/* The hop's configured name, written behind what is there. */
struct hf_slice agent_hop_name(struct writer *w, const struct hf_settings *settings,
                               uint32_t index);

/* The URI in the account's Contact on a path, likewise. */
struct hf_slice agent_contact(struct writer *w, const struct account *account,
                              const struct path *path, enum hf_transport transport);

/* Asserts the invariants of everything the agent has; for tests and the simulator. */
void agent_check(const struct hf_agent *agent);

/* What these attempts waited for is there, or will not be. */
void wake_all(struct engine *engine, struct list_node *woken, hf_time now);

/* Closes the connections that turned out to be of no use, and tells whoever is on them. */
void end_given_up_paths(struct hf_agent *agent, hf_time now);

/* A client transaction ended or goes on: tells whoever owns it. `response` only for
 * CLIENT_FINAL and CLIENT_PROVISIONAL. */
void dispatch_outcome(struct engine *engine, const struct client_outcome *outcome,
                      const struct sip_message *response, hf_time now);

/* A request from outside (RFC 3261 section 8.2); `result` is what the parser said of it. */
void answer_request(struct hf_agent *agent, const struct sip_message *request,
                    enum sip_parse_result result, hf_path_id path, const struct hf_address *from,
                    bool reliable, hf_time now);

#endif
