/* The summary of `holdfast status --summary`: adds up the parts that the daemon sends. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "cli/ask.h"

/* Asks the daemon and prints the counts. Returns enum cli_exit. */
int cli_print_summary(const char *control, bool json, size_t width);

#endif
