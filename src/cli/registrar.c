/* holdfast registrar: the small registrar alone, for trying things out. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "cli/address_text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "daemon/process_limits.h"
#include "daemon/registrar_host.h"
#include "daemon/text.h"
#include "net/clock.h"
#include "net/tls_server.h"

enum option {
    OPTION_USERS,
    OPTION_PREFIX,
    OPTION_OPEN,
    OPTION_REALM,
    OPTION_ALGORITHM,
    OPTION_MIN,
    OPTION_MAX,
    OPTION_LIST,
    OPTION_FLOW_TIMER,
    OPTION_KEEP,
    OPTION_TCP,
    OPTION_TLS,
    OPTION_TLS_KEY,
};

static const struct cli_option options[] = {
    [OPTION_USERS] = {"users", "FILE", "who may register: lines of USER:PASSWORD", 'u'},
    [OPTION_PREFIX] = {"password-prefix", "TEXT",
                       "password of users that are in no file: TEXT and\ntheir name (pw-)", 0},
    [OPTION_OPEN] = {"open", NULL, "ask nobody for a password", 'o'},
    [OPTION_REALM] = {"realm", "NAME", "realm of the challenges (holdfast)", 0},
    [OPTION_ALGORITHM] = {"algorithm", "NAME",
                          "offer MD5, SHA-256, SHA-512-256 or one of them with\n"
                          "-sess; may be given up to three times (MD5)",
                          'a'},
    [OPTION_MIN] = {"min-expires", "SECONDS", "shorter requests are answered with 423 (60)", 0},
    [OPTION_MAX] = {"max-expires", "SECONDS", "longer requests are cut to this (3600)", 0},
    [OPTION_LIST] = {"list", "SECONDS", "print all bindings so often", 'l'},
    [OPTION_FLOW_TIMER] = {"flow-timer", "SECONDS",
                           "tell flows to keep themselves alive so often (RFC 5626)", 0},
    [OPTION_KEEP] = {"keep", "SECONDS",
                     "ask who offers it for keep-alives so often (RFC 6223); 0:\n"
                     "as often as they like",
                     0},
    [OPTION_TCP] = {"tcp", NULL, "listen on TCP too, at the same port", 't'},
    [OPTION_TLS] = {"tls", "FILE",
                    "listen on TLS too, at the next port, and show this\n"
                    "certificate (PEM, with its chain)",
                    0},
    [OPTION_TLS_KEY] = {"tls-key", "FILE", "its key, where that is in another file", 0},
    {0},
};

enum { HOSTS_MAX = 16 };

struct server {
    struct registrar_options options;
    bool prefix_given;
    const char *users;
    bool tcp;
    const char *certificate, *key;
    SSL_CTX *tls;
    unsigned list_seconds;
    struct hf_address locals[HOSTS_MAX];
    struct registrar_host *hosts[HOSTS_MAX];
    size_t host_count;
    uv_loop_t loop;
    uv_signal_t signals[3];
    uv_timer_t list_timer;
};

static void print_binding(const struct registrar_binding *binding, hf_time now) {
    char line[1024];
    struct writer w = writer_of(line, sizeof(line));

    writer_put_literal(&w, "  ");
    text_write_clean(&w, binding->aor);
    writer_put_literal(&w, "  ");
    text_write_clean(&w, binding->contact);
    if (binding->reg_id != 0) {
        writer_put_literal(&w, "  ");
        text_write_clean(&w, binding->instance);
        writer_put_literal(&w, " flow ");
        writer_put_number(&w, binding->reg_id);
    }
    writer_put_literal(&w, "  from ");
    address_write(&w, &binding->received);
    writer_put_literal(&w, "  ends in ");
    text_write_span(&w, binding->ends_at > now ? (binding->ends_at - now) / HF_MILLISECOND : 0);
    if (!w.full)
        printf("%.*s\n", SLICE_ARGS(writer_slice(&w)));
}

static void print_bindings(const struct server *server) {
    for (size_t i = 0; i < server->host_count; i++) {
        const struct registrar *registrar = registrar_host_registrar(server->hosts[i]);
        struct hf_address local = registrar_host_local(server->hosts[i]);
        struct registrar_counters counters;
        struct registrar_binding binding;
        char text[ADDRESS_TEXT_MAX];
        struct writer w = writer_of(text, sizeof(text));
        uint32_t cursor = 0;

        address_write(&w, &local);
        registrar_count(registrar, &counters);
        printf("%.*s: %llu bindings, %llu REGISTER, %llu challenged, %llu refused\n",
               SLICE_ARGS(writer_slice(&w)), (unsigned long long)counters.bindings,
               (unsigned long long)counters.registers, (unsigned long long)counters.challenges,
               (unsigned long long)counters.refused);
        while (registrar_next_binding(registrar, &cursor, &binding))
            print_binding(&binding, net_now());
    }
    fflush(stdout);
}

static void on_list(uv_timer_t *timer) {
    print_bindings(timer->data);
}

static void end(struct server *server) {
    for (size_t i = 0; i < server->host_count; i++)
        registrar_host_close(server->hosts[i]);
    for (int i = 0; i < 3; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_close((uv_handle_t *)&server->list_timer, NULL);
}

static void on_signal(uv_signal_t *signal, int number) {
    if (number == SIGUSR1)
        print_bindings(signal->data);
    else
        end(signal->data);
}

/* "USER:PASSWORD" a line; empty lines and those that begin with '#' do not count. */
static int read_users(const char *path, struct registrar *registrar) {
    FILE *in = fopen(path, "r");
    char line[2048];
    int result = CLI_OK;

    if (!in)
        return cli_failure("cannot read %s: %m", path);
    for (unsigned number = 1; result == CLI_OK && fgets(line, sizeof(line), in); number++) {
        char *colon = strchr(line, ':');

        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        if (!colon || colon == line) {
            fprintf(stderr, "%s:%u: error: this is not USER:PASSWORD\n", path, number);
            result = CLI_FAILED;
            break;
        }
        *colon = '\0';
        if (registrar_add_user(registrar, line, colon + 1) != 0)
            result = cli_failure("out of memory");
    }
    fclose(in);
    return result;
}

