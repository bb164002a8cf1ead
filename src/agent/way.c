#include "account/way.h"
#include "account/internal.h"
#include "agent/internal.h"
#include "holdfast/request.h"

static struct hf_slice write_route(struct writer *w, const struct way *way, const struct hop *hop) {
    const struct account *leg = way->leg;
    const struct exchange_place place =
        way->bound ? binding_place(leg, hop)
                   : hop_place(hop, leg->settings, way->target.transport, &way->target.address);
    const char *start = w->at;

    route_values_write(w, &place);
    return slice_of(start, (size_t)(w->at - start));
}

/* A GRUU leads here from everywhere (RFC 5627 section 4.4.1). Without one a flow says `ob`: what
 * belongs to a dialog is to come back the way that its first request took (RFC 5626 section 4.3).
 */
static struct hf_slice write_contact(struct writer *w, const struct way *way) {
    const struct binding *binding = &way->leg->binding;
    const struct hf_slice gruu = gruus_contact(binding->gruus);
    const char *start = w->at;

    if (gruu.len > 0)
        return gruu;
    (void)agent_contact(w, way->leg, binding->path, way->target.transport);
    if (binding->outbound)
        writer_put_literal(w, ";ob");
    return slice_of(start, (size_t)(w->at - start));
}

int hf_agent_request_way(struct hf_agent *agent, hf_account_id id, struct hf_request_way *ret,
                         hf_time now) {
    struct writer w = writer_of(agent->way, sizeof agent->way);
    struct account *account = account_find(&agent->engine, id);
    struct way way;
    struct hop hop;

    if (!account)
        return HF_ERROR_UNKNOWN;
    if (!way_of_requests(&agent->engine, account, &way, now) ||
        !hop_get(way.leg->settings, way.hop, &hop))
        return HF_ERROR_STATE;
    *ret = (struct hf_request_way){
        .registered = way.bound, .target = way.target.address, .transport = way.target.transport};
    ret->server = agent_hop_name(&w, way.leg->settings, way.hop);
    ret->route = write_route(&w, &way, &hop);
    if (!way.bound)
        return 0;
    if (way.leg->binding.path->state == PATH_OPEN)
        ret->path = way.leg->binding.path->id;
    ret->contact = write_contact(&w, &way);
    return 0;
}
