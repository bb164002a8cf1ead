/* The table of `holdfast status` and of the demo. */
#ifndef DAEMON_STATUS_TABLE_H
#define DAEMON_STATUS_TABLE_H

#include "daemon/text_table.h"
#include "daemon/view.h"

void status_table_init(struct text_table *table);

/* Adds a row; `unix_now` in milliseconds turns the beginning of the binding into an age.
 * HF_ERROR_MEMORY. */
int status_table_add(struct text_table *table, const struct status_view *view, int64_t unix_now);

#endif
