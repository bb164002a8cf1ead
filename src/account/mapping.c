#include "account/mapping.h"

#include "account/discovery.h"
#include "account/internal.h"
#include "base/address.h"
#include "sip/uri.h"

/* Accounts that share a path do not all register in the same moment. Where the place changes again
 * and again (a server that tells of another one each time), they do it ever more rarely. */
static const hf_time spread = 2 * HF_SECOND, restless_span = 10 * 60 * HF_SECOND,
                     restless_wait = 15 * HF_SECOND;
/* Whether a stray Contact is gone, and whether there is another, is seen in the next 200, which is
 * not to be a day away; nor soon where the server never removes any. */
static const hf_time stray_wait = 2 * HF_SECOND, futile_stray_wait = 15 * 60 * HF_SECOND;
enum { RESTLESS_MAX = 7 };

bool mapping_is_told(const struct hf_settings *settings) {
    const int traversal = settings_word(settings, SETTING_NAT_TRAVERSAL, 0);

    return traversal == NAT_STUN || traversal == NAT_AUTO ||
           settings_bool(settings, SETTING_NAT_REWRITE_CONTACT, 0) ||
           settings_word(settings, SETTING_CONTACT_ADDRESS, 0) == CONTACT_WAN;
}

struct hf_address mapping_contact(const struct hf_settings *settings, const struct path *path,
                                  uint8_t shown) {
    const bool is_last_but_one = (uint8_t)(shown + 1) == path->shown_count;

    if (path->shown_count == 0 && !path_is_stream(path))
        return path->local; /* the same */
    if (!mapping_is_told(settings))
        return path->local;
    return path->shown[(is_last_but_one ? shown : path->shown_count) % 2];
}

struct hf_address mapping_sent_by(const struct hf_settings *settings, const struct path *path,
                                  uint8_t shown) {
    return path->discovery && discovery_is_wanted(settings) && !path_is_stream(path)
               ? mapping_contact(settings, path, shown)
               : path->local;
}

struct hf_address mapping_former(const struct account *account, const struct path *path,
                                 uint8_t shown) {
    const struct binding *binding = &account->binding;
    const bool is_last_but_one = (uint8_t)(binding->shown + 1) == path->shown_count;

    if (binding->path != path || binding->shown == shown || !is_last_but_one ||
        !mapping_is_told(account->settings))
        return (struct hf_address){0};
    return path->shown[binding->shown % 2];
}

/* Where the answer says that our request came from. Without rport it does not tell the port: that
 * is the one that we knew, or the one in our Via if the address is another. False: it says nothing.
 */
static bool read_place(const struct via *via, const struct hf_address *known,
                       struct hf_address *ret) {
    if ((via->received.len == 0 && via->rport == 0) ||
        !address_parse(via->received.len > 0 ? via->received : via->host, ret))
        return false;
    if (via->rport != 0)
        ret->port = via->rport;
    else
        ret->port = address_same_host(ret, known) ? known->port : via->port;
    return ret->port != 0;
}

static hf_time wait_of(const struct path *path) {
    return path->restless > 0 ? restless_wait << path->restless : 0;
}

static void register_by(struct engine *engine, struct account *account, hf_time at) {
    if (at >= account->next_attempt_at)
        return;
    account->next_attempt_at = at;
    account_rearm(engine, account);
}

/* Those that are at it, or wait after a failure, need not be told. */
static void register_all(struct engine *engine, const struct path *path, enum journal_what why,
                         hf_time now) {
    for (struct list_node *n = path->accounts.next; n != &path->accounts; n = n->next) {
        struct account *account = CONTAINER_OF(n, struct account, on_path);

        if (account->attempt || account->failures > 0 || account->intent != INTENT_REGISTERED)
            continue;
        journal_note(&account->journal, why, 0, now);
        register_by(engine, account,
                    now + wait_of(path) + (hf_time)random_below(&engine->random, spread));
    }
}

