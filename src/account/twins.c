#include "account/twins.h"

#include "account/internal.h"
#include "base/address.h"

static bool is_same_server(const struct account *account, const struct account *twin) {
    struct hop one, two;

    return hop_get(account->settings, account->binding.hop, &one) &&
           hop_get(twin->settings, twin->binding.hop, &two) &&
           slice_equal_nocase(one.server_host, two.server_host);
}

bool twin_is_coming(const struct engine *engine, const struct account *account) {
    struct account *twin = NULL;

    while ((twin = users_next_twin(&engine->users, account, twin)) != NULL)
        if (twin->intent == INTENT_REGISTERED && !twin->binding.path &&
            twin->state != HF_STATE_REJECTED)
            return true;
    return false;
}

void twin_has_come(struct engine *engine, const struct account *account, hf_time now) {
    struct account *next = users_next_twin(&engine->users, account, NULL);

    for (struct account *twin; (twin = next) != NULL;) {
        next = users_next_twin(&engine->users, account, twin);
        if (twin->intent == INTENT_GONE)
            account_remove_now(engine, twin, now);
    }
}

hf_time twin_bound_until(const struct engine *engine, const struct account *account,
                         const struct hf_address *contact, enum hf_transport transport) {
    struct account *twin = NULL;

    while ((twin = users_next_twin(&engine->users, account, twin)) != NULL) {
        const struct binding *binding = &twin->binding;

        if (!binding->path || binding->target.transport != transport)
            continue;
        const struct hf_address at = mapping_contact(twin->settings, binding->path, binding->shown);

        if (address_equal(&at, contact))
            return binding->ends_at;
    }
    return 0;
}

bool twin_replaced_flow(const struct engine *engine, const struct account *account) {
    struct account *twin = NULL;

    while ((twin = users_next_twin(&engine->users, account, twin)) != NULL)
        if (account->binding.outbound && twin->binding.outbound && is_same_server(account, twin))
            return true;
    return false;
}
