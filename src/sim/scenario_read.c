/* The file as a whole; docs/simulator.md describes it. */
#include <string.h>

#include "sim/scenario_reading.h"

static void read_title(struct reading *r, void *object, yaml_node_t *value) {
    (void)object;
    (void)reading_text(r, value, &r->scenario->title);
}

static void read_duration(struct reading *r, void *object, yaml_node_t *value) {
    (void)object;
    if (reading_time(r, value, &r->scenario->duration) && r->scenario->duration == 0)
        reading_error(r, value, "duration: nothing happens in no time");
}

static void read_seed(struct reading *r, void *object, yaml_node_t *value) {
    (void)object;
    (void)reading_number(r, value, UINT64_MAX, &r->scenario->seed);
}

/* In this order, since later ones name what is in earlier ones. */
static const struct field fields[] = {
    {"title", read_title},
    {"duration", read_duration},
    {"seed", read_seed},
    {"servers", scenario_read_servers},
    {"processes", scenario_read_processes},
    {"network", scenario_read_network},
    {"links", scenario_read_links},
    {"dns", scenario_read_dns},
    {"accounts", scenario_read_accounts},
    {"timeline", scenario_read_timeline},
    {"expect", scenario_read_expect},
    {0},
};

static void read_document(struct reading *r) {
    yaml_node_t *root = yaml_document_get_root_node(r->document);

    if (!root || root->type != YAML_MAPPING_NODE) {
        reading_error(r, root,
                      "a scenario is written as lines 'key: value', with 'servers:' and "
                      "'accounts:' at least");
        return;
    }
    r->visits_max += reading_pairs(root);
    reading_map(r, root, "a scenario", fields, NULL);
    if (!reading_find(r, root, "servers"))
        reading_error(r, root, "there are no 'servers:'");
    if (!reading_find(r, root, "accounts"))
        reading_error(r, root, "there are no 'accounts:'");
    if (r->messages->errors == 0)
        scenario_complete(r, reading_find(r, root, "duration") != NULL);
}

int scenario_read(struct scenario *ret, struct hf_slice bytes, struct scenario_messages *messages) {
    yaml_document_t document;
    yaml_parser_t parser;
    struct reading r = {.scenario = ret,
                        .messages = messages,
                        .document = &document,
                        .key = "",
                        .visits_max = 100000 + 16 * bytes.len};
    int result = 0;

    scenario_init(ret);
    if (!yaml_parser_initialize(&parser))
        return HF_ERROR_MEMORY;
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes.ptr, bytes.len);
    if (yaml_parser_load(&parser, &document)) {
        read_document(&r);
        yaml_document_delete(&document);
        result = r.no_memory ? HF_ERROR_MEMORY : 0;
    } else if (parser.error == YAML_MEMORY_ERROR) {
        result = HF_ERROR_MEMORY;
    } else {
        result =
            scenario_report(messages, false, (unsigned)parser.problem_mark.line + 1,
                            "not valid YAML (%s)", parser.problem ? parser.problem : "unreadable");
    }
    yaml_parser_delete(&parser);
    return result;
}
