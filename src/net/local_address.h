/* The addresses of this machine. */
#ifndef NET_LOCAL_ADDRESS_H
#define NET_LOCAL_ADDRESS_H

#include "holdfast/types.h"

/* Remembers the last answer, for questions about many paths with one and the same address. */
struct local_addresses {
    struct hf_address last;
    bool is_ours;
};

/* Whether the machine has the address; its port does not count. True when that cannot be found out.
 */
bool local_addresses_have(struct local_addresses *addresses, const struct hf_address *address);

enum { LOCAL_ADDRESS_DETAIL_MAX = 160 };

/* "the address 192.0.2.1 is gone", as the detail of a path's failure; or, where it is still there,
 * that the machine uses another one now. */
void local_address_describe(char *text, size_t size, const struct hf_address *address,
                            bool is_gone);

#endif
