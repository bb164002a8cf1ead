/* Whether an account knows who sent it a request: "only accept SIP requests from known servers"
 * (Grandstream P2347, Yealink sip_trust_ctrl). */
#ifndef ACCOUNT_KNOWN_H
#define ACCOUNT_KNOWN_H

#include "account/account.h"

/* True for the target of its binding or of an attempt under way, and for everything that its
 * servers and outbound proxies stand for: addresses, and what their names last resolved to. Ports
 * do not matter: servers often send from another one. Nobody is asked for it. */
bool account_knows(const struct engine *engine, struct account *account,
                   const struct hf_address *from);

#endif
