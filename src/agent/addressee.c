#include "agent/addressee.h"

#include "account/known.h"
#include "base/address.h"

static struct account *account_on(const struct path *path) {
    struct list_node *first = path ? list_first(&path->accounts) : NULL;

    return first ? CONTAINER_OF(first, struct account, on_path) : NULL;
}

struct addressee addressee_of(const struct engine *engine, const struct sip_message *request,
                              hf_path_id id, const struct hf_address *from) {
    const struct path *path = paths_find(&engine->paths, id);
    struct account *account;
    struct sip_uri uri;
    bool names_user = uri_parse(request->request_uri, &uri) &&
                      (uri.scheme == URI_SIP || uri.scheme == URI_SIPS) && uri.user.ptr;

    account = names_user ? users_find(&engine->users, &uri) : account_on(path);
    bool known = account ? account_knows(engine, account, from)
                         : path && address_same_host(&path->key.remote, from);

    return (struct addressee){
        .is_nobody = names_user && !account,
        .from_stranger = !known,
        .is_guarded =
            !known && account && settings_bool(account->settings, SETTING_ACCEPT_SERVER_ONLY, 0),
    };
}
