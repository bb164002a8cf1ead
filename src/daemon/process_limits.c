#include "daemon/process_limits.h"

#include <sys/resource.h>
#include <sys/stat.h>

void process_allow_many_descriptors(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

uint64_t process_descriptors(uint64_t *ret_max) {
    struct rlimit limit;
    struct stat folder;

    *ret_max = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
    return stat("/proc/self/fd", &folder) == 0 ? (uint64_t)folder.st_size : 0;
}
