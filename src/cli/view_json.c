#include "cli/view_json.h"

static struct hf_slice text_of(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);

    return slice_of(json_string_value(value), json_string_length(value));
}

static unsigned number_of(const json_t *object, const char *name) {
    json_int_t value = json_integer_value(json_object_get(object, name));

    return value > 0 && value <= INT32_MAX ? (unsigned)value : 0;
}

/* Seconds to milliseconds. */
static int64_t time_of(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    double seconds = json_number_value(value);

    if (!json_is_number(value) || !(seconds >= 0) || seconds > 1e12)
        return WALL_UNKNOWN;
    return (int64_t)(seconds * 1000 + 0.5);
}

void status_view_from_json(struct status_view *view, const json_t *object) {
    const json_t *legs = json_object_get(object, "legs"), *leg;
    size_t i;

    *view = (struct status_view){
        .account = text_of(object, "account"),
        .state = text_of(object, "state"),
        .server = text_of(object, "server"),
        .target = text_of(object, "target"),
        .transport = text_of(object, "transport"),
        .contact = text_of(object, "contact"),
        .public_gruu = text_of(object, "pub_gruu"),
        .temporary_gruu = text_of(object, "temp_gruu"),
        .registered_since = time_of(object, "registered_since"),
        .binding_expires_in = time_of(object, "binding_expires_in"),
        .next_attempt_in = time_of(object, "next_attempt_in"),
        .failures = number_of(object, "failures"),
        .last_status = number_of(object, "last_status"),
        .last_reason = text_of(object, "last_reason"),
        .legs = (unsigned)json_array_size(legs),
    };
    json_array_foreach(legs, i, leg) view->legs_bound +=
        time_of(leg, "binding_expires_in") != WALL_UNKNOWN;
}

void event_view_from_json(struct event_view *view, const json_t *object) {
    *view = (struct event_view){
        .account = text_of(object, "account"),
        .event = text_of(object, "event"),
        .server = text_of(object, "server"),
        .target = text_of(object, "target"),
        .status = number_of(object, "status"),
        .reason = text_of(object, "reason"),
    };
}
