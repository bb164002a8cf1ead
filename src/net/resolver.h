/* DNS through libunbound: any record type with its time to live, many questions at once, never in
 * the way of the loop. */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include <uv.h>

#include "holdfast/agent.h"

struct resolver;

typedef void resolver_answered(void *user, hf_query_id query, const struct hf_dns_answer *answer);

/* `server`: "ADDR" or "ADDR:PORT", or the path of a file like /etc/resolv.conf, which is read anew
 * whenever it has changed; NULL = that of the system. 0, or -1 with *ret_error (static). */
int resolver_create(uv_loop_t *loop, const char *server, hf_time timeout,
                    resolver_answered *answered, void *user, struct resolver **ret,
                    const char **ret_error);

/* Every question is answered exactly once, but for those that are open when it is closed. */
void resolver_ask(struct resolver *resolver, hf_query_id query, enum hf_dns_type type,
                  struct hf_slice name);

/* NULL is ignored. */
void resolver_close(struct resolver *resolver);

#endif
