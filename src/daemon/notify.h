/* Tells the service manager what this process does (sd_notify(3)), without its library: one
 * datagram to the socket that $NOTIFY_SOCKET names. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* "READY=1", "STOPPING=1", …; does nothing when nobody asked to be told. */
void notify_service_manager(const char *state);

#endif
