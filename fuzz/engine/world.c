#include "world.h"

#include <string.h>

#include "account/candidates.h"
#include "base/assert.h"
#include "sip/stun.h"
#include "sip/validate.h"

/* A call may make every account act; what one account asks for in one call is bounded by the
 * targets that one attempt tries. */
enum { OUTPUTS_PER_ACCOUNT = 4 * TRIED_MAX };

struct fuzz_path *fuzz_find_path(struct fuzz_world *world, hf_path_id id) {
    for (unsigned i = 0; id != 0 && i < FUZZ_PATHS; i++)
        if (world->paths[i].id == id)
            return &world->paths[i];
    return NULL;
}

struct fuzz_request *fuzz_oldest_request(struct fuzz_world *world) {
    for (unsigned age = 0; age < FUZZ_REQUESTS; age++) {
        struct fuzz_request *request =
            &world->requests[(world->next_request + age) % FUZZ_REQUESTS];

        if (request->len > 0 && !request->answered)
            return request;
    }
    return NULL;
}

struct fuzz_request *fuzz_some_request(struct fuzz_world *world) {
    unsigned back = choose_below(&world->choices, FUZZ_REQUESTS + 1);
    struct fuzz_request *request;

    if (back == 0 && (request = fuzz_oldest_request(world)) != NULL)
        return request;
    back = back == 0 ? 1 : back;
    request = &world->requests[(world->next_request + FUZZ_REQUESTS - back) % FUZZ_REQUESTS];
    return request->len > 0 ? request : NULL;
}

/* What keeps a path open, or answers such a thing. */
static bool is_keep_alive(struct hf_slice bytes) {
    return bytes.len == 0 || slice_equal(bytes, SLICE("\r\n")) ||
           slice_equal(bytes, SLICE("\r\n\r\n")) || stun_is_it(bytes);
}

static void note_request(struct fuzz_world *world, const struct hf_output_send *send) {
    static struct sip_message message;
    struct fuzz_request *request = &world->requests[world->next_request];

    if (is_keep_alive(send->bytes))
        return;
    HF_ASSERT(send->bytes.len <= sizeof request->bytes);
    enum sip_parse_result result = sip_message_parse(&message, send->bytes);

    HF_ASSERT(result == SIP_PARSED); /* answers too */
    if (!message.is_request)
        return;
    HF_ASSERT(sip_request_fault(&message, result) == 0);
    world->next_request = (world->next_request + 1) % FUZZ_REQUESTS;
    *request = (struct fuzz_request){.len = send->bytes.len, .path = send->path};
    memcpy(request->bytes, send->bytes.ptr, send->bytes.len);
}

static void note_path(struct fuzz_world *world, const struct hf_output_open *open) {
    struct fuzz_path *path = &world->paths[world->next_path];

    for (unsigned i = 0; path->id != 0 && i < FUZZ_PATHS; i++)
        path = &world->paths[i];
    world->forgetful |= path->id != 0;
    HF_ASSERT(open->path != 0 && !fuzz_find_path(world, open->path));
    HF_ASSERT(open->remote.family != HF_FAMILY_NONE && open->remote.port != 0);
    world->next_path = (unsigned)(path - world->paths + 1) % FUZZ_PATHS;
    *path = (struct fuzz_path){.id = open->path,
                               .transport = open->transport,
                               .local = open->local,
                               .remote = open->remote};
}

static void note_question(struct fuzz_world *world, const struct hf_output_resolve *resolve) {
    struct fuzz_question *question = &world->questions[world->next_question];

    HF_ASSERT(resolve->query != 0 && resolve->name.len > 0);
    world->forgetful |= question->query != 0 && !question->answered;
    *question = (struct fuzz_question){.query = resolve->query, .type = resolve->type};
    world->next_question = (world->next_question + 1) % FUZZ_QUESTIONS;
}

static void act_on(struct fuzz_world *world, const struct hf_output *output) {
    struct fuzz_path *path;

    switch (output->kind) {
    case HF_OUTPUT_SEND:
        note_request(world, &output->send);
        break;
    case HF_OUTPUT_OPEN:
        note_path(world, &output->open);
        break;
    case HF_OUTPUT_CLOSE:
        path = fuzz_find_path(world, output->close);
        if (path)
            path->id = 0;
        break;
    case HF_OUTPUT_RESOLVE:
        note_question(world, &output->resolve);
        break;
    case HF_OUTPUT_EVENT:
        HF_ASSERT(output->event.account != 0 && output->event.at == world->now);
        break;
    }
}

void fuzz_drain(struct fuzz_world *world) {
    struct hf_output output;
    size_t count = 0;
    const size_t count_max =
        (world->agent->engine.accounts.count + 2) * (size_t)OUTPUTS_PER_ACCOUNT;

    while (hf_agent_next_output(world->agent, &output)) {
        HF_ASSERT(++count <= count_max);
        act_on(world, &output);
    }
}

void fuzz_check(struct fuzz_world *world) {
    fuzz_drain(world);
    agent_check(world->agent);
}
