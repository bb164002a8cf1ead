/* Keeps a path open through the NATs on its way, and shows that a connection still lives: small
 * packets at intervals while accounts are bound on it, one for all of them, as often as the one
 * that wants it most.
 *
 *   UDP      what `nat.keep_alive` says: CRLF CRLF, an empty datagram, or a STUN binding request,
 *            whose answer tells where the server sees us (RFC 5626 section 4.4.2). Where the
 *            server wants to be asked so often (RFC 6223), it is STUN, sent again until answered
 *            (RFC 8489 section 6.2.1). Where it answered before and does no more, those who are
 *            bound there register again
 *   streams  CRLF CRLF (section 4.4.1). A server that has answered one with a CRLF and does not
 *            answer the next within ten seconds is gone, and the connection with it; one that keeps
 *            a flow must answer the first, too */
#ifndef ACCOUNT_KEEPER_H
#define ACCOUNT_KEEPER_H

#include "account/account.h"

/* A REGISTER made or renewed the account's binding on its path. */
void keeper_registered(struct engine *engine, const struct account *account,
                       const struct keep_answer *keep, hf_time now);

/* Its timer is due. */
void keeper_expire(struct engine *engine, struct timer *timer, hf_time now);

/* The pong came. */
void keeper_ponged(struct path *path);

/* STUN came on the path. False: it is no answer to our last request. */
bool keeper_receive(struct engine *engine, struct path *path, struct hf_slice bytes, hf_time now);

#endif
