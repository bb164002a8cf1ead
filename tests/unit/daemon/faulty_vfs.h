/* SQLite's way to the disk, with writes that fail when a test says so. */
#ifndef TEST_FAULTY_VFS_H
#define TEST_FAULTY_VFS_H

struct faulty_vfs {
    long writes_left; /* that many writes, syncs and cuts go well; -1: all */
    int code;         /* what the others give */
    long writes;      /* made so far */
};

extern struct faulty_vfs faulty_vfs;

/* From now on every database is opened through it. */
void faulty_vfs_install(void);

#endif
