/* The flow that an account wants to a target: where from, and what TLS is to prove. */
#ifndef ACCOUNT_FLOW_H
#define ACCOUNT_FLOW_H

#include "account/account.h"

/* `tls` is filled where the target's transport is TLS, and lives as long as the wish does; its
 * texts are the settings'. */
struct path_wish flow_wish(const struct account *account, uint32_t hop, const struct target *target,
                           struct hf_tls_options *tls);

#endif
