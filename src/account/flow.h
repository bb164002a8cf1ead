/* The flow that an account wants to a target: where from, and what TLS is to prove. */
#ifndef ACCOUNT_FLOW_H
#define ACCOUNT_FLOW_H

#include "account/account.h"

/* `tls` is filled where the target's transport is TLS, and lives as long as the wish does; its
 * texts are the settings'. */
struct path_wish flow_wish(const struct account *account, uint32_t hop, const struct target *target,
                           struct hf_tls_options *tls);

/* The port that the account sends from; 0: any. *ret_or_any: another will do where that one is
 * taken. */
uint16_t flow_local_port(const struct hf_settings *settings, bool *ret_or_any);

#endif
