#include "settings/csv.h"

#include "base/writer.h"

static bool is_line_end(char c) {
    return c == '\n' || c == '\r';
}

struct csv csv_of(struct hf_slice bytes) {
    struct csv csv = {.rest = bytes, .next_line = 1, .separator = ','};
    struct hf_slice header;

    if (slice_starts_with_nocase(bytes, SLICE("\xef\xbb\xbf")))
        csv.rest = slice_from_index(bytes, 3);
    header = slice_of(csv.rest.ptr, slice_index(csv.rest, '\n'));
    if (slice_index(header, ',') == header.len)
        csv.separator = slice_index(header, ';') < header.len    ? ';'
                        : slice_index(header, '\t') < header.len ? '\t'
                                                                 : ',';
    return csv;
}

static bool at(const struct csv *csv, char c) {
    return csv->rest.len > 0 && csv->rest.ptr[0] == c;
}

static bool at_cell_end(const struct csv *csv) {
    return csv->rest.len == 0 || at(csv, csv->separator) || is_line_end(csv->rest.ptr[0]);
}

static void step(struct csv *csv) {
    csv->next_line += at(csv, '\n');
    csv->rest = slice_from_index(csv->rest, 1);
}

static void pass_line_end(struct csv *csv) {
    if (at(csv, '\r'))
        step(csv);
    if (at(csv, '\n'))
        step(csv);
}

/* The text of a cell in quotes, which begins here, goes to the writer. */
static enum csv_result take_quoted(struct csv *csv, struct writer *w) {
    step(csv);
    while (csv->rest.len > 0) {
        if (at(csv, '"')) {
            step(csv);
            if (!at(csv, '"'))
                return at_cell_end(csv) ? CSV_ROW : CSV_AFTER_QUOTE;
        }
        writer_put_char(w, csv->rest.ptr[0]);
        step(csv);
    }
    return CSV_OPEN_QUOTE;
}

static enum csv_result take_cell(struct csv *csv, struct writer *w, struct hf_slice *ret) {
    const char *start = w->at;
    enum csv_result result = CSV_ROW;

    if (at(csv, '"'))
        result = take_quoted(csv, w);
    while (!at_cell_end(csv)) {
        writer_put_char(w, csv->rest.ptr[0]);
        step(csv);
    }
    *ret = slice_of(start, (size_t)(w->at - start));
    return result;
}

enum csv_result csv_next(struct csv *csv, struct csv_row *row) {
    struct writer w = writer_of(row->text, sizeof(row->text));
    enum csv_result result = CSV_ROW;
    struct hf_slice cell;
    bool more = true;

    while (csv->rest.len > 0 && is_line_end(csv->rest.ptr[0]))
        pass_line_end(csv);
    row->line = csv->next_line;
    row->count = 0;
    if (csv->rest.len == 0)
        return CSV_END;
    while (more) {
        enum csv_result taken = take_cell(csv, &w, &cell);

        result = result == CSV_ROW ? taken : result;
        if (row->count == CSV_CELLS_MAX)
            result = CSV_TOO_LARGE;
        else
            row->cells[row->count++] = cell;
        more = at(csv, csv->separator);
        if (more)
            step(csv);
    }
    pass_line_end(csv);
    return result == CSV_ROW && w.full ? CSV_TOO_LARGE : result;
}

const char *csv_result_text(enum csv_result result) {
    switch (result) {
    case CSV_ROW:
    case CSV_END:
        break;
    case CSV_OPEN_QUOTE:
        return "a quote begins here and does not end";
    case CSV_AFTER_QUOTE:
        return "there is something after a quote's end (a quote within is written twice)";
    case CSV_TOO_LARGE:
        return "the row has more than 64 cells, or more than 16384 bytes";
    }
    return "";
}
