/* What a registrar forgets or changes while it runs, and when it is restarted. */
#include <stdlib.h>
#include <string.h>

#include "registrar/internal.h"

void registrar_forget_nonces(struct registrar *registrar) {
    const struct hash_key old = registrar->nonce_key;

    for (uint64_t i = 0; i < 2; i++)
        registrar->nonce_key.k[i] = hash_bytes(&old, &i, sizeof i);
}

void registrar_restart(struct registrar *registrar, bool forget) {
    server_transactions_clear(&registrar->servers);
    if (!forget)
        return;
    registrar_forget_bindings(registrar);
    registrar_forget_nonces(registrar);
}

int registrar_set_realm(struct registrar *registrar, struct hf_slice realm) {
    char *copy = strndup(realm.len > 0 ? realm.ptr : "", realm.len);

    if (!copy)
        return HF_ERROR_MEMORY;
    free(registrar->realm);
    registrar->realm = copy;
    return 0;
}
