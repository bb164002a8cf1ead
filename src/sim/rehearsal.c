#include "sim/rehearsal.h"

#include <stdlib.h>

#include "base/assert.h"
#include "sim/rehearsal_internal.h"

enum { EVENTS_MAX = 4000000 };

/* What happens at the same instant happens in this order. */
enum event_kind {
    EVENT_JUDGE, /* before anything changes */
    EVENT_UNDO,
    EVENT_BEGIN,
    EVENT_ACCOUNT, /* starts */
};

struct rehearsal_event {
    hf_time at; /* since the start */
    enum event_kind kind;
    uint32_t index;
};

static int compare_events(const void *a, const void *b) {
    const struct rehearsal_event *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static size_t count_events(const struct scenario *scenario, const struct fleet *fleet) {
    size_t count = fleet->count + scenario->expectation_count;

    for (size_t i = 0; i < scenario->step_count && count <= EVENTS_MAX; i++)
        count += 2 * (size_t)scenario->steps[i].times;
    return count;
}

static void put_event(struct rehearsal *rehearsal, hf_time at, enum event_kind kind, size_t index) {
    if (at <= rehearsal->scenario->duration)
        rehearsal->events[rehearsal->event_count++] =
            (struct rehearsal_event){at, kind, (uint32_t)index};
}

static void put_step(struct rehearsal *rehearsal, size_t index) {
    const struct scenario_step *step = &rehearsal->scenario->steps[index];
    hf_time end = rehearsal->scenario->duration;
    hf_time at = step->at;

    for (uint32_t i = 0; i < step->times && at < end; i++, at += step->every) {
        hf_time until = step->span > 0 ? at + step->span : end;

        put_event(rehearsal, at, EVENT_BEGIN, index);
        if (step->span > 0)
            put_event(rehearsal, until, EVENT_UNDO, index);
        rehearsal->bands[rehearsal->band_count++] =
            (struct rehearsal_band){step, at, until < end ? until : end};
    }
}

static int plan(struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->scenario;
    size_t count = count_events(scenario, rehearsal->fleet);

    if (count > EVENTS_MAX)
        return HF_ERROR_LIMIT;
    rehearsal->events = calloc(count + 1, sizeof *rehearsal->events);
    rehearsal->bands = calloc(count + 1, sizeof *rehearsal->bands);
    if (!rehearsal->events || !rehearsal->bands)
        return HF_ERROR_MEMORY;
    for (size_t i = 0; i < scenario->step_count; i++)
        put_step(rehearsal, i);
    for (size_t i = 0; i < rehearsal->fleet->count; i++)
        put_event(rehearsal, rehearsal->fleet->accounts[i].start_at, EVENT_ACCOUNT, i);
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        if (scenario->expectations[i].at != HF_NEVER)
            put_event(rehearsal, scenario->expectations[i].at, EVENT_JUDGE, i);
    }
    qsort(rehearsal->events, rehearsal->event_count, sizeof *rehearsal->events, compare_events);
    return 0;
}

static int make_room(struct rehearsal *rehearsal) {
    size_t accounts = rehearsal->fleet->count;

    rehearsal->indices = malloc((accounts + 1) * sizeof *rehearsal->indices);
    rehearsal->members = malloc((accounts + 1) * sizeof *rehearsal->members);
    rehearsal->changed = calloc(accounts + 1, sizeof(struct hf_settings *));
    rehearsal->active = calloc(rehearsal->scenario->step_count + 1, sizeof *rehearsal->active);
    rehearsal->verdicts =
        calloc(rehearsal->scenario->expectation_count + 1, sizeof *rehearsal->verdicts);
    rehearsal->servers = calloc(rehearsal->scenario->server_count + 1, sizeof *rehearsal->servers);
    if (!rehearsal->indices || !rehearsal->members || !rehearsal->changed || !rehearsal->active ||
        !rehearsal->verdicts || !rehearsal->servers)
        return HF_ERROR_MEMORY;
    for (size_t i = 0; i < accounts; i++)
        rehearsal->indices[i] = rehearsal->members[i] = SIM_NONE;
    for (size_t i = 0; i < rehearsal->scenario->expectation_count; i++)
        rehearsal->verdicts[i].expectation = &rehearsal->scenario->expectations[i];
    return 0;
}

