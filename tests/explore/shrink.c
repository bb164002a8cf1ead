#include "shrink.h"

#include <string.h>

#include "child.h"

struct shrinker {
    struct plan *best;
    const char *what;
    unsigned runs;
    unsigned runs_max;
};

static struct plan candidate;

/* Keeps the candidate if it fails in the same way. */
static bool try_candidate(struct shrinker *shrinker) {
    struct run_result result;

    if (shrinker->runs >= shrinker->runs_max)
        return false;
    shrinker->runs++;
    child_run(&candidate, strcmp(shrinker->what, "differs") == 0, &result);
    if (!result.failed || strcmp(result.what, shrinker->what) != 0)
        return false;
    *shrinker->best = candidate;
    return true;
}

static bool drop_steps(struct shrinker *shrinker) {
    bool any = false;

    for (uint32_t size = shrinker->best->step_count; size > 0; size /= 2)
        for (uint32_t from = 0; from < shrinker->best->step_count;) {
            candidate = *shrinker->best;
            for (uint32_t i = 0; i < size && from < candidate.step_count; i++)
                (void)plan_drop_step(&candidate, from);
            if (try_candidate(shrinker))
                any = true;
            else
                from += size;
        }
    return any;
}

typedef bool drop_one(struct plan *plan, uint32_t index);

static bool drop_each(struct shrinker *shrinker, drop_one *drop, const uint32_t *count) {
    bool any = false;

    for (uint32_t i = *count; i-- > 0;) {
        candidate = *shrinker->best;
        if (drop(&candidate, i) && try_candidate(shrinker))
            any = true;
    }
    return any;
}

static uint32_t line_count(const char *text) {
    uint32_t count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static bool drop_settings(struct shrinker *shrinker) {
    bool any = false;

    for (uint32_t i = 0; i < shrinker->best->account_count; i++)
        for (uint32_t line = line_count(shrinker->best->accounts[i].settings); line-- > 0;) {
            candidate = *shrinker->best;
            if (plan_drop_setting(&candidate, i, line) && try_candidate(shrinker))
                any = true;
        }
    return any;
}

/* A simpler world: each of these on its own. */
static bool simplify(struct shrinker *shrinker) {
    bool any = false;

    for (int i = 0; i < 4; i++) {
        candidate = *shrinker->best;
        if (i == 0)
            candidate.link = (struct sim_link){.latency = HF_MILLISECOND};
        for (uint32_t p = 0; i == 1 && p < candidate.process_count; p++)
            candidate.processes[p].nat_address = (struct hf_address){0};
        if (i == 2 && candidate.step_count > 0)
            candidate.healed_at = candidate.steps[candidate.step_count - 1].at + HF_SECOND;
        else if (i == 2)
            candidate.healed_at = HF_SECOND;
        for (uint32_t p = 0; i == 3 && p < candidate.process_count; p++)
            candidate.processes[p].other = (struct hf_address){0};
        if (memcmp(&candidate, shrinker->best, sizeof candidate) != 0 && try_candidate(shrinker))
            any = true;
    }
    return any;
}

unsigned plan_shrink(struct plan *plan, const char *what, unsigned runs_max) {
    struct shrinker shrinker = {.best = plan, .what = what, .runs_max = runs_max};
    bool any = true;

    while (any && shrinker.runs < runs_max) {
        any = drop_steps(&shrinker);
        any |= drop_each(&shrinker, plan_drop_account, &plan->account_count);
        any |= drop_each(&shrinker, plan_drop_server, &plan->server_count);
        any |= drop_settings(&shrinker);
        any |= simplify(&shrinker);
    }
    return shrinker.runs;
}
