#include "net/local_address.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/address.h"
#include "net/socket_address.h"

/* A socket can be bound to what the machine has, and to nothing else. */
static bool can_be_bound(const struct hf_address *address) {
    union socket_address where;
    socklen_t len = socket_address_from(&where, address);
    int fd = len > 0 ? socket(where.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

    if (fd < 0)
        return true;
    bool gone = bind(fd, &where.any, len) != 0 && (errno == EADDRNOTAVAIL || errno == ENODEV);

    close(fd);
    return !gone;
}

bool local_addresses_have(struct local_addresses *addresses, const struct hf_address *address) {
    struct hf_address wanted = *address;

    wanted.port = 0;
    if (addresses->last.family == HF_FAMILY_NONE || !address_equal(&addresses->last, &wanted)) {
        addresses->last = wanted;
        addresses->is_ours = can_be_bound(&wanted);
    }
    return addresses->is_ours;
}

void local_address_describe(char *text, size_t size, const struct hf_address *address,
                            bool is_gone) {
    char host_text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(host_text, sizeof host_text);
    struct hf_address host = *address;

    host.port = 0;
    address_write(&w, &host);
    (void)writer_terminate(&w);
    snprintf(text, size,
             is_gone ? "the address %s is gone"
                     : "this machine sends to it from another address than %s now",
             host_text);
}
