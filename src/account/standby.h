/* Several registrations of one phone with one server are of use as flows alone (RFC 5626): a
 * registrar without outbound would send every call to each of them, and by an edge without it
 * nothing may come. There one registration serves and the others stand by: they give theirs up, and
 * make it again when the one that serves fails. After standby_wait they see whether they can be
 * flows by now. */
#ifndef ACCOUNT_STANDBY_H
#define ACCOUNT_STANDBY_H

#include "account/legs.h"

static const hf_time standby_wait = 3600 * HF_SECOND;

/* A leg got a binding, lost one, or failed to get one. */
void standby_settle(struct engine *engine, struct legs *legs, hf_time now);

#endif
