/* The DNS as a process's resolver shows it: an answer to each question, at once or later. Answers
 * carry the full TTL of their records, as from the server that holds the zone. */
#include <stdlib.h>

#include "base/slice.h"
#include "sim/internal.h"

enum { NEGATIVE_TTL = 60 };

/* When a resolver gives up on servers that are silent. */
static const hf_time silence = 10 * HF_SECOND;

struct sim_name {
    struct map_node by_text;
    struct dns_condition condition;
    struct hf_dns_record *records; /* their texts follow them in the same block */
    size_t count;
    size_t len;
    char text[];
};

struct dns_question {
    struct scheduled scheduled;
    struct list_node in_dns;
    uint32_t process;
    uint32_t life; /* of the process that asked */
    hf_query_id query;
    enum hf_dns_type type;
    bool unanswered;
    size_t len;
    char name[];
};

static uint64_t name_hash(const struct sim *sim, struct hf_slice text) {
    char lower[LIMIT_NAME_BYTES];

    HF_ASSERT(text.len <= sizeof lower);
    for (size_t i = 0; i < text.len; i++)
        lower[i] = ascii_lower(text.ptr[i]);
    return hash_bytes(&sim->key, lower, text.len);
}

static struct sim_name *find_name(const struct sim *sim, struct hf_slice text) {
    if (text.len > LIMIT_NAME_BYTES)
        return NULL;
    for (struct map_node *n = map_first(&sim->dns.names, name_hash(sim, text)); n;
         n = map_next(n)) {
        struct sim_name *name = CONTAINER_OF(n, struct sim_name, by_text);

        if (slice_equal_nocase(slice_of(name->text, name->len), text))
            return name;
    }
    return NULL;
}

static struct sim_name *make_name(struct sim *sim, struct hf_slice text) {
    struct sim_name *name = calloc(1, sizeof *name + text.len);

    if (!name)
        return NULL;
    memcpy(name->text, text.ptr, text.len);
    name->len = text.len;
    name->condition.kind = SIM_DNS_ANSWERS;
    if (map_insert(&sim->dns.names, &name->by_text, name_hash(sim, text))) {
        free(name);
        return NULL;
    }
    return name;
}

/* The texts of a record, one after the other; at most four. */
static unsigned texts_of(struct hf_dns_record *record, struct hf_slice *ret[4]) {
    if (record->type == HF_DNS_SRV) {
        ret[0] = &record->srv.target;
        return 1;
    }
    if (record->type == HF_DNS_NAPTR) {
        ret[0] = &record->naptr.flags;
        ret[1] = &record->naptr.service;
        ret[2] = &record->naptr.regexp;
        ret[3] = &record->naptr.replacement;
        return 4;
    }
    return 0;
}

static size_t text_bytes(struct hf_dns_record record) {
    struct hf_slice *texts[4];
    size_t bytes = 0;

    for (unsigned i = texts_of(&record, texts); i > 0; i--)
        bytes += texts[i - 1]->len;
    return bytes;
}

static struct hf_dns_record *copy_records(const struct hf_dns_record *records, size_t count) {
    size_t bytes = count * sizeof *records + 1;

    for (size_t i = 0; i < count; i++)
        bytes += text_bytes(records[i]);
    struct hf_dns_record *copy = malloc(bytes);

    if (!copy)
        return NULL;
    char *at = (char *)(copy + count);

    for (size_t i = 0; i < count; i++) {
        struct hf_slice *texts[4];

        copy[i] = records[i];
        for (unsigned j = texts_of(&copy[i], texts); j > 0; j--) {
            struct hf_slice *text = texts[j - 1];

            if (text->len > 0)
                memcpy(at, text->ptr, text->len);
            text->ptr = at;
            at += text->len;
        }
    }
    return copy;
}

int sim_dns_set(struct sim *sim, const char *text, const struct hf_dns_record *records,
                size_t count) {
    struct hf_slice slice = slice_from(text);

    if (slice.len == 0 || slice.len > LIMIT_NAME_BYTES)
        return HF_ERROR_INVALID;
    struct hf_dns_record *copy = copy_records(records, count);
    struct sim_name *name = find_name(sim, slice);

    if (copy && !name)
        name = make_name(sim, slice);
    if (!copy || !name) {
        free(copy);
        return HF_ERROR_MEMORY;
    }
    free(name->records);
    name->records = copy;
    name->count = count;
    return 0;
}

static bool is_about(enum sim_record record, enum hf_dns_type type) {
    return record == SIM_RECORD_ANY || (record == SIM_RECORD_A && type == HF_DNS_A) ||
           (record == SIM_RECORD_AAAA && type == HF_DNS_AAAA);
}

/* As far as it is about records of this type. */
static struct dns_condition condition_for(const struct dns_condition *condition,
                                          enum hf_dns_type type) {
    struct dns_condition ret = *condition;

    if (!is_about(ret.record, type))
        ret.kind = SIM_DNS_ANSWERS;
    if (!is_about(ret.delayed, type))
        ret.delay = 0;
    return ret;
}

/* What is wrong with a name now: the whole DNS comes before the name. */
static struct dns_condition condition_of(const struct sim *sim, const struct sim_name *name,
                                         enum hf_dns_type type) {
    struct dns_condition condition = condition_for(&sim->dns.condition, type);

    if (!name)
        return condition;
    const struct dns_condition own = condition_for(&name->condition, type);

    if (condition.kind == SIM_DNS_ANSWERS) {
        condition.kind = own.kind;
        condition.result = own.result;
    }
    condition.delay += own.delay;
    return condition;
}

