#include "base/random.h"
#include "base/writer.h"
#include "settings/settings.h"
#include "sim/rehearsal_internal.h"

/* Larger fleets would spend most of their time on checks of invariants. */
enum { CHECKED_FLEET = 50, CHECK_INTERVAL = 64 };

static int add_server(struct rehearsal *rehearsal, const struct scenario_server *server,
                      struct random *random) {
    struct sim_server_options options = server->options;
    struct sim_fault delay = {.kind = SIM_SERVER_DELAY, .span = server->delay};
    int result;

    for (unsigned i = 0; i < 4; i++)
        options.registrar.seed[i] = random_next(random);
    /* phones whose user for authentication is another than their number are the rule */
    options.registrar.any_record = true;
    if (!server->strangers)
        options.registrar.password_prefix = NULL;
    result = sim_add_server(rehearsal->sim, &options, &delay.server);
    if (result == 0 && server->delay > 0)
        result = sim_apply(rehearsal->sim, &delay);
    return result;
}

/* A slice of the settings as a text; the caller's buffer holds it. */
static const char *text_of(const struct hf_settings *settings, enum setting id, char *buffer,
                           size_t size) {
    struct hf_slice text = settings_text(settings, id, 0);
    struct writer w = writer_of(buffer, size);

    writer_put_slice(&w, text);
    return writer_terminate(&w) ? buffer : "";
}

/* What each account has for a password is right at every server, unless the server has another. */
static int add_users(struct rehearsal *rehearsal, uint32_t index) {
    const struct scenario_server *server = &rehearsal->scenario->servers[index];
    struct registrar *registrar = sim_registrar(rehearsal->sim, index);
    char user[1100], password[1100];
    int result = 0;

    for (size_t i = 0; result == 0 && i < rehearsal->fleet->count; i++) {
        const struct hf_settings *settings = rehearsal->fleet->accounts[i].settings;
        bool own = settings_text(settings, SETTING_AUTH_NAME, 0).len > 0;

        result = registrar_add_user(
            registrar, text_of(settings, own ? SETTING_AUTH_NAME : SETTING_USER, user, sizeof user),
            text_of(settings, SETTING_PASSWORD, password, sizeof password));
    }
    for (size_t i = 0; result == 0 && i < server->user_count; i++)
        result = registrar_add_user(registrar, server->users[i].name, server->users[i].password);
    return result;
}

static int add_processes(struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->scenario;
    uint32_t index;
    int result = 0;

    for (size_t i = 0; result == 0 && i < scenario->process_count; i++)
        result = sim_add_process(rehearsal->sim, &scenario->processes[i].options, &index);
    for (size_t i = 0; result == 0 && i < rehearsal->fleet->process_count; i++)
        result = sim_add_process(rehearsal->sim, &rehearsal->fleet->processes[i], &index);
    return result;
}

int rehearsal_build(struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->scenario;
    const struct sim_options options = {
        .seed = rehearsal->seed,
        .check_interval = rehearsal->fleet->count > CHECKED_FLEET ? CHECK_INTERVAL : 0};
    struct random random;
    int result = sim_create(&options, &rehearsal->sim);

    random_init(&random, (const uint64_t[4]){rehearsal->seed, 0x736572766572, 0, 0});
    for (size_t i = 0; result == 0 && i < scenario->server_count; i++)
        result = add_server(rehearsal, &scenario->servers[i], &random);
    for (size_t i = 0; result == 0 && i < scenario->server_count; i++)
        result = add_users(rehearsal, (uint32_t)i);
    for (size_t i = 0; result == 0 && i < scenario->name_count; i++)
        result = sim_dns_set(rehearsal->sim, scenario->names[i].name, scenario->names[i].records,
                             scenario->names[i].count);
    if (result == 0)
        result = add_processes(rehearsal);
    if (result == 0)
        rehearsal_link(rehearsal);
    return result;
}
