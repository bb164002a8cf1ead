/* What comes in: parsed, matched, and handed to whom it concerns. */
#include "account/attempt.h"
#include "account/discovery.h"
#include "account/keep_alive.h"
#include "account/keeper.h"
#include "account/late.h"
#include "account/mapping.h"
#include "agent/internal.h"
#include "base/address.h"
#include "base/assert.h"
#include "sip/stun.h"

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

static void receive_response(struct hf_agent *agent, struct path *path,
                             const struct hf_address *from, const struct sip_message *response,
                             hf_time now) {
    struct client_outcome outcome;
    struct via via;

    agent->responses_received++;
    const bool is_sound = sip_top_via_read(response, &via);

    if (!is_sound ||
        !client_transactions_receive(&agent->engine.clients, response, &via, &outcome, now)) {
        if (!is_sound || !late_answered(&agent->engine, path, from, response, &via, now))
            agent->strays_received++;
        return;
    }
    mapping_note(&agent->engine, path, &via, now);
    dispatch_outcome(&agent->engine, &outcome, response, now);
}

static void receive_message(struct hf_agent *agent, struct path *path,
                            const struct hf_address *from, struct hf_slice bytes, hf_time now) {
    struct sip_message message;
    enum sip_parse_result result = sip_message_parse(&message, bytes);

    if (result == SIP_PARSED && !message.is_request) {
        receive_response(agent, path, from, &message, now);
    } else if (sip_parse_is_usable(result) && message.is_request) {
        agent->requests_received++;
        answer_request(agent, &message, result, path->id, from, path_is_stream(path), now);
    } else {
        agent->rubbish_received++;
    }
}

/* Header fields that do not say where the message ends (RFC 3261 section 18.3): a request gets its
 * 400, and the connection is of no use any more. */
static void receive_unframed(struct hf_agent *agent, const struct path *path,
                             const struct hf_address *from, struct hf_slice head, hf_time now) {
    struct sip_message message;
    enum sip_parse_result result = sip_message_parse(&message, head);

    agent->rubbish_received++;
    if (sip_parse_is_usable(result) && message.is_request)
        answer_request(agent, &message, SIP_PARSE_CONTENT_LENGTH, path->id, from, true, now);
}

/* False: there is no more of it. */
static bool receive_item(struct hf_agent *agent, struct path *path, const struct hf_address *from,
                         struct hf_slice *input, hf_time now) {
    struct engine *engine = &agent->engine;
    struct hf_slice item;
    enum stream_item kind = stream_next(&path->stream, input, &item);

    if (kind == STREAM_MORE)
        return false;
    path->heard_at = now;
    switch (kind) {
    case STREAM_MORE:
        break;
    case STREAM_MESSAGE:
        receive_message(agent, path, from, item, now);
        return true;
    case STREAM_PING:
        outbox_send(&engine->outbox, path->id, from, SLICE("\r\n"));
        return true;
    case STREAM_PONG:
        keeper_ponged(path);
        return true;
    case STREAM_UNFRAMED:
        receive_unframed(agent, path, from, item, now);
        break;
    case STREAM_BROKEN:
        agent->rubbish_received++;
        break;
    case STREAM_NO_MEMORY:
        break;
    }
    path_give_up(&engine->paths, path, HF_PATH_CLOSED, &engine->outbox);
    return false;
}

/* A message may be the end of the path that it came on: the path is held meanwhile. */
static void receive_stream(struct hf_agent *agent, struct path *path, const struct hf_address *from,
                           struct hf_slice input, hf_time now) {
    path_hold_again(path);
    while (path->state == PATH_OPEN && receive_item(agent, path, from, &input, now)) {
    }
    path_let_go(&agent->engine.paths, path, &agent->engine.outbox);
    end_given_up_paths(agent, now);
}

/* From nobody but whom we asked. */
static void receive_stun(struct hf_agent *agent, struct path *path, const struct hf_address *from,
                         struct hf_slice bytes, hf_time now) {
    struct engine *engine = &agent->engine;
    const bool is_peer = address_equal(from, &path->key.remote);

    if (!is_peer || (!keeper_receive(engine, path, bytes, now) &&
                     !discovery_receive(engine, path, from, bytes, now)))
        agent->strays_received++;
}

int hf_agent_receive(struct hf_agent *agent, hf_path_id id, const struct hf_address *from,
                     const void *bytes, size_t length, hf_time now) {
    struct path *path = paths_find(&agent->engine.paths, id);

    HF_ASSERT(now >= agent->now);
    agent->now = now;
    if (!path)
        return HF_ERROR_UNKNOWN;
    const struct hf_slice input = slice_of(bytes, length);

    if (path_is_stream(path))
        receive_stream(agent, path, from, input, now);
    else if (stun_is_it(input))
        receive_stun(agent, path, from, input, now);
    else
        receive_message(agent, path, from, input, now);
    return 0;
}
