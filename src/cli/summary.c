#include "cli/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/writer.h"
#include "daemon/summary.h"
#include "daemon/text_table.h"

/* The counts are kept as JSON objects: a program gets them as they are, people get tables. */
struct total {
    json_t *states; /* name: accounts */
    json_t *places; /* a key: object */
    json_t *due;    /* name: accounts */
    json_int_t accounts;
    json_int_t failing;
    json_int_t lesser_server;
    json_int_t lesser_target;
};

static const struct text_column columns[] = {
    {"SERVER", false, 8}, {"TARGET", false, 9}, {"REGISTERED", true, 7},
    {"OTHERS", true, 5},  {"FAILING", true, 6}, {"PLACE", false, 4},
};

enum { COLUMN_COUNT = sizeof(columns) / sizeof(columns[0]) };

static const char *text_of(const json_t *item, const char *name) {
    const char *text = json_string_value(json_object_get(item, name));

    return text ? text : "";
}

static json_int_t count_of(const json_t *item, const char *name) {
    return json_integer_value(json_object_get(item, name));
}

static void add(json_t *counts, const char *name, json_int_t more) {
    json_object_set_new(counts, name, json_integer(count_of(counts, name) + more));
}

/* The row of a server and target; NULL without memory. Servers and targets have no tabs. */
static json_t *place_of(struct total *total, const json_t *item) {
    static const char *const names[] = {"server", "target", "transport", "place"};
    json_t *place;
    char *key = NULL;

    if (asprintf(&key, "%s\t%s\t%s\t%s", text_of(item, "server"), text_of(item, "target"),
                 text_of(item, "transport"), text_of(item, "place")) < 0)
        return NULL;
    place = json_object_get(total->places, key);
    if (!place) {
        place = json_object();
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            json_object_set(place, names[i], json_object_get(item, names[i]));
        if (json_object_set_new(total->places, key, place) != 0)
            place = NULL;
    }
    free(key);
    return place;
}

static int add_part(struct total *total, const json_t *item) {
    const json_int_t accounts = count_of(item, "accounts");
    const char *where = text_of(item, "place");
    json_t *place = place_of(total, item);

    if (!place)
        return cli_failure("out of memory");
    total->accounts += accounts;
    total->failing += count_of(item, "failing");
    if (strcmp(where, "lesser server") == 0)
        total->lesser_server += accounts;
    else if (strcmp(where, "lesser target") == 0)
        total->lesser_target += accounts;
    add(total->states, text_of(item, "state"), accounts);
    add(place, "registered", strcmp(text_of(item, "state"), "registered") == 0 ? accounts : 0);
    add(place, "accounts", accounts);
    add(place, "failing", count_of(item, "failing"));
    for (int i = 0; i < SUMMARY_DUE_COUNT; i++) {
        const char *name = summary_due_name((enum summary_due)i);

        add(total->due, name, count_of(item, name));
    }
    return CLI_OK;
}

