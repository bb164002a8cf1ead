/* The credentials of a fleet: a CSV file (csv.h) whose header line names settings. Its rows are
 * told about with their own file and line. An empty cell leaves what the template has. */
#include <stdlib.h>

#include "base/limits.h"
#include "settings/csv.h"
#include "settings/entries.h"
#include "settings/native_fleet.h"
#include "settings/suggest.h"

enum { NO_COLUMN = CSV_CELLS_MAX };

struct table {
    struct fleet *fleet;
    struct csv csv;
    unsigned count;
    unsigned name; /* column of the account's name, or NO_COLUMN */
    uint32_t number;
    struct native_variable columns[CSV_CELLS_MAX];
    struct csv_row row;
};

/* Other words for settings, such as lists of accounts have. */
static struct hf_slice setting_name(struct hf_slice column) {
    static const char *const words[][2] = {
        {"auth_user", "auth_name"},
        {"username", "user"},
        {"server", "servers[1].address"},
        {"proxy", "proxies[1].address"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_equal(column, slice_from(words[i][0])))
            return slice_from(words[i][1]);
    return column;
}

static int row_error(struct table *table, const char *format, struct hf_slice text)
    __attribute__((format(printf, 2, 0)));

static int row_error(struct table *table, const char *format, struct hf_slice text) {
    return file_report(table->fleet->native->file, SEVERITY_ERROR, table->row.line, format,
                       (int)(text.len < 80 ? text.len : 80), text.ptr ? text.ptr : "");
}

static int unknown_column(struct table *table, struct hf_slice column) {
    const char *near = NULL;
    unsigned least = 3;

    for (int id = 0; id < SETTING_COUNT; id++) {
        unsigned distance = word_distance(column, slice_from(settings_table[id].name), 2);

        if (settings_table[id].scope <= SCOPE_SERVER && distance < least && distance < column.len) {
            least = distance;
            near = settings_table[id].name;
        }
    }
    return file_report(table->fleet->native->file, SEVERITY_ERROR, table->row.line,
                       "there is no setting '%.*s'%s%s%s; nothing of the file is used",
                       (int)(column.len < 80 ? column.len : 80), column.ptr ? column.ptr : "",
                       near ? "; is " : "", near ? near : "", near ? " meant?" : "");
}

/* False in *ret_good, and told, when it cannot be used. */
static int read_column(struct table *table, unsigned column, bool *ret_good) {
    struct hf_slice text = slice_trim(table->row.cells[column]);
    struct native_variable *variable = &table->columns[column];
    char lower[128];

    *ret_good = false;
    for (size_t i = 0; i < text.len && i < sizeof lower; i++)
        lower[i] = ascii_lower(text.ptr[i]);
    text = slice_of(lower, text.len < sizeof lower ? text.len : sizeof lower);
    if (slice_equal(text, SLICE("name"))) {
        if (table->name != NO_COLUMN)
            return row_error(table, "column '%.*s' is there twice", text);
        table->name = column;
    } else if (!key_read(setting_name(text), &variable->place)) {
        return unknown_column(table, text);
    }
    for (unsigned i = 0; i < column && table->name != column; i++) {
        if (i != table->name && table->columns[i].place.id == variable->place.id &&
            table->columns[i].place.index == variable->place.index)
            return row_error(table, "column '%.*s' is there twice", text);
    }
    *ret_good = true;
    return 0;
}

static int read_header(struct table *table, bool *ret_good) {
    const bool is_utf16 = slice_starts_with_nocase(table->csv.rest, SLICE("\xff\xfe")) ||
                          slice_starts_with_nocase(table->csv.rest, SLICE("\xfe\xff"));
    enum csv_result read = csv_next(&table->csv, &table->row);
    bool good;
    int result = 0;

    *ret_good = read == CSV_ROW && !is_utf16;
    if (is_utf16)
        return row_error(table, "this is UTF-16, UTF-8 is wanted%.*s", SLICE_NONE);
    if (read == CSV_END)
        return row_error(table, "there is no header line%.*s", SLICE_NONE);
    if (read != CSV_ROW)
        return row_error(table, "%.*s", slice_from(csv_result_text(read)));
    table->count = table->row.count;
    for (unsigned i = 0; result == 0 && i < table->count; i++) {
        result = read_column(table, i, &good);
        *ret_good &= good;
    }
    return result;
}

static int assign_cells(struct table *table) {
    int result = 0;

    for (unsigned i = 0; result == 0 && i < table->count; i++) {
        if (i != table->name && table->row.cells[i].len > 0)
            result = fleet_assign(table->fleet, &table->columns[i], table->row.cells[i],
                                  table->row.line);
    }
    return result;
}

static int make_account(struct table *table) {
    struct fleet *fleet = table->fleet;
    char buffer[LIMIT_NAME_BYTES + 1];
    struct hf_slice name = SLICE_NONE;
    int result = fleet_begin(fleet, table->row.line);

    if (result == 0)
        result = fleet_fill_in(fleet, table->number);
    if (result == 0)
        result = assign_cells(table);
    if (table->name != NO_COLUMN)
        name = slice_trim(table->row.cells[table->name]);
    if (name.len == 0)
        name = fleet_name(fleet, table->number, buffer, sizeof buffer);
    if (name.len > 0) /* for what is said about it */
        fleet->native->draft.name = strndup(name.ptr, name.len);
    if (result == 0)
        result = fleet_check_account(fleet, fleet->native->draft.errors == 0);
    free(fleet->native->draft.name);
    if (result == 0)
        result = fleet_add(fleet, name);
    table->number++;
    draft_release(&fleet->native->draft);
    return result;
}

static int read_row(struct table *table, enum csv_result read) {
    char text[80];

    if (read != CSV_ROW)
        return row_error(table, "%.*s", slice_from(csv_result_text(read)));
    for (unsigned i = 0; i < table->row.count; i++)
        if (!utf8_is_valid(table->row.cells[i]))
            return row_error(table, "the row is not in UTF-8%.*s", SLICE_NONE);
    if (table->row.count == table->count)
        return make_account(table);
    snprintf(text, sizeof text, "the row has %u cell%s, the header %u", table->row.count,
             table->row.count == 1 ? "" : "s", table->count);
    return row_error(table, "%.*s", slice_from(text));
}

/* A file without rows is more likely what is left of one than a fleet that somebody wants: as an
 * error it takes nobody off the air. */
static int read_rows(struct table *table) {
    struct fleet *fleet = table->fleet;
    enum csv_result read;
    bool good, any = false;
    int result = read_header(table, &good);
    const unsigned header_line = table->row.line;

    while (result == 0 && good && (read = csv_next(&table->csv, &table->row)) != CSV_END) {
        if (fleet->native->fleet_accounts >= fleet->native->fleet_max)
            return row_error(table, "a file's fleets make 2000000 accounts at the most%.*s",
                             SLICE_NONE);
        result = read_row(table, read);
        any = true;
    }
    table->row.line = header_line;
    if (result == 0 && good && !any)
        return row_error(table, "there is nothing below the header line%.*s", SLICE_NONE);
    return result;
}

/* What is said about the rows is said about this file. */
static int add_source(struct settings_file *file, char *path) {
    char **sources = realloc(file->sources, (file->source_count + 1) * sizeof *sources);

    if (!sources)
        return HF_ERROR_MEMORY;
    file->sources = sources;
    sources[file->source_count++] = path;
    return 0;
}

static char *path_beside(const char *file, struct hf_slice name) {
    const char *slash = strrchr(file, '/');
    char *path = NULL;

    if (name.ptr[0] == '/' || !slash)
        return strndup(name.ptr, name.len);
    return asprintf(&path, "%.*s/%.*s", (int)(slash - file), file, SLICE_ARGS(name)) < 0 ? NULL
                                                                                         : path;
}

static int read_table(struct fleet *fleet, struct hf_slice bytes) {
    struct table *table = calloc(1, sizeof *table);
    int result;

    if (!table)
        return HF_ERROR_MEMORY;
    table->fleet = fleet;
    table->csv = csv_of(bytes);
    table->name = NO_COLUMN;
    table->number = (uint32_t)fleet->first;
    for (struct hf_slice rest = bytes; rest.len > 0; fleet->total++)
        (void)slice_split(&rest, '\n'); /* about so many, for those who wait */
    result = read_rows(table);
    free(table);
    return result;
}

int fleet_read_credentials(struct fleet *fleet) {
    struct settings_file *file = fleet->native->file;
    yaml_node_t *node = fleet->credentials;
    struct hf_slice name = node->type == YAML_SCALAR_NODE ? native_text(node) : SLICE_NONE;
    char *bytes = NULL, *path;
    const char *why = "no other file is read here";
    size_t length = 0;
    int result;

    if (name.len == 0 || memchr(name.ptr, '\0', name.len))
        return native_error(fleet->native, fleet->base, node,
                            "credentials: the path of a CSV file is wanted%.*s", SLICE_NONE);
    path = path_beside(file->name, name);
    if (!path)
        return HF_ERROR_MEMORY;
    if (fleet->native->options->read)
        bytes = fleet->native->options->read(path, &length, &why);
    if (!bytes)
        result = file_report(file, SEVERITY_ERROR, native_line(node), "%s cannot be read: %s", path,
                             why);
    else
        result = add_source(file, path);
    if (!bytes || result != 0) {
        free(path);
        free(bytes);
        return result;
    }
    file->source = path;
    result = read_table(fleet, slice_of(bytes, length));
    file->source = NULL;
    free(bytes);
    return result;
}
