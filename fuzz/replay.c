/* Feeds every file of a folder to a fuzz target once: its corpus is a test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int replay(const char *folder, const char *name) {
    char path[4096];
    uint8_t *bytes = NULL;
    size_t length = 0;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    in = fopen(path, "rb");
    if (!in || fseek(in, 0, SEEK_END) != 0)
        return -1;
    length = (size_t)ftell(in);
    rewind(in);
    bytes = malloc(length + 1);
    if (!bytes || fread(bytes, 1, length, in) != length)
        return -1;
    fclose(in);
    LLVMFuzzerTestOneInput(bytes, length);
    free(bytes);
    return 0;
}

int main(int argc, char **argv) {
    unsigned count = 0;
    struct dirent *entry;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

    if (!folder) {
        fputs("usage: replay FOLDER\n", stderr);
        return 2;
    }
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        if (replay(argv[1], entry->d_name) != 0) {
            perror(entry->d_name);
            return 1;
        }
        count++;
    }
    closedir(folder);
    printf("%u inputs\n", count);
    return count == 0;
}
