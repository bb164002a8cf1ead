/* Whom a request from outside is for, and whether that account knows who sent it. */
#ifndef AGENT_ADDRESSEE_H
#define AGENT_ADDRESSEE_H

#include "account/engine.h"
#include "sip/message.h"

struct addressee {
    bool is_nobody;     /* the Request-URI names a user that is none of ours */
    bool from_stranger; /* the sender is none of the addressee's servers and proxies */
    bool is_guarded;    /* and the addressee takes nothing from strangers */
};

/* A Request-URI without a user, or one that cannot be read, is for whoever has a binding on that
 * path. */
struct addressee addressee_of(const struct engine *engine, const struct sip_message *request,
                              hf_path_id path, const struct hf_address *from);

#endif
