/* The instance of an account that names none of its own (RFC 5626 section 4.1): the same after
 * every restart of this machine, another on another machine. */
#ifndef DAEMON_INSTANCE_H
#define DAEMON_INSTANCE_H

#include "base/slice.h"
#include "holdfast/settings.h"

enum { INSTANCE_URN_MAX = 48 };

/* "urn:uuid:..." out of who the machine is and what the account is called. */
void instance_urn(struct hf_slice machine, struct hf_slice account, char urn[INSTANCE_URN_MAX]);

/* One out of chance (version 4, RFC 9562 section 5.4), for a machine that does not say who it is
 * but has a place to keep it. */
void instance_random_urn(char urn[INSTANCE_URN_MAX]);

/* Whether the settings want an instance and name none. */
bool instance_is_wanted(const struct hf_settings *settings);

/* Gives the settings an instance where they want one and have none. `machine` empty: the machine
 * does not say who it is, and nothing is done. HF_ERROR_MEMORY. */
int instance_supply(struct hf_settings *settings, struct hf_slice machine, struct hf_slice account);

/* What systemd's machine-id file says, or nothing; *buffer holds it. */
struct hf_slice instance_machine(char *buffer, size_t size);

#endif
