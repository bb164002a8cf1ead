/* Tells the service manager what this process does (sd_notify(3)), without its library: one
 * datagram to the socket that $NOTIFY_SOCKET names. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* "READY=1", "STOPPING=1", …; does nothing when nobody asked to be told. */
void notify_service_manager(const char *state);

/* Whether anybody asked. */
bool notify_is_wanted(void);

/* The files are being read again; READY=1 is to follow. */
void notify_reloading(void);

/* How long the service manager waits for "WATCHDOG=1" (sd_watchdog_enabled(3)); 0: it does not. */
uint64_t notify_watchdog_milliseconds(void);

#endif