void dns_ask(struct sim *sim, struct process *process, const struct hf_output_resolve *output) {
    struct dns_condition condition = condition_of(sim, find_name(sim, output->name), output->type);
    struct dns_question *question = sim_allocate(sizeof *question + output->name.len);

    question->scheduled.kind = SCHEDULED_ANSWER;
    question->process = process->index;
    question->life = process->life;
    question->query = output->query;
    question->type = output->type;
    question->unanswered = condition.kind == SIM_DNS_SILENT;
    question->len = output->name.len;
    memcpy(question->name, output->name.ptr, output->name.len);
    list_append(&sim->dns.questions, &question->in_dns);
    schedule_set(&sim->schedule, &question->scheduled,
                 sim->now + (question->unanswered ? silence : condition.delay));
}

static size_t pick(const struct sim_name *name, enum hf_dns_type type,
                   struct hf_dns_record picked[LIMIT_ADDRESSES]) {
    size_t count = 0;

    for (size_t i = 0; i < name->count && count < LIMIT_ADDRESSES; i++)
        if (name->records[i].type == type)
            picked[count++] = name->records[i];
    return count;
}

/* The answer as things are when it is given. */
static void give(struct sim *sim, struct process *process, const struct dns_question *question) {
    const struct sim_name *name = find_name(sim, slice_of(question->name, question->len));
    struct dns_condition condition = condition_of(sim, name, question->type);
    struct hf_dns_record records[LIMIT_ADDRESSES];
    struct hf_dns_answer answer = {.negative_ttl = NEGATIVE_TTL, .records = records};

    if (question->unanswered || condition.kind == SIM_DNS_SILENT)
        answer.result = HF_DNS_UNANSWERED;
    else if (condition.kind == SIM_DNS_FAILS)
        answer.result = condition.result;
    else if (!name || name->count == 0)
        answer.result = HF_DNS_NO_NAME;
    else if ((answer.count = pick(name, question->type, records)) == 0)
        answer.result = HF_DNS_NO_RECORD;
    hf_agent_resolved(process->agent, question->query, &answer, sim->now);
    process_attend(sim, process);
}

static void forget_question(struct dns_question *question) {
    list_remove(&question->in_dns);
    free(question);
}

void dns_step(struct sim *sim, struct scheduled *scheduled) {
    struct dns_question *question = CONTAINER_OF(scheduled, struct dns_question, scheduled);
    struct process *process = sim->processes[question->process];

    if (process->agent && process->life == question->life) {
        if (!process_is_awake(sim, process)) {
            schedule_set(&sim->schedule, scheduled, process->asleep_to);
            return;
        }
        give(sim, process, question);
    }
    forget_question(question);
}

void dns_release(struct sim *sim) {
    struct map *names = &sim->dns.names;

    for (struct list_node *node; (node = list_first(&sim->dns.questions)) != NULL;)
        forget_question(CONTAINER_OF(node, struct dns_question, in_dns));
    for (size_t i = 0; i < names->bucket_count; i++) {
        while (names->buckets[i]) {
            struct sim_name *name = CONTAINER_OF(names->buckets[i], struct sim_name, by_text);

            map_remove(names, &name->by_text);
            free(name->records);
            free(name);
        }
    }
    map_release(names);
}

static void set_condition(struct dns_condition *condition, const struct sim_fault *fault) {
    if (fault->kind == SIM_DNS_DELAY) {
        condition->delay = fault->span;
        condition->delayed = fault->record;
        return;
    }
    condition->record = fault->record;
    condition->kind = fault->kind;
    condition->result = fault->dns_result;
}

/* The records of other types stay; one address takes the place of all. */
static void set_address(struct sim_name *name, const struct sim_fault *fault) {
    size_t kept = 0;

    for (size_t i = 0; i < name->count; i++) {
        const struct hf_dns_record *record = &name->records[i];

        if (record->type != HF_DNS_A && record->type != HF_DNS_AAAA)
            name->records[kept++] = *record;
    }
    HF_ASSERT(kept < name->count); /* there was one */
    name->records[kept] = (struct hf_dns_record){
        .type = fault->address.family == HF_FAMILY_IPV6 ? HF_DNS_AAAA : HF_DNS_A,
        .ttl = fault->number,
        .address = fault->address};
    name->records[kept].address.port = 0;
    name->count = kept + 1;
}

static bool has_address(const struct sim_name *name) {
    for (size_t i = 0; i < name->count; i++)
        if (name->records[i].type == HF_DNS_A || name->records[i].type == HF_DNS_AAAA)
            return true;
    return false;
}

int dns_apply(struct sim *sim, const struct sim_fault *fault) {
    struct sim_name *name = find_name(sim, fault->name);

    if (fault->kind == SIM_DNS_ADDRESS) {
        if (!name || !has_address(name) || fault->address.family == HF_FAMILY_NONE)
            return HF_ERROR_UNKNOWN;
        set_address(name, fault);
        return 0;
    }
    if (fault->name.len > 0 && !name)
        return HF_ERROR_UNKNOWN;
    set_condition(name ? &name->condition : &sim->dns.condition, fault);
    return 0;
}
