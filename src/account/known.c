#include "account/known.h"

#include "account/attempt.h"
#include "account/legs.h"
#include "base/address.h"

static bool is_now_at(const struct account *account, const struct hf_address *from) {
    const struct attempt *attempt = account->attempt;

    return (account->binding.path && address_same_host(&account->binding.target.address, from)) ||
           (attempt && attempt->path && address_same_host(&attempt->target.address, from));
}

static bool leg_knows(const struct engine *engine, const struct account *account,
                      const struct hf_address *from) {
    struct hf_address server;
    struct hop hop;

    if (is_now_at(account, from))
        return true;
    for (unsigned i = 0; hop_get(account->settings, i, &hop); i++) {
        const struct next_hop next = hop_next(&hop, account->settings);

        if (locate_leads_to(&engine->names, &next, from))
            return true;
        /* A server behind a proxy may speak to us directly. */
        if (hop.proxy >= 0 && address_parse(hop.server_host, &server) &&
            address_same_host(&server, from))
            return true;
    }
    return false;
}

bool account_knows(const struct engine *engine, struct account *account,
                   const struct hf_address *from) {
    for (unsigned i = 0; i < legs_count(account); i++)
        if (leg_knows(engine, legs_get(account, i), from))
            return true;
    return false;
}
