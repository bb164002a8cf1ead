#include "net/tls_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_system(const char *path) {
    return !path || path[0] == '\0';
}

static uint64_t stamp_of(const struct hash_key *key, const char *path) {
    struct stat about;
    struct {
        uint64_t device, file, size, seconds, nanoseconds;
    } seen = {0};

    if (stat(path, &about) == 0) {
        seen.device = about.st_dev;
        seen.file = about.st_ino;
        seen.size = (uint64_t)about.st_size;
        seen.seconds = (uint64_t)about.st_mtim.tv_sec;
        seen.nanoseconds = (uint64_t)about.st_mtim.tv_nsec;
    }
    return hash_bytes(key, &seen, sizeof seen);
}

/* Not the links that c_rehash makes, nor a key that lies beside. */
static bool is_certificate_name(const char *name) {
    const char *dot = strrchr(name, '.');

    return dot && name[0] != '.' &&
           (strcmp(dot, ".pem") == 0 || strcmp(dot, ".crt") == 0 || strcmp(dot, ".cer") == 0);
}

/* The next certificate file of a folder, with its path; false at the end. */
static bool next_file(DIR *folder, const char *path, char file[PATH_MAX]) {
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (is_certificate_name(entry->d_name) &&
            snprintf(file, PATH_MAX, "%s/%s", path, entry->d_name) < PATH_MAX)
            return true;
    }
    return false;
}

uint64_t tls_files_stamp(const struct hash_key *key, const char *path) {
    char file[PATH_MAX];

    if (is_system(path))
        return stamp_of(key, X509_get_default_cert_file()) ^
               stamp_of(key, X509_get_default_cert_dir());
    uint64_t stamp = stamp_of(key, path);
    DIR *folder = opendir(path);

    while (folder && next_file(folder, path, file))
        stamp += stamp_of(key, file); /* in whatever order the folder gives them */
    if (folder)
        closedir(folder);
    return stamp;
}

static void explain(struct writer *why, const char *path) {
    unsigned long error = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(error);

    writer_put_literal(why, "cannot read ");
    writer_put_slice(why, slice_from(path));
    writer_put_literal(why, ": ");
    if (access(path, R_OK))
        writer_put_slice(why, slice_from(strerror(errno)));
    else if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE)
        writer_put_literal(why, "there is nothing in PEM in it");
    else
        writer_put_slice(why, slice_from(text ? text : "it is not in PEM"));
    ERR_clear_error();
}

static bool load_folder(X509_STORE *store, const char *path, DIR *folder) {
    char file[PATH_MAX];
    unsigned count = 0;

    while (next_file(folder, path, file))
        count += X509_STORE_load_file(store, file) == 1;
    ERR_clear_error(); /* what is no certificate does not hurt those that are */
    return count > 0;
}

static bool load(X509_STORE *store, const char *path, struct writer *why) {
    if (is_system(path)) {
        if (X509_STORE_set_default_paths(store) == 1)
            return true;
        explain(why, X509_get_default_cert_dir());
        return false;
    }
    DIR *folder = opendir(path);
    bool good = folder ? load_folder(store, path, folder) : X509_STORE_load_file(store, path) == 1;

    if (folder)
        closedir(folder);
    if (!good)
        explain(why, path);
    return good;
}

X509_STORE *tls_files_trust(const char *path, struct writer *why) {
    X509_STORE *store = X509_STORE_new();

    ERR_clear_error();
    if (store && load(store, path, why))
        return store;
    X509_STORE_free(store);
    return NULL;
}

bool tls_files_identify(SSL_CTX *context, const char *certificate, const char *key,
                        struct writer *why) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
        explain(why, certificate);
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1)
        return true;
    if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
        writer_put_literal(why, "the key in ");
        writer_put_slice(why, slice_from(key));
        writer_put_literal(why, " is not that of the certificate in ");
        writer_put_slice(why, slice_from(certificate));
        ERR_clear_error();
    } else {
        explain(why, key);
    }
    return false;
}
