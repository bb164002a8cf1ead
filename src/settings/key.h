/* Native keys: "expires", "servers[2].address", "dns_srv[1].target". */
#ifndef SETTINGS_KEY_H
#define SETTINGS_KEY_H

#include "base/writer.h"
#include "settings/object.h"

/* The place that a key names. A server's setting without an index means all servers. False when
 * there is no such setting, or it needs an index that is not there, or is out of bounds. */
bool key_read(struct hf_slice key, struct setting_place *ret);

/* The same, backwards. */
void key_write(struct writer *w, struct setting_place place);

/* What the list of a scope is called: "servers", "proxies", "dns_a", …; NULL for other scopes. */
const char *key_list_name(enum setting_scope scope);

#endif
