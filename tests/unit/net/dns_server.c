#include "dns_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static const char knotd[] = "/usr/sbin/knotd";

/* "refused.example" is no zone of its: such questions are refused. "broken.test" has no file. */
static const char config[] = "server:\n"
                             "    rundir: \"%s\"\n"
                             "    listen: [ %s@5353%s%s ]\n"
                             "    udp-workers: 1\n"
                             "    tcp-workers: 1\n"
                             "    background-workers: 1\n"
                             "database:\n"
                             "    storage: \"%s\"\n"
                             "    journal-db-max-size: 4M\n"
                             "template:\n"
                             "  - id: default\n"
                             "    storage: \"%s\"\n"
                             "    file: \"zone\"\n"
                             "    zonefile-sync: -1\n"
                             "    journal-content: none\n"
                             "    semantic-checks: off\n"
                             "zone:\n"
                             "  - domain: phones.test\n"
                             "  - domain: phones.home.arpa\n"
                             "  - domain: broken.test\n"
                             "    file: \"nothing\"\n";

static const char zone[] = "$TTL 30\n"
                           "@           SOA   ns root 1 3600 600 86400 7\n"
                           "@           NS    ns\n"
                           "@           NAPTR 10 20 \"s\" \"SIP+D2U\" \"\" _sip._udp\n"
                           "ns          A     127.38.0.53\n"
                           "_sip._udp   SRV   10 60 5070 pbx\n"
                           "_sip._udp   SRV   20 40 5060 pbx2\n"
                           "_sip._tcp   SRV   0 0 0 .\n"
                           "pbx      3  A     127.38.0.11\n"
                           "pbx2     90 A     127.38.0.12\n"
                           "pbx2     90 A     127.38.0.13\n"
                           "pbx         AAAA  2001:db8::11\n"
                           "alias       CNAME pbx2\n"
                           "short    5  CNAME pbx2\n"
                           "zero     0  A     127.38.0.14\n"
                           "*.many      A     127.38.0.15\n"
                           "late1       A     127.38.0.21\n"
                           "late2       A     127.38.0.22\n";

bool dns_server_exists(void) {
    return access(knotd, X_OK) == 0;
}

static bool write_file(const char *folder, const char *name, const char *text) {
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    return file && fputs(text, file) >= 0 && fclose(file) == 0;
}

static bool write_zone(const char *folder) {
    char path[128];

    snprintf(path, sizeof path, "%s/zone", folder);
    FILE *file = fopen(path, "w");

    if (!file)
        return false;
    fputs(zone, file);
    for (int i = 1; i <= DNS_SERVER_BIG; i++)
        fprintf(file, "_sip._udp.big SRV %d 1 5060 pbx\n", i);
    return fclose(file) == 0;
}

/* Asks for the SOA of "phones.test" once. */
static bool answers(const char *host) {
    static const char question[] = "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                   "\x06phones\x04test\x00\x00\x06\x00\x01";
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5353)};
    struct timeval patience = {.tv_usec = 50000};
    char answer[512];
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = inet_addr(host);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bool ok = connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
              send(fd, question, sizeof question - 1, 0) > 0 &&
              recv(fd, answer, sizeof answer, 0) > 12 && (answer[3] & 15) == 0;

    close(fd);
    return ok;
}

static void run(const char *folder) {
    char path[128];
    int null = open("/dev/null", O_RDWR);

    snprintf(path, sizeof path, "%s/config", folder);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    execl(knotd, knotd, "-c", path, (char *)NULL);
    _exit(127);
}

bool dns_server_start(struct dns_server *server) {
    char text[sizeof config + 3 * sizeof server->folder + 2 * sizeof server->host];
    bool root = geteuid() == 0; /* port 53, the default, is for him alone */
    unsigned own = (unsigned)getpid();

    snprintf(server->host, sizeof server->host, "127.38.%u.%u", own >> 8 & 255, own & 255);
    snprintf(server->at, sizeof server->at, "%s:5353", server->host);

    snprintf(server->folder, sizeof server->folder, "/tmp/holdfast-dns-%d", (int)getpid());
    if (mkdir(server->folder, 0700))
        return false;
    snprintf(text, sizeof text, config, server->folder, server->host, root ? ", " : "",
             root ? server->host : "", server->folder, server->folder);
    if (!write_file(server->folder, "config", text) || !write_zone(server->folder))
        return false;
    server->pid = fork();
    if (server->pid == 0)
        run(server->folder);
    for (int i = 0; i < 200 && server->pid > 0; i++) {
        if (waitpid(server->pid, NULL, WNOHANG) != 0) {
            server->pid = 0;
            return false;
        }
        if (answers(server->host))
            return true;
        usleep(25000);
    }
    return false;
}

void dns_server_freeze(const struct dns_server *server) {
    kill(server->pid, SIGSTOP);
}

void dns_server_thaw(const struct dns_server *server) {
    kill(server->pid, SIGCONT);
}

void dns_server_stop(struct dns_server *server) {
    char command[128];

    if (server->pid > 0) {
        kill(server->pid, SIGCONT);
        kill(server->pid, SIGTERM);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
    snprintf(command, sizeof command, "rm -rf '%s'", server->folder);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", server->folder);
}