void mapping_note_place(struct engine *engine, struct path *path, const struct hf_address *place,
                        hf_time now) {
    if (address_equal(place, &path->shown[path->shown_count % 2]))
        return;
    if (path->shown_count <= 1 || now - path->shown_at >= restless_span) /* once was to learn it */
        path->restless = 0;
    else if (path->restless < RESTLESS_MAX)
        path->restless++;
    path->shown_at = now;
    path->shown_count++;
    path->shown[path->shown_count % 2] = *place;
    register_all(engine, path, JOURNAL_MAPPING_CHANGED, now);
}

void mapping_moved(struct engine *engine, struct path *path, hf_time now) {
    register_all(engine, path, JOURNAL_MAPPING_CHANGED, now);
}

void mapping_doubt(struct engine *engine, struct path *path, hf_time now) {
    register_all(engine, path, JOURNAL_FLOW_SILENT, now);
}

void mapping_note(struct engine *engine, struct path *path, const struct via *via, hf_time now) {
    struct hf_address place;

    if (read_place(via, &path->shown[path->shown_count % 2], &place))
        mapping_note_place(engine, path, &place, now);
}

void mapping_settle(struct account *account, hf_time now) {
    struct binding *binding = &account->binding;
    const hf_time at = now + wait_of(binding->path);

    if (binding->shown == binding->path->shown_count)
        return;
    if (!mapping_is_told(account->settings))
        binding->shown = binding->path->shown_count;
    else if (at < account->next_attempt_at)
        account->next_attempt_at = at;
}

static bool has_address(struct hf_slice contact, struct hf_address *ret) {
    struct sip_uri uri;

    if (!uri_parse(contact, &uri) || !address_parse(uri.host, ret))
        return false;
    ret->port = uri.port;
    return true;
}

/* Each connection from another port has had a Contact of its own, and that of one whose answer did
 * not come is still there. Only those of this host are ours for certain. */
static bool is_of_a_former_connection(const struct account *account, struct hf_slice stray) {
    const struct path *path = account->binding.path;
    struct hf_address host;

    return path_is_stream(path) && has_address(stray, &host) &&
           address_same_host(&host, &path->local);
}

/* One server has addresses of both families: what it was asked over the other one, without an
 * answer that came, is still there as well. */
static bool is_of_the_other_family(const struct account *account, struct hf_slice stray) {
    struct hf_address address;

    return has_address(stray, &address) && address.family != account->binding.path->local.family;
}

/* What is being removed alone needs no more. */
static bool is_going(const struct account *account, const struct strays *strays) {
    const struct attempt *removal = account->removal;
    struct hf_address address;

    if (strays->count != 1 || !removal)
        return false;
    if (path_is_stream(account->binding.path))
        return slice_equal(slice_from(removal->contact), strays->first);
    return has_address(strays->first, &address) && address_equal(&address, &removal->former.local);
}

void mapping_clear_strays(struct engine *engine, struct account *account,
                          const struct strays *strays, hf_time now) {
    const struct binding *binding = &account->binding;
    const struct attempt_clearing clearing = {.contact = strays->first,
                                              .in_background = true,
                                              .hop = binding->hop,
                                              .target = binding->target,
                                              .endpoint = binding->endpoint,
                                              .local = binding->path->local,
                                              .ends_at = binding->ends_at};
    const bool futile = account->strays > 0 && strays->count >= account->strays;

    account->strays = strays->count < UINT8_MAX ? (uint8_t)strays->count : UINT8_MAX;
    if (strays->count == 0 || strays->first.len >= CONTACT_URI_MAX ||
        !(mapping_is_told(account->settings) || is_of_the_other_family(account, strays->first) ||
          is_of_a_former_connection(account, strays->first)) ||
        is_going(account, strays) || users_next_twin(&engine->users, account, NULL))
        return;
    register_by(engine, account, now + (futile ? futile_stray_wait : stray_wait));
    if (!account->removal)
        (void)attempt_begin_clearing(engine, account, &clearing, now);
}
