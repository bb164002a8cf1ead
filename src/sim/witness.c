#include "sim/witness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "account/leg_places.h"
#include "base/address.h"
#include "base/assert.h"
#include "settings/settings.h"
#include "sim/witness_internal.h"
#include "sip/name_addr.h"
#include "sip/stun.h"
#include "usage/outbound.h"

const char *witness_rule_name(enum witness_rule rule) {
    switch (rule) {
    case WITNESS_CONTENT:
        return "content";
    case WITNESS_CSEQ:
        return "cseq";
    case WITNESS_RESEND_BYTES:
        return "resend-bytes";
    case WITNESS_RESEND_TIME:
        return "resend-time";
    case WITNESS_RESEND_COUNT:
        return "resend-count";
    case WITNESS_GONE:
        return "gone";
    case WITNESS_NOT_WANTED:
        return "not-wanted";
    case WITNESS_ENDLESS:
        return "endless";
    case WITNESS_STORM:
        return "storm";
    case WITNESS_TOO_EARLY:
        return "too-early";
    case WITNESS_TOO_LATE:
        return "too-late";
    case WITNESS_RETRY_AFTER:
        return "retry-after";
    case WITNESS_NONCE_UNKNOWN:
        return "nonce-unknown";
    case WITNESS_NONCE_COUNT:
        return "nonce-count";
    case WITNESS_CREDENTIALS:
        return "credentials";
    case WITNESS_GRANT:
        return "grant";
    case WITNESS_DROPPED:
        return "dropped";
    case WITNESS_EVENTS:
        return "events";
    case WITNESS_PLAN:
        return "plan";
    case WITNESS_EXPLAIN:
        return "explain";
    case WITNESS_TWO_BINDINGS:
        return "two-bindings";
    case WITNESS_FLOW:
        return "flow";
    }
    HF_UNREACHABLE();
}

static hf_time at_least_a_second(hf_time span) {
    return span > HF_SECOND ? span : HF_SECOND;
}

static void waits_of(const struct hf_settings *settings, struct witness_rules *ret) {
    hf_time min = settings_duration(settings, SETTING_RETRY_MIN, 0);
    hf_time max = settings_duration(settings, SETTING_RETRY_MAX, 0);

    ret->wait_min = ret->wait_max = settings_duration(settings, SETTING_RETRY, 0);
    if (settings_bool(settings, SETTING_RETRY_RANDOM, 0) &&
        settings_duration(settings, SETTING_RETRY_RANDOM_MAX, 0) > 0) {
        ret->wait_min = settings_duration(settings, SETTING_RETRY_RANDOM_MIN, 0);
        ret->wait_max = settings_duration(settings, SETTING_RETRY_RANDOM_MAX, 0);
        if (ret->wait_max < ret->wait_min)
            ret->wait_max = ret->wait_min;
    }
    if (min > 0 && max > 0) {
        ret->wait_min = (2 * min < max ? 2 * min : max) / 2;
        ret->wait_max = max;
    }
    if (outbound_reg_id(settings) != 0 && !(min > 0 && max > 0)) { /* RFC 5626 section 4.5 */
        ret->wait_min = 30 * HF_SECOND;
        ret->wait_max = 1800 * HF_SECOND;
        ret->flow_waits = true;
    }
    ret->wait_min = at_least_a_second(ret->wait_min);
    ret->wait_max = at_least_a_second(ret->wait_max);
    ret->rejected_wait = settings_duration(settings, SETTING_REJECTED_RETRY, 0);
}

