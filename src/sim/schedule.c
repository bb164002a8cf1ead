#include "sim/schedule.h"

#include <stdlib.h>

#include "base/assert.h"

void schedule_release(struct schedule *schedule) {
    free(schedule->entries);
    *schedule = (struct schedule){0};
}

static bool is_before(const struct schedule_entry *a, const struct schedule_entry *b) {
    return a->at < b->at || (a->at == b->at && a->sequence < b->sequence);
}

static void put(struct schedule *schedule, size_t place, struct schedule_entry entry) {
    schedule->entries[place] = entry;
    entry.scheduled->place = place;
}

/* Finds the place of an entry from `place` upwards, then downwards. */
static void settle(struct schedule *schedule, size_t place, struct schedule_entry entry) {
    struct schedule_entry *entries = schedule->entries;

    while (place > 1 && is_before(&entry, &entries[place / 2])) {
        put(schedule, place, entries[place / 2]);
        place /= 2;
    }
    for (size_t child; (child = 2 * place) <= schedule->count; place = child) {
        if (child < schedule->count && is_before(&entries[child + 1], &entries[child]))
            child++;
        if (is_before(&entry, &entries[child]))
            break;
        put(schedule, place, entries[child]);
    }
    put(schedule, place, entry);
}

static void make_room(struct schedule *schedule) {
    if (schedule->count + 1 < schedule->capacity)
        return;
    size_t capacity = schedule->capacity == 0 ? 64 : schedule->capacity * 2;
    struct schedule_entry *entries =
        realloc(schedule->entries, capacity * sizeof *schedule->entries);

    HF_ASSERT(entries);
    schedule->entries = entries;
    schedule->capacity = capacity;
}

static void take_out(struct schedule *schedule, struct scheduled *scheduled) {
    size_t place = scheduled->place;
    struct schedule_entry last = schedule->entries[schedule->count--];

    scheduled->place = 0;
    if (last.scheduled != scheduled)
        settle(schedule, place, last);
}

void schedule_set(struct schedule *schedule, struct scheduled *scheduled, hf_time at) {
    size_t place = scheduled->place;

    if (at == HF_NEVER) {
        if (place > 0)
            take_out(schedule, scheduled);
        return;
    }
    if (place > 0 && schedule->entries[place].at == at)
        return;
    if (place == 0) {
        make_room(schedule);
        place = ++schedule->count;
    }
    settle(schedule, place,
           (struct schedule_entry){
               .at = at, .sequence = ++schedule->last_sequence, .scheduled = scheduled});
}

struct scheduled *schedule_take(struct schedule *schedule) {
    HF_ASSERT(schedule->count > 0);
    struct scheduled *first = schedule->entries[1].scheduled;

    take_out(schedule, first);
    return first;
}
