/* Comma-separated values (RFC 4180), a row at a time: cells may stand in quotes, in which a quote
 * is doubled and a line may end; lines end with LF or CR LF. A header line with semicolons or tabs
 * and without commas says that those separate the cells. Lines with nothing in them are passed
 * over. */
#ifndef SETTINGS_CSV_H
#define SETTINGS_CSV_H

#include "base/slice.h"

enum { CSV_CELLS_MAX = 64, CSV_ROW_BYTES_MAX = 16384 };

struct csv {
    struct hf_slice rest;
    unsigned next_line; /* of what is left */
    char separator;
};

struct csv_row {
    unsigned line; /* where it begins, from 1 */
    unsigned count;
    struct hf_slice cells[CSV_CELLS_MAX]; /* good until the next row is read */
    char text[CSV_ROW_BYTES_MAX];
};

enum csv_result {
    CSV_ROW,
    CSV_END,
    CSV_OPEN_QUOTE,  /* a quote that does not end; nothing is left then */
    CSV_AFTER_QUOTE, /* something between the end of a quote and the next separator */
    CSV_TOO_LARGE,   /* too many cells, or bytes */
};

struct csv csv_of(struct hf_slice bytes);

/* The next row. What is wrong with one does not concern the next: row->line is its line in any
 * case. */
enum csv_result csv_next(struct csv *csv, struct csv_row *row);

/* What is wrong, in words; static. */
const char *csv_result_text(enum csv_result result);

#endif
