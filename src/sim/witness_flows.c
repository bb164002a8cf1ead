/* What the witness says of flows (RFC 5626). */
#include "sim/witness_internal.h"
#include "sip/name_addr.h"

/* A removal that is under way lasts no longer (Timer F), and is not taken back. */
static const hf_time removal_span = 32 * HF_SECOND;

static bool was_bound(const struct seen_leg *leg, hf_time now) {
    return leg->bound == SEEN_BOUND ||
           (leg->unbound_at > 0 && now <= leg->unbound_at + removal_span);
}

/* As account/standby.h has it. A flow never stands by, nor does a registration that is alone; who
 * gives its binding up may lose the one that it stands by for before it is done. */
bool witness_may_stand_by(const struct seen_account *account, const struct seen_leg *leg,
                          hf_time now) {
    if (!account->rules.flows || !account->rules.concurrent || leg->last.reg_id != 0)
        return false;
    for (int i = 0; i < WITNESS_LEGS; i++)
        if (&account->legs[i] != leg && was_bound(&account->legs[i], now))
            return true;
    return false;
}

static hf_time upper_bound(hf_time base, unsigned failures) {
    static const hf_time longest = 1800 * HF_SECOND;

    for (unsigned i = 0; i < failures && base < longest; i++)
        base *= 2;
    return base < longest ? base : longest;
}

/* Section 4.5: half to all of it at random; longer where other flows are left. */
void witness_flow_waits(const struct witness_rules *rules, unsigned failures, hf_time *min,
                        hf_time *max) {
    *min = upper_bound(30 * HF_SECOND, failures) / 2;
    *max = upper_bound((rules->concurrent ? 90 : 30) * HF_SECOND, failures);
}

void witness_check_flow(struct witness *witness, uint32_t index, const struct sip_message *message,
                        hf_time now) {
    const struct witness_rules *rules = &witness_account(witness, index)->rules;
    struct contact contact;

    if (!contact_parse(sip_value(message, SIP_HEADER_CONTACT), &contact) || contact.star ||
        contact.reg_id == 0)
        return;
    if (!rules->flows)
        witness_object(witness, WITNESS_FLOW, index, now, "reg-id %u, but nobody wants flows",
                       contact.reg_id);
    if (contact.instance.len == 0)
        witness_object(witness, WITNESS_FLOW, index, now, "reg-id %u without an instance",
                       contact.reg_id);
    if (!sip_has_option(message, SIP_HEADER_SUPPORTED, SLICE("outbound")))
        witness_object(witness, WITNESS_FLOW, index, now, "reg-id %u, but no support for outbound",
                       contact.reg_id);
}

void witness_look_at_flow(struct witness *witness, uint32_t index,
                          const struct hf_account_status *status, hf_time now) {
    const struct seen_account *account = witness_account(witness, index);

    for (unsigned i = 0; status->reg_id != 0 && i < WITNESS_LEGS && i < status->legs; i++)
        if (i != status->leg && account->legs[i].looked &&
            account->legs[i].last.reg_id == status->reg_id)
            witness_object(witness, WITNESS_FLOW, index, now, "two registrations are flow %u",
                           status->reg_id);
}