void witness_rules_of(const struct hf_settings *settings, struct witness_rules *ret) {
    struct leg_place places[LEGS_MAX];

    *ret = (struct witness_rules){
        .enabled = settings_bool(settings, SETTING_ENABLED, 0) &&
                   settings_bool(settings, SETTING_REGISTER, 0),
        .t1 = settings_duration(settings, SETTING_T1, 0),
        .t2 = settings_duration(settings, SETTING_T2, 0),
        .timer_f = settings_duration(settings, SETTING_TIMER_F, 0),
        .single = settings_server_count(settings) == 1 && settings_proxy_count(settings) == 0,
        .paced = settings_number(settings, SETTING_RATE_TARGET, 0) > 0,
        .concurrent = (settings_server_count(settings) > 1 &&
                       settings_word(settings, SETTING_REDUNDANCY, 0) == REDUNDANCY_CONCURRENT) ||
                      leg_places(settings, places) > 1,
        .proxied = settings_proxy_count(settings) > 0,
        .flows = outbound_reg_id(settings) != 0,
    };
    if (ret->timer_f == 0)
        ret->timer_f = 64 * ret->t1;
    for (unsigned i = 0; i < settings_server_count(settings); i++) {
        unsigned count = (unsigned)settings_number(settings, SETTING_RETRY_COUNTS, i);

        ret->retry_counts = count > ret->retry_counts ? count : ret->retry_counts;
    }
    ret->patience_min = settings_duration(settings, SETTING_CONNECT_TIMEOUT, 0);
    if (ret->patience_min > HF_SECOND)
        ret->patience_min = HF_SECOND;
    if (ret->patience_min > ret->timer_f)
        ret->patience_min = ret->timer_f;
    waits_of(settings, ret);
}

int witness_create(struct witness **ret) {
    struct witness *witness = calloc(1, sizeof *witness);

    if (!witness)
        return HF_ERROR_MEMORY;
    map_init(&witness->nonces);
    *ret = witness;
    return 0;
}

void witness_free(struct witness *witness) {
    if (!witness)
        return;
    for (size_t i = 0; i < witness->nonces.bucket_count; i++)
        for (struct map_node *next, *node = witness->nonces.buckets[i]; node; node = next) {
            next = node->next;
            free(CONTAINER_OF(node, struct seen_nonce, node));
        }
    map_release(&witness->nonces);
    free(witness->groups);
    for (uint32_t i = 0; i < witness->account_count; i++)
        free(witness->accounts[i]);
    free(witness->accounts);
    free(witness);
}

int witness_add_server(struct witness *witness, uint32_t group) {
    uint32_t *more = realloc(witness->groups, (witness->server_count + 1) * sizeof *more);

    if (!more)
        return HF_ERROR_MEMORY;
    more[witness->server_count++] = group;
    witness->groups = more;
    return 0;
}

int witness_add_account(struct witness *witness, uint32_t process, const char *user,
                        const struct witness_rules *rules, hf_time now) {
    struct seen_account **more =
        realloc(witness->accounts, (witness->account_count + 1) * sizeof *more);
    struct seen_account *account = calloc(1, sizeof *account);

    if (more)
        witness->accounts = more;
    if (!more || !account) {
        free(account);
        return HF_ERROR_MEMORY;
    }
    more[witness->account_count++] = account;
    account->process = process;
    account->rules = *rules;
    account->wanted = rules->enabled;
    account->wanted_at = now;
    (void)snprintf(account->user, sizeof account->user, "%s", user);
    return 0;
}

struct seen_account *witness_account(struct witness *witness, uint32_t account) {
    HF_ASSERT(account < witness->account_count);
    return witness->accounts[account];
}

void witness_leave_bound_open(struct seen_account *account) {
    for (int i = 0; i < WITNESS_LEGS; i++)
        account->legs[i].bound = SEEN_UNKNOWN;
}

static void set_letting_go(struct seen_account *account, bool letting_go) {
    for (int i = 0; i < WITNESS_LEGS; i++)
        account->legs[i].letting_go = letting_go;
}

struct seen_request **witness_latest(struct seen_account *account, uint64_t call) {
    struct seen_latest *latest = &account->latest[0];

    if (!account->rules.concurrent)
        return &latest->request;
    for (int i = 0; i < WITNESS_LEGS; i++)
        if (account->latest[i].call == call)
            return &account->latest[i].request;
    latest = &account->latest[account->next_latest++ % WITNESS_LEGS];
    *latest = (struct seen_latest){.call = call};
    return &latest->request;
}

/* Nothing that was waited for counts any more. */
static void set_free(struct seen_account *account) {
    account->owner_acted = true;
    memset(account->latest, 0, sizeof account->latest);
    for (int i = 0; i < WITNESS_LEGS; i++)
        account->legs[i].looked = false;
    for (int i = 0; i < WITNESS_PLACES; i++) {
        account->places[i].failed = false;
        account->places[i].retry_after_at = 0;
        account->places[i].in_a_row = 0;
        account->places[i].level = 0;
    }
}

