#include "account/race.h"

#include <stdlib.h>

#include "account/attempt_target.h"
#include "account/flow.h"
#include "account/gates.h"

/* Connection Attempt Delay (RFC 8305 section 5). */
static const hf_time delay = 250 * HF_MILLISECOND;

struct race {
    struct attempt_waiter waiter;
    struct candidate rival;
    struct path *path; /* held */
};

void race_arm(struct engine *engine, struct attempt *attempt, hf_time now) {
    timer_wheel_set(&engine->wheel, &attempt->patience, now + delay);
}

void race_end(struct engine *engine, struct attempt *attempt) {
    struct race *race = attempt->race;

    timer_wheel_cancel(&engine->wheel, &attempt->patience);
    if (!race)
        return;
    attempt->race = NULL;
    list_remove(&race->waiter.node);
    path_let_go(&engine->paths, race->path, &engine->outbox);
    free(race);
}

static uint32_t family_number(const struct candidate *candidate) {
    return candidate->target.address.family == HF_FAMILY_IPV6 ? 6 : 4;
}

static bool win(struct engine *engine, struct account *account, struct attempt *attempt,
                hf_time now) {
    const struct candidate rival = attempt->race->rival;
    struct path *path = path_hold_again(attempt->race->path);

    journal_note(&account->journal, JOURNAL_RACE_WON, family_number(&rival), now);
    candidates_swap(engine, &attempt->candidates, &rival, now);
    return attempt_take_path(engine, account, attempt, path, now);
}

/* NULL: no other address yet, no turn for it, no memory. Its address may come later. */
static struct race *race_new(struct engine *engine, const struct account *account,
                             struct attempt *attempt, hf_time now) {
    struct hf_tls_options tls;
    struct candidate rival;
    const enum locate_result found = candidates_rival(engine, &attempt->candidates, &rival, now);

    if (found == LOCATE_WAITING)
        race_arm(engine, attempt, now);
    if (found != LOCATE_FOUND || !gate_try(engine, account, &rival.target, now))
        return NULL;
    struct race *race = calloc(1, sizeof *race);

    if (!race)
        return NULL;
    const struct path_wish wish = flow_wish(account, attempt->hop, &rival.target, &tls);

    *race = (struct race){.waiter.attempt = attempt,
                          .rival = rival,
                          .path = path_hold(&engine->paths, &wish, &engine->outbox)};
    list_init(&race->waiter.node);
    if (!race->path) {
        free(race);
        return NULL;
    }
    return race;
}

bool race_begin(struct engine *engine, struct account *account, struct attempt *attempt,
                hf_time now) {
    attempt->race = race_new(engine, account, attempt, now);
    if (!attempt->race)
        return true;
    journal_note(&account->journal, JOURNAL_RACES, family_number(&attempt->race->rival), now);
    attempt->worn = attempt->race->path->state == PATH_OPEN;
    if (attempt->worn)
        return win(engine, account, attempt, now);
    list_append(&attempt->race->path->waiters, &attempt->race->waiter.node);
    return true;
}

/* One that failed is no loss: its address has its turn when the first one has failed. */
bool race_decided(struct engine *engine, struct account *account, struct attempt *attempt,
                  hf_time now) {
    if (attempt->race->path->state == PATH_OPEN)
        return win(engine, account, attempt, now);
    race_end(engine, attempt);
    return true;
}
