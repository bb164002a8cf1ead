/* Where the control socket is, and whether somebody answers there. */
#ifndef DAEMON_CONTROL_SOCKET_H
#define DAEMON_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

enum { CONTROL_PATH_MAX = 108 }; /* sun_path, with its NUL */

/* Where packaging/systemd/holdfast.service puts it. */
#define CONTROL_SOCKET_OF_SERVICE "/run/holdfast/holdfast.sock"

/* $XDG_RUNTIME_DIR/holdfast.sock, or /run/holdfast.sock. HF_ERROR_LIMIT when that is too long. */
int control_socket_default(char path[CONTROL_PATH_MAX]);

/* Connects, blocking. Returns the socket or a negative errno. */
int control_socket_connect(const char *path);

enum control_socket_state {
    CONTROL_SOCKET_FREE,     /* nothing there, or a stale socket that is removed now */
    CONTROL_SOCKET_ANSWERED, /* another instance runs */
    CONTROL_SOCKET_BLOCKED,  /* something else is there, or it cannot be reached: see errno */
};

/* Makes room for a socket of our own: removes a socket that nobody listens on, and nothing else. */
enum control_socket_state control_socket_claim(const char *path);

#endif