/* Servers by name, as people count. */
static int by_key(const void *a, const void *b) {
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* The places in their order, as an array; NULL without memory. */
static json_t *sorted_places(const struct total *total) {
    const size_t count = json_object_size(total->places);
    const char **keys = calloc(count ? count : 1, sizeof(*keys));
    json_t *array = json_array(), *place;
    const char *key;
    size_t n = 0;

    if (keys && array) {
        json_object_foreach(total->places, key, place) keys[n++] = key;
        qsort(keys, n, sizeof(*keys), by_key);
        for (size_t i = 0; i < n; i++)
            json_array_append(array, json_object_get(total->places, keys[i]));
    }
    free(keys);
    return array;
}

static int print_json(const struct total *total, json_t *places) {
    json_t *object = json_pack("{s:I, s:O, s:I, s:I, s:I, s:O, s:O}", "accounts", total->accounts,
                               "states", total->states, "lesser_server", total->lesser_server,
                               "lesser_target", total->lesser_target, "failing", total->failing,
                               "next_attempts", total->due, "places", places);

    if (!object)
        return cli_failure("out of memory");
    json_dumpf(object, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(object);
    return CLI_OK;
}

static void print_counts(const struct total *total) {
    static const char *const due[SUMMARY_DUE_COUNT] = {
        [SUMMARY_DUE_10_S] = "10 s", [SUMMARY_DUE_1_MIN] = "1 min", [SUMMARY_DUE_10_MIN] = "10 min",
        [SUMMARY_DUE_1_H] = "1 h",   [SUMMARY_DUE_LATER] = "later",
    };

    printf("accounts      %8lld\n", (long long)total->accounts);
    for (int i = HF_STATE_DISABLED; i <= HF_STATE_REJECTED; i++) {
        const char *name = hf_account_state_name((enum hf_account_state)i);

        if (count_of(total->states, name) > 0)
            printf("%-13s %8lld\n", name, (long long)count_of(total->states, name));
    }
    printf("lesser server %8lld\n", (long long)total->lesser_server);
    printf("lesser target %8lld\n", (long long)total->lesser_target);
    printf("failing       %8lld\n", (long long)total->failing);
    printf("next attempts within ");
    for (int i = 0; i < SUMMARY_DUE_COUNT; i++)
        printf("%s%s: %lld", i > 0 ? ", " : "", due[i],
               (long long)count_of(total->due, summary_due_name((enum summary_due)i)));
    puts("\n");
}

static void set_count(struct text_table *table, size_t column, json_int_t count) {
    char text[24];
    struct writer w = writer_of(text, sizeof(text));

    writer_put_number(&w, (uint64_t)count);
    text_table_set(table, column, writer_slice(&w));
}

static void set_target(struct text_table *table, const json_t *place) {
    char text[ADDRESS_TEXT_MAX + 8];
    struct writer w = writer_of(text, sizeof(text));

    if (*text_of(place, "target") == '\0')
        return;
    writer_put_slice(&w, slice_from(text_of(place, "target")));
    writer_put_char(&w, '/');
    writer_put_slice(&w, slice_from(text_of(place, "transport")));
    text_table_set(table, 1, writer_slice(&w));
}

static int print_places(const json_t *places, size_t width) {
    struct text_table table;
    const json_t *place;
    size_t i;
    int result = CLI_OK;

    text_table_init(&table, columns, COLUMN_COUNT);
    json_array_foreach(places, i, place) {
        if (text_table_add_row(&table) != 0) {
            result = cli_failure("out of memory");
            break;
        }
        text_table_set(&table, 0, slice_from(text_of(place, "server")));
        set_target(&table, place);
        set_count(&table, 2, count_of(place, "registered"));
        set_count(&table, 3, count_of(place, "accounts") - count_of(place, "registered"));
        set_count(&table, 4, count_of(place, "failing"));
        text_table_set(&table, 5, slice_from(text_of(place, "place")));
    }
    if (result == CLI_OK)
        text_table_write(&table, stdout, width);
    text_table_release(&table);
    return result;
}

static int print(const struct total *total, bool json, size_t width) {
    json_t *places = sorted_places(total);
    int result;

    if (!places)
        return cli_failure("out of memory");
    if (json) {
        result = print_json(total, places);
    } else {
        print_counts(total);
        result = print_places(places, width);
    }
    json_decref(places);
    return result;
}

int cli_print_summary(const char *control, bool json, size_t width) {
    const struct control_request request = {.command = CONTROL_SUMMARY};
    struct total total = {.states = json_object(), .places = json_object(), .due = json_object()};
    struct ask ask;
    int result;

    for (int i = HF_STATE_DISABLED; i <= HF_STATE_REJECTED; i++)
        add(total.states, hf_account_state_name((enum hf_account_state)i), 0);
    for (int i = 0; i < SUMMARY_DUE_COUNT; i++)
        add(total.due, summary_due_name((enum summary_due)i), 0);
    result = ask_begin(&ask, control, &request);
    while (result == CLI_OK && ask_next(&ask))
        result = add_part(&total, ask.item);
    if (result == CLI_OK)
        result = ask_verdict(&ask);
    if (result == CLI_OK)
        result = print(&total, json, width);
    ask_release(&ask);
    json_decref(total.states);
    json_decref(total.places);
    json_decref(total.due);
    return result;
}