static void set_wanted(struct seen_account *account, bool wanted, hf_time now) {
    set_free(account);
    account->wanted = wanted;
    account->wanted_at = now;
}

void witness_changed(struct witness *witness, uint32_t index, const struct witness_rules *rules,
                     hf_time now) {
    struct seen_account *account = witness_account(witness, index);

    account->rules = *rules;
    witness_leave_bound_open(account);
    set_wanted(account, rules->enabled, now);
    if (!rules->enabled)
        set_letting_go(account, true);
}

void witness_removed(struct witness *witness, uint32_t index, hf_time now) {
    struct seen_account *account = witness_account(witness, index);

    account->gone = true;
    set_wanted(account, false, now);
}

void witness_asked_to_register(struct witness *witness, uint32_t index, hf_time now) {
    set_wanted(witness_account(witness, index), true, now);
}

void witness_asked_to_unregister(struct witness *witness, uint32_t index, hf_time now) {
    set_wanted(witness_account(witness, index), false, now);
    set_letting_go(witness_account(witness, index), true);
}

/* A process that begins anew owes nothing to waits of its former life; its accounts register as
 * their settings say. */
static void process_moved(struct witness *witness, const struct sim_fault *fault, hf_time now) {
    for (uint32_t i = 0; i < witness->account_count; i++) {
        struct seen_account *account = witness->accounts[i];

        if (account->process != fault->process)
            continue;
        witness_leave_bound_open(account);
        set_free(account);
        if (account->gone)
            continue;
        set_letting_go(account, fault->kind == SIM_PROCESS_STOP);
        account->wanted = fault->kind == SIM_PROCESS_START && account->rules.enabled;
        account->wanted_at = now;
    }
}

void witness_applied(struct witness *witness, const struct sim_fault *fault, hf_time now) {
    if (fault->kind == SIM_PROCESS_KILL || fault->kind == SIM_PROCESS_STOP ||
        fault->kind == SIM_PROCESS_START)
        process_moved(witness, fault, now);
    if (fault->kind == SIM_DNS_DELAY && fault->record == SIM_RECORD_AAAA && fault->span > 0)
        witness->ipv6_comes_late = true;
}

uint64_t witness_hash(struct hf_slice bytes) {
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a: nobody here is hostile */

    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (uint8_t)bytes.ptr[i]) * 0x100000001b3;
    return hash > 0 ? hash : 1;
}

uint32_t witness_find_account(const struct witness *witness, uint32_t process,
                              const struct sip_message *message) {
    struct name_addr from;
    struct sip_uri uri;

    if (!name_addr_parse(sip_value(message, SIP_HEADER_FROM), &from) || !uri_parse(from.uri, &uri))
        return SIM_NONE;
    for (uint32_t i = 0; i < witness->account_count; i++)
        if (witness->accounts[i]->process == process &&
            slice_equal(uri.user, slice_from(witness->accounts[i]->user)))
            return i;
    return SIM_NONE;
}

hf_time witness_granted_end(const struct seen_account *account, const struct hf_address *target) {
    hf_time end_at = 0;

    for (int i = 0; i < WITNESS_PLACES; i++)
        if (address_equal(&account->places[i].target, target) &&
            account->places[i].granted_end_at > end_at)
            end_at = account->places[i].granted_end_at;
    return end_at;
}

struct seen_place *witness_place(struct seen_account *account, const struct hf_address *target,
                                 uint64_t call) {
    struct seen_place *place = account->places;

    call = account->rules.concurrent ? call : 0;
    for (int i = 0; i < WITNESS_PLACES; i++) {
        if (address_equal(&account->places[i].target, target) && account->places[i].call == call)
            return &account->places[i];
        if (account->places[i].target.family == HF_FAMILY_NONE) {
            place = &account->places[i];
            break;
        }
        if (account->places[i].granted_end_at < place->granted_end_at)
            place = &account->places[i];
    }
    /* With all places taken one is given away, as if it had never been seen: where nothing is
     * granted, or not for long any more. */
    *place = (struct seen_place){.target = *target, .call = call};
    return place;
}

struct seen_request *witness_find_request(struct seen_account *account, uint64_t branch) {
    for (int i = 0; i < WITNESS_REQUESTS; i++)
        if (account->requests[i].branch == branch)
            return &account->requests[i];
    return NULL;
}