int rehearsal_init(struct rehearsal *rehearsal, const struct scenario *scenario,
                   const struct fleet *fleet, uint64_t seed) {
    int result;

    *rehearsal = (struct rehearsal){.scenario = scenario, .fleet = fleet, .seed = seed};
    result = make_room(rehearsal);
    if (result == 0)
        result = rehearsal_build(rehearsal);
    if (result == 0)
        result =
            measure_init(&rehearsal->measure, rehearsal->sim, scenario->server_count, fleet->count);
    if (result == 0)
        result = plan(rehearsal);
    return result;
}

void rehearsal_release(struct rehearsal *rehearsal) {
    sim_free(rehearsal->sim);
    measure_release(&rehearsal->measure);
    for (size_t i = 0; rehearsal->changed && i < rehearsal->fleet->count; i++)
        hf_settings_free(rehearsal->changed[i]);
    free(rehearsal->changed);
    free(rehearsal->indices);
    free(rehearsal->members);
    free(rehearsal->active);
    free(rehearsal->events);
    free(rehearsal->bands);
    free(rehearsal->verdicts);
    free(rehearsal->servers);
    *rehearsal = (struct rehearsal){0};
}

const struct hf_settings *rehearsal_settings(const struct rehearsal *rehearsal, size_t member) {
    return rehearsal->changed[member] ? rehearsal->changed[member]
                                      : rehearsal->fleet->accounts[member].settings;
}

static void start_account(struct rehearsal *rehearsal, size_t member) {
    const struct fleet_account *account = &rehearsal->fleet->accounts[member];
    uint32_t index;
    int result = sim_add_account(rehearsal->sim, account->process, account->name,
                                 rehearsal_settings(rehearsal, member), &index);

    HF_ASSERT(result != HF_ERROR_MEMORY);
    if (result != 0) {
        rehearsal->refused++;
        return;
    }
    rehearsal->indices[member] = index;
    rehearsal->members[index] = (uint32_t)member;
    measure_start(&rehearsal->measure, index);
}

static void happen(struct rehearsal *rehearsal, const struct rehearsal_event *event) {
    switch (event->kind) {
    case EVENT_JUDGE:
        rehearsal_judge(rehearsal, event->index);
        break;
    case EVENT_UNDO:
        rehearsal_undo(rehearsal, event->index);
        break;
    case EVENT_BEGIN:
        rehearsal_begin(rehearsal, event->index);
        break;
    case EVENT_ACCOUNT:
        start_account(rehearsal, event->index);
        break;
    }
}

bool rehearsal_step(struct rehearsal *rehearsal) {
    const struct rehearsal_event *next = rehearsal->event_at < rehearsal->event_count
                                             ? &rehearsal->events[rehearsal->event_at]
                                             : NULL;
    hf_time until = SIM_START_AT + (next ? next->at : rehearsal->scenario->duration);
    bool more = sim_step(rehearsal->sim, until);

    if (!more && next) {
        rehearsal->event_at++;
        happen(rehearsal, next);
        more = true;
    }
    measure_settle(&rehearsal->measure);
    return more;
}

int rehearsal_run(struct rehearsal *rehearsal) {
    while (rehearsal_step(rehearsal))
        continue;
    return rehearsal_count_up(rehearsal);
}

bool rehearsal_is_good(const struct rehearsal *rehearsal) {
    for (size_t i = 0; i < rehearsal->scenario->expectation_count; i++) {
        if (!rehearsal->verdicts[i].held)
            return false;
    }
    return true;
}
