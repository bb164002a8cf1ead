/* What an outbound proxy has settings of its own for, and what the account's proxies have. */
#ifndef ACCOUNT_PROXIES_H
#define ACCOUNT_PROXIES_H

#include "account/hops.h"
#include "target/failback.h"

/* The same setting of a server and of a proxy before it: the proxy's own value; not set, or -1 in a
 * Yealink file, that of the server of the same number (Yealink T5 guide p. 304), and if there is no
 * such server, of the one that is reached. `index` is where to look. */
enum setting proxies_setting(const struct hf_settings *settings, const struct hop *hop,
                             enum setting of_server, enum setting of_proxy, unsigned *ret_index);

/* The hop by way of the first proxy to the same server; `index` itself where it is that. */
uint32_t proxies_first_hop(const struct hf_settings *settings, uint32_t index);

/* When the better proxies of the same server are tried, apart from what `failback`, the policy of
 * the working hop, says (Yealink outbound_proxy_fallback_interval). HF_NEVER: not at all, for it
 * is 0, or the first one is in use, or the policy is to stay. */
hf_time proxies_fallback_at(const struct hf_settings *settings, uint32_t index,
                            const struct failback_policy *failback, hf_time since);

/* A binding: the hop it was made by, and what its Contact says. */
struct bound_by {
    uint32_t hop;
    enum hf_transport transport;
    struct hf_address contact; /* its address */
};

/* Whether they are one and the same: by way of proxies, the same one or two, at the same server,
 * with the same Contact. What was made later has replaced the former, and to remove that by its way
 * would end both. */
bool proxies_same_binding(const struct hf_settings *settings, const struct bound_by *former,
                          const struct bound_by *now);

#endif
