/* The static DNS records of an account's settings, as a walk reads them (target/static_records.h).
 */
#ifndef ACCOUNT_STATIC_DNS_H
#define ACCOUNT_STATIC_DNS_H

#include "settings/settings.h"
#include "target/static_records.h"

/* Good as long as the settings are. */
struct static_records static_dns_of(const struct hf_settings *settings);

#endif
