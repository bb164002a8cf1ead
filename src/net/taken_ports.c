#include "net/taken_ports.h"

#include <stdio.h>

bool taken_port_note(struct taken_ports *taken, const char *transport, uint16_t wanted,
                     uint16_t got, char *text, size_t size) {
    for (unsigned i = 0; i < taken->count; i++)
        if (taken->ports[i] == wanted)
            return false;
    if (taken->count == TAKEN_PORTS_MAX)
        return false;
    taken->ports[taken->count++] = wanted;
    snprintf(text, size, "local %s port %u is taken: using others, %u at first", transport, wanted,
             got);
    return true;
}
