/* Answers that come when nobody waits for them any more: a slow registrar says 200 to a REGISTER
 * that was given up, and holds a binding of which the account knows nothing. What RFC 3261 section
 * 18.1.2 leaves to the core is done here: the REGISTER is remembered for a while, and a 2xx counts
 * if it comes from where that went, with its branch (64 secret bits), CSeq and Call-ID, and shows
 * our Contact. Each counts once, so that nobody can make us send more than one removal for a
 * REGISTER that we sent. Then
 *
 *   the account has no binding             it has this one: registered
 *   it has the same one                    it is renewed, if that ends later
 *   it has another                         this one is removed in the background
 *   it shall have none                     likewise
 *
 * Where the other has the same Contact, the servers may share what they have bound (see
 * attempt.c): only the ends of both tell them apart. Where they are too near, the removal waits
 * until the other one has been renewed, which is done soon.
 *
 * Flows (RFC 5626) are left alone: the next REGISTER with their number takes their place. What is
 * sent over a connection can be answered late only while that is open for others; else the next
 * REGISTER there names its Contact as well, to end it: where a registrar takes only so many of
 * them, those of lost connections would leave no room for ours. */
#ifndef ACCOUNT_LATE_H
#define ACCOUNT_LATE_H

#include "account/account.h"
#include "account/attempt.h"

void lates_init(struct lates *lates);
void lates_release(struct lates *lates);

/* The attempt gives its last request up, or is itself given up: an answer may still come. */
void late_expect(struct engine *engine, const struct attempt *attempt, hf_time now);

/* A REGISTER with this CSeq made or renewed the binding: what the registrar says of earlier ones
 * does not count any more. */
void late_supersede(struct engine *engine, const struct account *account,
                    const struct target *target, const struct hf_address *contact_at,
                    uint32_t cseq);

/* The Contact of the last REGISTER to this target whose connection is gone without an answer: a
 * binding may be left there, and the next REGISTER ends it. Family NONE: there is none, or it is
 * the Contact that is sent now. */
struct hf_address late_left_at(const struct engine *engine, const struct account *account,
                               const struct target *target, const struct hf_address *contact_at);

/* A response that belongs to no transaction. False: it is a stray. */
bool late_answered(struct engine *engine, struct path *path, const struct hf_address *from,
                   const struct sip_message *response, const struct via *via, hf_time now);

/* What was sent before is not to make a binding any more. */
void late_outdate(const struct engine *engine, const struct account *account);

/* The account is registered: what waited for that is removed. */
void late_settle(struct engine *engine, struct account *account, hf_time now);

/* The timer is due. */
void late_expire(struct engine *engine, hf_time now);

/* Nothing is looked out for any more. */
void late_forget_all(struct engine *engine);

#endif
