/* What comes in: parsed, matched, and handed to whom it concerns. */
#include "account/attempt.h"
#include "account/keep_alive.h"
#include "agent/internal.h"
#include "base/assert.h"

void dispatch_outcome(struct engine *engine, const struct client_outcome *outcome,
                      const struct sip_message *response, hf_time now) {
    struct attempt *attempt;

    switch ((enum engine_owner)outcome->owner_kind) {
    case ENGINE_OWNER_ATTEMPT:
        attempt = attempt_find(engine, outcome->owner);
        HF_ASSERT(attempt);
        attempt_outcome(engine, attempt, outcome, response, now);
        break;
    case ENGINE_OWNER_KEEP_ALIVE:
        keep_alive_outcome(engine, outcome, now);
        break;
    }
}

static void receive_response(struct hf_agent *agent, const struct sip_message *response,
                             hf_time now) {
    struct client_outcome outcome;

    agent->responses_received++;
    if (client_transactions_receive(&agent->engine.clients, response, &outcome, now))
        dispatch_outcome(&agent->engine, &outcome, response, now);
    else
        agent->strays_received++;
}

int hf_agent_receive(struct hf_agent *agent, hf_path_id id, const struct hf_address *from,
                     const void *bytes, size_t length, hf_time now) {
    const struct path *path = paths_find(&agent->engine.paths, id);
    struct sip_message message;

    HF_ASSERT(now >= agent->now);
    agent->now = now;
    if (!path)
        return HF_ERROR_UNKNOWN;
    enum sip_parse_result result = sip_message_parse(&message, slice_of(bytes, length));

    if (result == SIP_PARSED && !message.is_request) {
        receive_response(agent, &message, now);
    } else if (sip_parse_is_usable(result) && message.is_request) {
        agent->requests_received++;
        answer_request(agent, &message, result, id, from, path->key.transport != HF_TRANSPORT_UDP,
                       now);
    } else {
        agent->rubbish_received++;
    }
    return 0;
}
