/* holdfast run: the daemon. */
#include <stdlib.h>
#include <string.h>

#include "cli/address_text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "daemon/daemon.h"
#include "daemon/shard.h"

enum option {
    OPTION_CONTROL,
    OPTION_CONTROL_MODE,
    OPTION_SET,
    OPTION_STATE,
    OPTION_DNS,
    OPTION_METRICS,
    OPTION_LOG_LEVEL,
    OPTION_VERBOSE,
    OPTION_QUIET,
    OPTION_LOG_JSON,
    OPTION_TRACE,
    OPTION_STOP,
    OPTION_THREADS,
};

static const struct cli_option options[] = {
    [OPTION_CONTROL] = {"control", "SOCKET",
                        "the control socket\n"
                        "($XDG_RUNTIME_DIR/holdfast.sock or /run/holdfast.sock)",
                        'c'},
    [OPTION_CONTROL_MODE] = {"control-mode", "MODE", "its permissions, octal (0600)", 0},
    [OPTION_SET] = {"set", "KEY=VALUE",
                    "set one setting for all accounts, whatever their\n"
                    "files say; see 'holdfast settings'",
                    's'},
    [OPTION_STATE] = {"state", "FILE",
                      "remember bindings in this file (SQLite), and go on\n"
                      "with them after a restart",
                      0},
    [OPTION_DNS] = {"dns", "ADDR[:PORT]", "ask this DNS server instead of the system's", 0},
    [OPTION_METRICS] = {"metrics", "[ADDR:]PORT",
                        "serve http://ADDR:PORT/metrics for Prometheus;\n"
                        "without ADDR at 127.0.0.1",
                        0},
    [OPTION_LOG_LEVEL] = {"log-level", "LEVEL", "error, warning, info (usual) or debug", 0},
    [OPTION_VERBOSE] = {"verbose", NULL, "log every attempt and refresh (debug)", 'v'},
    [OPTION_QUIET] = {"quiet", NULL, "log only what is wrong (warning)", 'q'},
    [OPTION_LOG_JSON] = {"log-json", NULL, "log one JSON object a line", 0},
    [OPTION_TRACE] = {"trace", NULL, "print every SIP message, credentials masked", 0},
    [OPTION_STOP] = {"stop-seconds", "N", "wait so long at the end for the answers of servers (5)",
                     0},
    [OPTION_THREADS] = {"threads", "N",
                        "divide the accounts among so many threads, each with\n"
                        "sockets of its own (1)",
                        0},
    {0},
};

/* An unsigned number in a base; false when it is none, or too large. */
static bool read_number(const char *text, int base, unsigned long max, unsigned *ret) {
    char *end;
    unsigned long value = strtoul(text, &end, base);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value > max)
        return false;
    *ret = (unsigned)value;
    return true;
}

static bool read_metrics_address(const char *text, struct hf_address *ret) {
    static const struct hf_address loopback = {.family = HF_FAMILY_IPV4, .ip = {127, 0, 0, 1}};
    unsigned port;

    if (!strchr(text, ':') && read_number(text, 10, 65535, &port)) {
        *ret = loopback;
        ret->port = (uint16_t)port;
    } else if (!cli_read_address(text, 0, ret)) {
        return false;
    }
    return ret->port != 0;
}

static int take_option(const struct cli_command *command, struct daemon_options *o, int option,
                       const char *value) {
    switch ((enum option)option) {
    case OPTION_CONTROL:
        o->control = value;
        return CLI_OK;
    case OPTION_CONTROL_MODE:
        if (!read_number(value, 8, 0777, &o->control_mode))
            return cli_usage_error(command, "'%s' is no octal number of permissions", value);
        return CLI_OK;
    case OPTION_SET:
        return CLI_OK; /* collected by the caller */
    case OPTION_STATE:
        o->state = value;
        return CLI_OK;
    case OPTION_DNS:
        o->dns = value;
        return CLI_OK;
    case OPTION_METRICS:
        if (!read_metrics_address(value, &o->metrics))
            return cli_usage_error(command, "'%s' is no [ADDR:]PORT", value);
        return CLI_OK;
    case OPTION_LOG_LEVEL:
        if (!log_level_parse(value, &o->log.level))
            return cli_usage_error(command, "there is no log level '%s'", value);
        return CLI_OK;
    case OPTION_VERBOSE:
        o->log.level = LOG_LEVEL_DEBUG;
        return CLI_OK;
    case OPTION_QUIET:
        o->log.level = LOG_LEVEL_WARNING;
        return CLI_OK;
    case OPTION_LOG_JSON:
        o->log.format = LOG_FORMAT_JSON;
        return CLI_OK;
    case OPTION_TRACE:
        o->trace = true;
        return CLI_OK;
    case OPTION_STOP:
        if (!read_number(value, 10, 3600, &o->stop_seconds))
            return cli_usage_error(command, "'%s' is not a number of seconds up to 3600", value);
        return CLI_OK;
    case OPTION_THREADS:
        if (!read_number(value, 10, SHARDS_MAX, &o->threads) || o->threads == 0)
            return cli_usage_error(command, "'%s' is not a number of threads from 1 to 64", value);
        return CLI_OK;
    }
    return CLI_USAGE;
}

static int take_arguments(const struct cli_command *command, struct daemon_options *o,
                          struct cli_arguments *arguments, const char **paths, const char **sets) {
    struct hf_settings_error error;
    int next, result;

    while ((next = cli_next(arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next == CLI_NEXT_OPERAND) {
            paths[o->sources.path_count++] = arguments->value;
            continue;
        }
        if (next == OPTION_SET)
            sets[o->sources.set_count++] = arguments->value;
        result = take_option(command, o, next, arguments->value);
        if (result != CLI_OK)
            return result;
    }
    if (o->sources.path_count == 0)
        return cli_usage_error(command, "which files?");
    if (!load_check_sets(&o->sources, &error))
        return cli_usage_error(command, "--set: %s", error.message);
    return CLI_OK;
}

static int run(const struct cli_command *command, int argc, char **argv) {
    const char **words = calloc(2 * (size_t)argc + 1, sizeof(*words));
    struct daemon_options o;
    struct cli_arguments arguments;
    int result;

    if (!words)
        return cli_failure("out of memory");
    daemon_options_init(&o);
    o.sources.paths = words;
    o.sources.sets = words + argc;
    cli_arguments_init(&arguments, command, argc, argv);
    result = take_arguments(command, &o, &arguments, words, words + argc);
    if (result == CLI_OK)
        result = daemon_run(&o) == 0 ? CLI_OK : CLI_FAILED;
    free(words);
    return result;
}

const struct cli_command cli_run = {
    .name = "run",
    .operands = "FILE…",
    .summary = "Keep every account in the files (or folders) registered",
    .details = "Reads provisioning files of all formats and runs until SIGTERM or SIGINT, then\n"
               "removes the bindings of the accounts that ask for it. SIGHUP, or 'holdfast\n"
               "reload', reads the files again and touches only accounts that changed.",
    .options = options,
    .run = run,
};
