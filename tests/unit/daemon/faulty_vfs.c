#include "faulty_vfs.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

struct faulty_vfs faulty_vfs = {.writes_left = -1};

/* The real file lies behind it. */
struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real;
};

static sqlite3_vfs *real_vfs, vfs;
static sqlite3_io_methods methods;

static bool fails(void) {
    faulty_vfs.writes++;
    if (faulty_vfs.writes_left < 0)
        return false;
    if (faulty_vfs.writes_left == 0)
        return true;
    faulty_vfs.writes_left--;
    return false;
}

#define REAL(file) (((struct faulty_file *)(file))->real)

static int f_close(sqlite3_file *f) {
    return REAL(f)->pMethods ? REAL(f)->pMethods->xClose(REAL(f)) : SQLITE_OK;
}

static int f_read(sqlite3_file *f, void *to, int len, sqlite3_int64 at) {
    return REAL(f)->pMethods->xRead(REAL(f), to, len, at);
}

static int f_write(sqlite3_file *f, const void *from, int len, sqlite3_int64 at) {
    return fails() ? faulty_vfs.code : REAL(f)->pMethods->xWrite(REAL(f), from, len, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size) {
    return fails() ? faulty_vfs.code : REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int f_sync(sqlite3_file *f, int flags) {
    return fails() ? faulty_vfs.code : REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size) {
    return REAL(f)->pMethods->xFileSize(REAL(f), size);
}

static int f_lock(sqlite3_file *f, int lock) {
    return REAL(f)->pMethods->xLock(REAL(f), lock);
}

static int f_unlock(sqlite3_file *f, int lock) {
    return REAL(f)->pMethods->xUnlock(REAL(f), lock);
}

static int f_reserved(sqlite3_file *f, int *ret) {
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), ret);
}

static int f_control(sqlite3_file *f, int op, void *arg) {
    return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}

static int f_sector(sqlite3_file *f) {
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int f_device(sqlite3_file *f) {
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret) {
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, ret);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
    return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f) {
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int f_shm_unmap(sqlite3_file *f, int delete_flag) {
    return REAL(f)->pMethods->xShmUnmap(REAL(f), delete_flag);
}

static int f_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
    struct faulty_file *file = (struct faulty_file *)f;

    (void)v;
    file->real = (sqlite3_file *)(file + 1);
    memset(file->real, 0, (size_t)real_vfs->szOsFile);
    file->base.pMethods = &methods;
    return real_vfs->xOpen(real_vfs, name, file->real, flags, out);
}

void faulty_vfs_install(void) {
    static const sqlite3_io_methods template = {
        .iVersion = 2,
        .xClose = f_close,
        .xRead = f_read,
        .xWrite = f_write,
        .xTruncate = f_truncate,
        .xSync = f_sync,
        .xFileSize = f_size,
        .xLock = f_lock,
        .xUnlock = f_unlock,
        .xCheckReservedLock = f_reserved,
        .xFileControl = f_control,
        .xSectorSize = f_sector,
        .xDeviceCharacteristics = f_device,
        .xShmMap = f_shm_map,
        .xShmLock = f_shm_lock,
        .xShmBarrier = f_shm_barrier,
        .xShmUnmap = f_shm_unmap,
    };

    methods = template;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "faulty";
    vfs.pNext = NULL;
    vfs.xOpen = f_open;
    vfs.szOsFile = (int)sizeof(struct faulty_file) + real_vfs->szOsFile;
    sqlite3_vfs_register(&vfs, 1);
}
