#include "daemon/control_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "holdfast/types.h"

int control_socket_default(char path[CONTROL_PATH_MAX]) {
    const char *folder = getenv("XDG_RUNTIME_DIR");
    int len;

    if (!folder || folder[0] != '/')
        folder = "/run";
    len = snprintf(path, CONTROL_PATH_MAX, "%s/holdfast.sock", folder);
    return len < CONTROL_PATH_MAX ? 0 : HF_ERROR_LIMIT;
}

int control_socket_connect(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, error;

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    error = errno;
    close(fd);
    return -error;
}

enum control_socket_state control_socket_claim(const char *path) {
    struct stat info;
    int fd;

    if (lstat(path, &info) != 0)
        return errno == ENOENT ? CONTROL_SOCKET_FREE : CONTROL_SOCKET_BLOCKED;
    if (!S_ISSOCK(info.st_mode)) {
        errno = EEXIST;
        return CONTROL_SOCKET_BLOCKED;
    }
    fd = control_socket_connect(path);
    if (fd >= 0) {
        close(fd);
        return CONTROL_SOCKET_ANSWERED;
    }
    if (fd != -ECONNREFUSED) {
        /* A full backlog means that somebody is there. */
        errno = -fd;
        return errno == EAGAIN ? CONTROL_SOCKET_ANSWERED : CONTROL_SOCKET_BLOCKED;
    }
    return unlink(path) == 0 ? CONTROL_SOCKET_FREE : CONTROL_SOCKET_BLOCKED;
}
