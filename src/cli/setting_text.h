/* The table of settings in words. */
#ifndef CLI_SETTING_TEXT_H
#define CLI_SETTING_TEXT_H

#include <stdio.h>

#include "base/writer.h"
#include "settings/table.h"

enum { SETTING_TEXT_MAX = 512 };

/* All of these write a terminated text. */

/* "servers[N].address", "keep_alive.interval". */
void setting_text_name(char *buffer, const struct setting_row *row);
/* "1 to 2147483647 s", "udp, tcp, tls or dns". */
void setting_text_range(char *buffer, const struct setting_row *row, const struct setting_key *key);
/* The default of a family: "3600", "as retry", "empty". */
void setting_text_default(char *buffer, const struct setting_row *row, enum settings_family family);
/* "3600 (grandstream-…: 20, flx: 55)" */
void setting_text_defaults(char *buffer, const struct setting_row *row);
/* "P32, P412, P512, P612, P1712, P1812"; empty without P-numbers. */
void setting_text_numbers(char *buffer, const struct setting_key *key);
/* "account.N.sip.registerExpiration"; empty without an alias. */
void setting_text_alias(char *buffer, const struct setting_key *key);

/* "each account", "each server", …; static. */
const char *setting_scope_text(enum setting_scope scope);
/* "yes or no", "number", "time", …; static. */
const char *setting_type_text(enum setting_type type);

/* The command's other faces. */
void settings_print_markdown(FILE *out);
int settings_print_json(FILE *out);

#endif
