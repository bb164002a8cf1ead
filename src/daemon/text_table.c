#include "daemon/text_table.h"

#include <stdlib.h>

#include "base/assert.h"
#include "daemon/text.h"

enum { CELL_BYTES = 256, GAP = 2, COLUMNS_MAX = 16 };

/* How wide each column is; 0 = left out. */
struct layout {
    size_t widths[COLUMNS_MAX];
    size_t last; /* the last column that is written */
};

void text_table_init(struct text_table *table, const struct text_column *columns,
                     size_t column_count) {
    HF_ASSERT(column_count > 0 && column_count <= COLUMNS_MAX);
    *table = (struct text_table){.columns = columns, .column_count = column_count};
}

void text_table_release(struct text_table *table) {
    for (size_t i = 0; i < table->row_count * table->column_count; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->row_count = table->row_capacity = 0;
}

int text_table_add_row(struct text_table *table) {
    if (table->row_count == table->row_capacity) {
        size_t capacity = table->row_capacity ? table->row_capacity * 2 : 16;
        char **cells =
            reallocarray(table->cells, capacity * table->column_count, sizeof(*table->cells));

        if (!cells)
            return HF_ERROR_MEMORY;
        table->cells = cells;
        table->row_capacity = capacity;
    }
    for (size_t i = 0; i < table->column_count; i++)
        table->cells[table->row_count * table->column_count + i] = NULL;
    table->row_count++;
    return 0;
}

void text_table_set(struct text_table *table, size_t column, struct hf_slice text) {
    char **cell = &table->cells[(table->row_count - 1) * table->column_count + column];
    char buffer[CELL_BYTES];
    struct writer w = writer_of(buffer, sizeof(buffer));

    HF_ASSERT(table->row_count > 0 && column < table->column_count);
    text_write_clean(&w, text);
    (void)writer_terminate(&w);
    free(*cell);
    *cell = strdup(buffer);
}

static const char *cell_text(const struct text_table *table, size_t row, size_t column) {
    const char *text = table->cells[row * table->column_count + column];

    return text ? text : "";
}

static size_t total_width(const struct text_table *table, const struct layout *layout) {
    size_t total = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        if (layout->widths[i] > 0)
            total += layout->widths[i] + (total ? GAP : 0);
    }
    return total;
}

static void drop_lightest(const struct text_table *table, struct layout *layout) {
    size_t lightest = 0;

    for (size_t i = 1; i < table->column_count; i++) {
        if (layout->widths[i] > 0 && (layout->widths[lightest] == 0 ||
                                      table->columns[i].weight < table->columns[lightest].weight))
            lightest = i;
    }
    layout->widths[lightest] = 0;
}

static struct layout measure(const struct text_table *table, size_t width) {
    struct layout layout = {0};
    size_t left = table->column_count;

    for (size_t i = 0; i < table->column_count; i++) {
        layout.widths[i] = text_columns(slice_from(table->columns[i].heading));
        for (size_t row = 0; row < table->row_count; row++) {
            size_t columns = text_columns(slice_from(cell_text(table, row, i)));

            if (columns > layout.widths[i])
                layout.widths[i] = columns;
        }
    }
    for (; width > 0 && left > 1 && total_width(table, &layout) > width; left--)
        drop_lightest(table, &layout);
    for (size_t i = 0; i < table->column_count; i++) {
        if (layout.widths[i] > 0)
            layout.last = i;
    }
    return layout;
}

static void write_cell(FILE *out, const char *text, size_t width, bool right, bool last) {
    size_t columns = text_columns(slice_from(text));
    int fill = columns < width ? (int)(width - columns) : 0;

    if (right)
        fprintf(out, "%*s%s", fill, "", text);
    else
        fprintf(out, "%s%*s", text, last ? 0 : fill, "");
    if (!last)
        fprintf(out, "%*s", GAP, "");
}

void text_table_write(const struct text_table *table, FILE *out, size_t width) {
    struct layout layout = measure(table, width);

    for (size_t row = 0; row <= table->row_count; row++) {
        for (size_t i = 0; i <= layout.last; i++) {
            if (layout.widths[i] > 0)
                write_cell(out, row == 0 ? table->columns[i].heading : cell_text(table, row - 1, i),
                           layout.widths[i], table->columns[i].right, i == layout.last);
        }
        fputc('\n', out);
    }
}
