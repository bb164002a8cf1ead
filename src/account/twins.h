/* One account may take the place of another that is on its way out: it was renamed, or has new
 * settings and has left its binding to a ghost. Where both have the same Contact the registrar
 * takes the new binding for the old one, so that a removal that comes late would end the new one.
 * The one that goes waits a little for the one that comes, and asks before it removes. */
#ifndef ACCOUNT_TWINS_H
#define ACCOUNT_TWINS_H

#include "account/account.h"

/* A twin is about to be registered: its binding will be seen soon. */
bool twin_is_coming(const struct engine *engine, const struct account *account);

/* The account is registered: twins that have waited for that go. */
void twin_has_come(struct engine *engine, const struct account *account, hf_time now);

/* When the binding of a twin with the same Contact ends; 0: there is none. */
hf_time twin_bound_until(const struct engine *engine, const struct account *account,
                         const struct hf_address *contact, enum hf_transport transport);

/* The registrar has put a twin's flow in the place of the account's (RFC 5626 section 6). */
bool twin_replaced_flow(const struct engine *engine, const struct account *account);

#endif
