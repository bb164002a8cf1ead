#include "sim/scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 16384, MESSAGES_MAX = 1000 };

struct scenario_block {
    struct scenario_block *next;
    size_t used;
    size_t size;
    max_align_t bytes[];
};

void scenario_init(struct scenario *scenario) {
    *scenario = (struct scenario){.duration = 3600 * HF_SECOND, .seed = 1};
}

void scenario_release(struct scenario *scenario) {
    struct scenario_block *block = scenario->memory;

    while (block) {
        struct scenario_block *next = block->next;

        free(block);
        block = next;
    }
    *scenario = (struct scenario){0};
}

void *scenario_list(struct scenario *scenario, size_t count, size_t size) {
    struct scenario_block *block = scenario->memory;
    size_t wanted;
    void *room;

    if (__builtin_mul_overflow(count, size, &wanted) || wanted > SIZE_MAX / 2)
        return NULL;
    wanted = (wanted + sizeof(max_align_t)) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!block || block->size - block->used < wanted) {
        size_t bytes = wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;

        block = calloc(1, sizeof *block + bytes);
        if (!block)
            return NULL;
        *block = (struct scenario_block){.next = scenario->memory, .size = bytes};
        scenario->memory = block;
    }
    room = (char *)block->bytes + block->used;
    block->used += wanted;
    return room;
}

const char *scenario_text(struct scenario *scenario, struct hf_slice text) {
    char *copy = scenario_list(scenario, text.len + 1, 1);

    if (copy && text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

int scenario_server_init(struct scenario *scenario, struct scenario_server *server,
                         const char *name) {
    *server = (struct scenario_server){.strangers = true};
    registrar_options_init(&server->options.registrar);
    server->options.name = scenario_text(scenario, slice_from(name));
    return server->options.name ? 0 : HF_ERROR_MEMORY;
}

int scenario_process_init(struct scenario *scenario, struct scenario_process *process,
                          const char *name) {
    *process = (struct scenario_process){.options.remembers = true};
    process->options.name = scenario_text(scenario, slice_from(name));
    return process->options.name ? 0 : HF_ERROR_MEMORY;
}

void scenario_accounts_init(struct scenario_accounts *accounts) {
    *accounts =
        (struct scenario_accounts){.count = 1, .first = 1, .process = SIM_NONE, .remembers = true};
}

void scenario_step_init(struct scenario_step *step) {
    *step = (struct scenario_step){.times = 1, .fault.server = SIM_NONE, .fault.process = SIM_NONE};
}

void scenario_expectation_init(struct scenario_expectation *expectation) {
    *expectation = (struct scenario_expectation){.server = SIM_NONE, .at = HF_NEVER};
}

/* The place of a new message among those that are there, which is in the order of lines. */
static size_t place_of(const struct scenario_messages *messages, unsigned line) {
    size_t at = messages->count;

    while (at > 0 && messages->list[at - 1].line > line)
        at--;
    return at;
}

int scenario_report(struct scenario_messages *messages, bool warning, unsigned line,
                    const char *format, ...) {
    struct scenario_message *message;
    size_t at = place_of(messages, line);
    va_list arguments;

    messages->errors += !warning;
    if (messages->count == MESSAGES_MAX)
        return 0;
    if (messages->count == messages->capacity) {
        size_t capacity = messages->capacity ? messages->capacity * 2 : 8;
        struct scenario_message *grown = realloc(messages->list, capacity * sizeof *grown);

        if (!grown)
            return HF_ERROR_MEMORY;
        messages->list = grown;
        messages->capacity = capacity;
    }
    message = &messages->list[at];
    memmove(message + 1, message, (messages->count - at) * sizeof *message);
    messages->count++;
    *message = (struct scenario_message){.line = line, .warning = warning};
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    return 0;
}

void scenario_messages_release(struct scenario_messages *messages) {
    free(messages->list);
    *messages = (struct scenario_messages){0};
}
