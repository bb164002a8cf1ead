/* The local ports that were wanted, but that somebody else had, where another one did as well: each
 * is told of once. */
#ifndef NET_TAKEN_PORTS_H
#define NET_TAKEN_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAKEN_PORTS_MAX = 32, TAKEN_PORT_TEXT_MAX = 120 };

struct taken_ports {
    unsigned count;
    uint16_t ports[TAKEN_PORTS_MAX];
};

/* True: the text is to be told. */
bool taken_port_note(struct taken_ports *taken, const char *transport, uint16_t wanted,
                     uint16_t got, char *text, size_t size);

#endif
