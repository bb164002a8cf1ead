/* A table for people: columns as wide as their widest cell. */
#ifndef DAEMON_TEXT_TABLE_H
#define DAEMON_TEXT_TABLE_H

#include <stdio.h>

#include "base/slice.h"

struct text_column {
    const char *heading;
    bool right;      /* numbers line up at the right */
    unsigned weight; /* where the width does not suffice, columns of the least weight go first */
};

struct text_table {
    const struct text_column *columns;
    size_t column_count;
    char **cells; /* row by row; owned; NULL = empty */
    size_t row_count;
    size_t row_capacity;
};

void text_table_init(struct text_table *table, const struct text_column *columns,
                     size_t column_count);
void text_table_release(struct text_table *table);

/* Adds an empty row. HF_ERROR_MEMORY. */
int text_table_add_row(struct text_table *table);

/* Sets a cell of the last row, cleaned as text_write_clean does; what exceeds 255 bytes is cut. */
void text_table_set(struct text_table *table, size_t column, struct hf_slice text);

/* Writes the headings and the rows. With `width` 0 all columns are written, else those that fit
 * into so many columns of a terminal. */
void text_table_write(const struct text_table *table, FILE *out, size_t width);

#endif