static int read_certificate(struct server *server) {
    char text[400];
    struct writer why = writer_of(text, sizeof(text));

    if (!server->certificate)
        return CLI_OK;
    server->tls = tls_server_context(server->certificate,
                                     server->key ? server->key : server->certificate, NULL, &why);
    if (!server->tls)
        return cli_failure("%s", writer_terminate(&why) ? text : "out of memory");
    return CLI_OK;
}

static int open_hosts(struct server *server, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int result;

        net_seed(server->options.seed);
        result = registrar_host_open(&server->loop, &server->locals[i], &server->options,
                                     &server->hosts[i]);
        if (result != 0)
            return cli_failure("cannot listen: %s", strerror(-result));
        server->host_count++;
        result = server->tcp ? registrar_host_open_tcp(server->hosts[i]) : 0;
        if (result == 0 && server->tls)
            result = registrar_host_open_tls(server->hosts[i], server->tls);
        if (result != 0)
            return cli_failure("cannot listen for connections: %s", strerror(-result));
        if (server->users &&
            read_users(server->users, registrar_host_registrar(server->hosts[i])) != CLI_OK)
            return CLI_FAILED;
    }
    return CLI_OK;
}

static int serve(struct server *server, size_t count) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1};
    int result;

    process_allow_many_descriptors();
    if (uv_loop_init(&server->loop) != 0)
        return cli_failure("out of memory");
    for (int i = 0; i < 3; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&server->loop, &server->list_timer);
    server->list_timer.data = server;
    if (server->list_seconds > 0)
        uv_timer_start(&server->list_timer, on_list, server->list_seconds * 1000ULL,
                       server->list_seconds * 1000ULL);
    result = read_certificate(server);
    if (result == CLI_OK)
        result = open_hosts(server, count);
    if (result == CLI_OK)
        print_bindings(server);
    else
        end(server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
    SSL_CTX_free(server->tls);
    return result;
}

static bool read_seconds(const char *text, uint32_t *ret) {
    uint64_t value;

    if (!slice_to_number(slice_from(text), &value) || value == 0 || value > UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool read_keep(const char *text, struct registrar_options *o) {
    o->keeps = true;
    return strcmp(text, "0") == 0 || read_seconds(text, &o->keep_seconds);
}

static bool add_offer(struct registrar_options *o, enum digest_algorithm algorithm) {
    if (algorithm == DIGEST_UNKNOWN || o->offer_count == REGISTRAR_OFFERS_MAX)
        return false;
    o->offers[o->offer_count++] = algorithm;
    return true;
}

static int wrong_value(const struct cli_command *command, const char *value) {
    return cli_usage_error(command, "'%s' is not permitted here", value);
}

static int take_option(const struct cli_command *command, struct server *server, int option,
                       const char *value) {
    struct registrar_options *o = &server->options;
    bool good = true;

    switch ((enum option)option) {
    case OPTION_USERS:
        server->users = value;
        break;
    case OPTION_PREFIX:
        o->password_prefix = value;
        server->prefix_given = true;
        break;
    case OPTION_OPEN:
        o->open = true;
        break;
    case OPTION_REALM:
        o->realm = value;
        break;
    case OPTION_ALGORITHM:
        good = add_offer(o, digest_algorithm_find(slice_from(value)));
        break;
    case OPTION_MIN:
        good = read_seconds(value, &o->expires_min);
        break;
    case OPTION_MAX:
        good = read_seconds(value, &o->expires_max);
        break;
    case OPTION_LIST:
        good = read_seconds(value, &server->list_seconds);
        break;
    case OPTION_FLOW_TIMER:
        good = read_seconds(value, &o->flow_timer);
        break;
    case OPTION_KEEP:
        good = read_keep(value, o);
        break;
    case OPTION_TCP:
        server->tcp = true;
        break;
    case OPTION_TLS:
        server->certificate = value;
        break;
    case OPTION_TLS_KEY:
        server->key = value;
        break;
    }
    return good ? CLI_OK : wrong_value(command, value);
}

static int run(const struct cli_command *command, int argc, char **argv) {
    static struct server server;
    struct cli_arguments arguments;
    size_t count = 0;
    int next, result;

    registrar_options_init(&server.options);
    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next >= 0) {
            result = take_option(command, &server, next, arguments.value);
            if (result != CLI_OK)
                return result;
        } else if (count == HOSTS_MAX ||
                   !cli_read_address(arguments.value, 5060, &server.locals[count])) {
            return wrong_value(command, arguments.value);
        } else {
            count++;
        }
    }
    if (count == 0)
        return cli_usage_error(command, "on which address?");
    /* With a file of users, nobody else is known, unless that is asked for. */
    if (server.users && !server.prefix_given)
        server.options.password_prefix = NULL;
    return serve(&server, count);
}

const struct cli_command cli_registrar = {
    .name = "registrar",
    .operands = "ADDR[:PORT]…",
    .summary = "Run the small registrar alone, for trying things out",
    .details = "Listens on UDP, and on TCP and TLS where asked to, each address with bindings of\n"
               "its own, until SIGTERM or SIGINT.\n"
               "SIGUSR1 prints all bindings. Nothing is kept when it ends.",
    .options = options,
    .run = run,
};
