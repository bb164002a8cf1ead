/* `timeline:`, a list of what happens:
 *
 *   timeline:
 *     - {at: 10 min, do: server-off, server: primary, for: 1 h}
 *     - {at: 2 h, do: link, server: primary, loss: 20 %, for: 2 min, every: 10 min, times: 5}
 */
#include <stdio.h>

#include "settings/suggest.h"
#include "sim/scenario_fault.h"
#include "sim/scenario_reading.h"

static void read_at(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_time(r, value, &((struct scenario_step *)object)->at);
}

static void read_for(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    if (!reading_time(r, value, &step->span))
        return;
    if (step->span == 0)
        reading_error(r, value, "for: nothing happens in no time");
    else if (!scenario_step_can_end(step))
        reading_error(r, value, "for: '%s' cannot be undone", scenario_step_name(step));
}

static uint32_t repetitions(hf_time within, hf_time every) {
    hf_time count = within / every + 1;

    return count < SCENARIO_STEP_TIMES_MAX ? (uint32_t)count : SCENARIO_STEP_TIMES_MAX;
}

/* `times` is read after it, so that these are as many as fit until it is. */
static void read_every(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;
    const struct scenario *scenario = r->scenario;

    if (!reading_time(r, value, &step->every))
        return;
    if (step->every == 0 || step->every <= step->span)
        reading_error(r, value, "every: must be longer than 'for'");
    else if (step->at < scenario->duration)
        step->times = repetitions(scenario->duration - 1 - step->at, step->every);
}

static void read_times(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_step *step = object;

    if (reading_number32(r, value, SCENARIO_STEP_TIMES_MAX, &step->times) &&
        (step->times == 0 || (step->times > 1 && step->every == 0)))
        reading_error(r, value, "times: how often? say 'every:' too, and 1 or more");
}

static const struct field common_fields[] = {
    {"at", read_at},       {"do", reading_nothing}, {"for", read_for},
    {"every", read_every}, {"times", read_times},   {0},
};

enum { FIELDS_MAX = 24 };

static void report_action(struct reading *r, const yaml_node_t *value, struct hf_slice word) {
    const char *near = NULL;
    unsigned least = reading_tolerance(word) + 1;

    for (unsigned i = 0; scenario_word(i); i++) {
        unsigned distance = word_distance(word, slice_from(scenario_word(i)), 2);

        if (distance < least) {
            least = distance;
            near = scenario_word(i);
        }
    }
    word.len = word.len < 60 ? word.len : 60;
    if (near)
        reading_error(r, value, "do: there is no '%.*s'; is '%s' meant?", SLICE_ARGS(word), near);
    else
        reading_error(r, value,
                      "do: there is no '%.*s' (there are: server-off, server-stop, "
                      "server-freeze, server-fault, link, dns-fails, process-kill, …)",
                      SLICE_ARGS(word));
}

static void read_step(struct reading *r, yaml_node_t *item) {
    struct scenario *scenario = r->scenario;
    struct scenario_step *step = &scenario->steps[scenario->step_count];
    yaml_node_t *action = reading_find(r, item, "do");
    const struct field *own;
    struct field fields[FIELDS_MAX] = {0};
    char what[48];
    size_t count = 0;

    scenario_step_init(step);
    step->line = reading_line(item);
    if (item->type != YAML_MAPPING_NODE) {
        reading_error(r, item, "a step of the timeline has lines 'at:' and 'do:'");
        return;
    }
    if (!reading_find(r, item, "at"))
        reading_error(r, item, "timeline: 'at:' is missing");
    if (!action) {
        reading_error(r, item, "timeline: 'do:' is missing");
        return;
    }
    if (!scenario_find_word(slice_trim(reading_raw(action)), step)) {
        report_action(r, action, reading_raw(action));
        return;
    }
    own = scenario_step_begin(r, item, step);
    for (const struct field *field = common_fields; field->name; field++)
        fields[count++] = *field;
    for (const struct field *field = own; field->name && count < FIELDS_MAX - 1; field++)
        fields[count++] = *field;
    snprintf(what, sizeof what, "'%s'", scenario_step_name(step));
    reading_map(r, item, what, fields, step);
    scenario_step_check(r, item, step);
    scenario->step_count++;
}

void scenario_read_timeline(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario *scenario = r->scenario;
    size_t count = reading_items(value);

    (void)object;
    scenario->steps = reading_list(r, value, count, sizeof *scenario->steps, SCENARIO_LIST_MAX);
    for (size_t i = 0; scenario->steps && i < count; i++)
        read_step(r, reading_item(r, value, i));
}