bool witness_is_bound(const struct seen_account *account, hf_time now) {
    for (int i = 0; i < WITNESS_PLACES; i++)
        if (account->places[i].granted_end_at > now)
            return true;
    return false;
}

static uint64_t nonce_key(uint32_t account, uint64_t nonce) {
    return nonce ^ (account + 1) * 0x9e3779b97f4a7c15;
}

hf_time witness_left_alone_until(const struct witness *witness, uint32_t account) {
    return witness->accounts[account]->retry_after_at;
}

uint64_t witness_nonce_hash(const struct seen_account *account, struct hf_slice nonce,
                            const struct sip_message *message) {
    const uint64_t hash = witness_hash(nonce);

    if (!account->rules.concurrent)
        return hash;
    return hash ^ witness_hash(sip_value(message, SIP_HEADER_CALL_ID));
}

struct seen_nonce *witness_find_nonce(const struct witness *witness, uint32_t account,
                                      uint64_t nonce) {
    for (struct map_node *node = map_first(&witness->nonces, nonce_key(account, nonce)); node;
         node = map_next(node)) {
        struct seen_nonce *seen = CONTAINER_OF(node, struct seen_nonce, node);

        if (seen->account == account && seen->nonce == nonce)
            return seen;
    }
    return NULL;
}

struct seen_nonce *witness_note_nonce(struct witness *witness, uint32_t account, uint64_t nonce,
                                      uint32_t group) {
    struct seen_nonce *seen = witness_find_nonce(witness, account, nonce);

    if (seen) { /* given out again: the server counts anew */
        seen->group = group;
        seen->count = 0;
        return seen;
    }
    seen = malloc(sizeof *seen);
    if (!seen)
        return NULL;
    *seen = (struct seen_nonce){.account = account, .group = group, .nonce = nonce};
    if (map_insert(&witness->nonces, &seen->node, nonce_key(account, nonce))) {
        free(seen);
        return NULL;
    }
    return seen;
}

/* What keeps a NAT's mapping open (account/keeper.h). */
static bool only_keeps_open(struct hf_slice bytes) {
    return bytes.len == 0 || slice_equal(bytes, SLICE("\r\n\r\n")) ||
           (bytes.len == STUN_REQUEST_BYTES && stun_is_it(bytes));
}

void witness_sent(struct witness *witness, const struct sim_packet *packet) {
    struct sip_message message;

    if (!packet->from_process || witness->objection[0] != '\0' || only_keeps_open(packet->bytes))
        return;
    if (sip_message_parse(&message, packet->bytes) != SIP_PARSED) {
        witness_object(witness, WITNESS_CONTENT, SIM_NONE, packet->at, "sent what is no SIP");
        return;
    }
    if (!message.is_request)
        return;
    uint32_t account = witness_find_account(witness, packet->process, &message);

    if (account != SIM_NONE)
        witness_request_sent(witness, account, &message, packet);
    else if (message.method == SIP_METHOD_REGISTER)
        witness_object(witness, WITNESS_CONTENT, SIM_NONE, packet->at, "a REGISTER of nobody");
}

void witness_arrived(struct witness *witness, const struct sim_packet *packet) {
    struct sip_message message;

    if (packet->from_process || witness->objection[0] != '\0' ||
        sip_message_parse(&message, packet->bytes) != SIP_PARSED || message.is_request)
        return;
    uint32_t account = witness_find_account(witness, packet->process, &message);

    if (account != SIM_NONE)
        witness_answer_arrived(witness, account, &message, packet);
}

void witness_object(struct witness *witness, enum witness_rule rule, uint32_t account, hf_time now,
                    const char *format, ...) {
    char text[WITNESS_TEXT_MAX - 64];
    va_list arguments;

    if (witness->objection[0] != '\0')
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    witness->broken = rule;
    (void)snprintf(witness->objection, sizeof witness->objection, "%s: %s at %.6f s: %s",
                   witness_rule_name(rule),
                   account == SIM_NONE ? "everybody" : witness->accounts[account]->user,
                   (double)(now - SIM_START_AT) / 1e6, text);
}

const char *witness_objection(const struct witness *witness, enum witness_rule *ret) {
    if (witness->objection[0] == '\0')
        return NULL;
    if (ret)
        *ret = witness->broken;
    return witness->objection;
}
