/* The settings of an account as the policies of usage/ and target/ want them. */
#ifndef ACCOUNT_POLICY_H
#define ACCOUNT_POLICY_H

#include "account/hops.h"
#include "settings/settings.h"
#include "target/failback.h"
#include "target/retry.h"
#include "transaction/client.h"
#include "usage/lifetime.h"

struct retry_policy policy_retry(const struct hf_settings *settings);
struct refresh_policy policy_refresh(const struct hf_settings *settings);
/* Between servers (and proxies), for a binding at this hop; and between the targets that its name
 * stands for. */
struct failback_policy policy_failback(const struct hf_settings *settings, const struct hop *hop);
struct failback_policy policy_failback_within(const struct hf_settings *settings,
                                              const struct hop *hop);

/* `last`: no other candidate is left, so the request gets the full Timer F; else it is resent as
 * often as the retry count of the server, or of the proxy, says. */
struct transaction_timing policy_timing(const struct hf_settings *settings, const struct hop *hop,
                                        bool last);

/* How long a target on a stream is waited for, first until there is a connection, then for each
 * answer: as long as the resends of a datagram would go on, but never less than one connection may
 * take. */
hf_time policy_stream_patience(const struct hf_settings *settings,
                               const struct transaction_timing *timing);

#endif
