/* Addresses as people type them. */
#ifndef CLI_ADDRESS_TEXT_H
#define CLI_ADDRESS_TEXT_H

#include "holdfast/types.h"

#include <stdbool.h>

/* "127.0.0.1:5060", "[::1]:5060", or without a port, which is then `port`. False: it is none. */
bool cli_read_address(const char *text, uint16_t port, struct hf_address *ret);

#endif
