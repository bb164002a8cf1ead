#include "settings/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "settings/key.h"
#include "settings/texts.h"

int draft_init(struct draft *draft, enum settings_family family) {
    *draft = (struct draft){0};
    return hf_settings_create(settings_family_names[family], &draft->settings);
}

void draft_release(struct draft *draft) {
    hf_settings_free(draft->settings);
    free(draft->name);
    draft->settings = NULL;
    draft->name = NULL;
}

static int add_diagnostic(struct settings_file *file, struct settings_diagnostic diagnostic) {
    if (file->diagnostic_count == file->diagnostic_capacity) {
        size_t capacity = file->diagnostic_capacity ? file->diagnostic_capacity * 2 : 16;
        struct settings_diagnostic *grown =
            realloc(file->diagnostics, capacity * sizeof(*file->diagnostics));

        if (!grown)
            return HF_ERROR_MEMORY;
        file->diagnostics = grown;
        file->diagnostic_capacity = capacity;
    }
    file->diagnostics[file->diagnostic_count++] = diagnostic;
    return 0;
}

int file_report(struct settings_file *file, enum settings_severity severity, unsigned line,
                const char *format, ...) {
    char buffer[512];
    va_list list;
    char *message;

    file->errors += severity == SEVERITY_ERROR;
    file->warnings += severity == SEVERITY_WARNING;
    if (file->diagnostic_count >= FILE_DIAGNOSTICS_MAX ||
        (severity == SEVERITY_NOTE && file->how && file->how->without_notes))
        return 0;
    va_start(list, format);
    vsnprintf(buffer, sizeof(buffer), format, list);
    va_end(list);
    message = strdup(buffer);
    if (!message)
        return HF_ERROR_MEMORY;
    if (add_diagnostic(file, (struct settings_diagnostic){severity, line, file->source, message}) !=
        0) {
        free(message);
        return HF_ERROR_MEMORY;
    }
    return 0;
}

static unsigned slot_at(struct setting_place place) {
    int index = place.index;

    if (settings_table[place.id].scope == SCOPE_SERVER)
        index++;
    HF_ASSERT(index >= 0);
    return settings_first_slot[place.id] + (unsigned)index;
}

bool draft_says(const struct draft *draft, struct setting_place place) {
    return draft->lines[slot_at(place)] != 0;
}

unsigned draft_line(const struct draft *draft, enum setting id, int index) {
    unsigned line = draft->lines[slot_at((struct setting_place){id, index})];

    if (line == 0 && settings_table[id].scope == SCOPE_SERVER)
        line = draft->lines[settings_first_slot[id]];
    return line ? line : draft->line;
}

void draft_write_name(struct writer *w, const struct draft *draft, struct setting_place place) {
    struct hf_slice name = draft->names ? draft->names[slot_at(place)] : SLICE_NONE;

    if (draft->names && slice_is_empty(name) && settings_table[place.id].scope == SCOPE_SERVER)
        name = draft->names[settings_first_slot[place.id]];
    if (slice_is_empty(name))
        key_write(w, place);
    else
        writer_put_slice(w, slice_of(name.ptr, name.len < 80 ? name.len : 80));
    (void)writer_terminate(w);
}

static bool same_value(const struct draft *draft, struct setting_place place,
                       const struct setting_value *before, bool was_set) {
    struct setting_value now = {0};
    bool is_set = settings_own_value(draft->settings, place, &now);

    if (was_set != is_set)
        return false;
    return !is_set ||
           (setting_is_text(settings_table[place.id].type) ? slice_equal(before->text, now.text)
                                                           : before->number == now.number);
}

/* A setting that is there twice: the later one counts. */
static int report_repetition(struct draft *draft, struct settings_file *file,
                             const struct value_rule *rule, unsigned line, unsigned before,
                             bool same, bool empty) {
    draft->line = draft->line ? draft->line : line;
    if (same)
        return file_report(file, SEVERITY_NOTE, line, "%.*s repeats line %u",
                           SLICE_ARGS(rule->name), before);
    return file_report(file, SEVERITY_WARNING, line,
                       empty ? "%.*s is empty: line %u does not count any more"
                             : "%.*s overrides line %u",
                       SLICE_ARGS(rule->name), before);
}

int draft_assign(struct draft *draft, struct settings_file *file, struct setting_place place,
                 const struct value_rule *rule, struct hf_slice text, unsigned line) {
    unsigned slot = slot_at(place);
    struct hf_settings *before = NULL;
    struct setting_value old = {0};
    struct hf_settings_error error = {0};
    bool was_set;
    bool bad;
    int result;

    /* An older name of the same setting that was left empty takes nothing away. */
    if (slice_is_empty(text) && draft->lines[slot] && draft->names &&
        !slice_equal(draft->names[slot], rule->name))
        return 0;
    result = hf_settings_copy(draft->settings, &before); /* keeps the old text alive */
    if (result != 0)
        return result;
    was_set = settings_own_value(before, place, &old);
    result = settings_assign(draft->settings, place, rule, text, &error);
    bad = result != 0 && result != HF_ERROR_MEMORY;
    if (bad)
        result = file_report(file, SEVERITY_ERROR, line, "%s", error.message);
    else if (result == 0 && error.message[0])
        result = file_report(file, SEVERITY_WARNING, line, "%s", error.message);
    if (result == 0 && !bad && draft->lines[slot])
        result = report_repetition(draft, file, rule, line, draft->lines[slot],
                                   !was_set || same_value(draft, place, &old, was_set),
                                   slice_is_empty(text));
    hf_settings_free(before);
    draft->line = draft->line ? draft->line : line;
    draft->lines[slot] = line;
    if (draft->names)
        draft->names[slot] = rule->name;
    draft->bad[slot / 64] &= ~((uint64_t)1 << slot % 64);
    draft->bad[slot / 64] |= (uint64_t)bad << slot % 64;
    file->known++;
    return result;
}

static unsigned count_bad(const struct draft *draft) {
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(draft->bad) / sizeof(draft->bad[0]); i++)
        count += (unsigned)__builtin_popcountll(draft->bad[i]);
    return count;
}

bool draft_is_bad(const struct draft *draft) {
    return count_bad(draft) > 0;
}

/* FILE-STEM/N: the last part of the path without its ending. */
static char *default_name(const struct settings_file *file, unsigned number) {
    const char *stem = strrchr(file->name, '/');
    const char *end;
    char *name = NULL;

    stem = stem ? stem + 1 : file->name;
    end = strrchr(stem, '.');
    if (!end || end == stem)
        end = stem + strlen(stem);
    if (asprintf(&name, "%.*s/%u", (int)(end - stem), stem, number) < 0)
        return NULL;
    return name;
}

static int add_account(struct settings_file *file, struct settings_account account) {
    account.source = file->source;
    if (file->account_count == file->account_capacity) {
        size_t capacity = file->account_capacity ? file->account_capacity * 2 : 4;
        struct settings_account *grown =
            realloc(file->accounts, capacity * sizeof(*file->accounts));

        if (!grown)
            return HF_ERROR_MEMORY;
        file->accounts = grown;
        file->account_capacity = capacity;
    }
    file->accounts[file->account_count++] = account;
    return 0;
}

int draft_finish(struct draft *draft, struct settings_file *file) {
    int result = draft_check(draft, file);

    return result == 0 ? draft_add(draft, file) : result;
}

static void share_with_last(const struct settings_file *file, struct hf_settings *settings) {
    const struct settings_account *last =
        file->account_count > 0 ? &file->accounts[file->account_count - 1] : NULL;

    if (last && last->settings)
        settings_share_profile(settings, last->settings);
}

int draft_add(struct draft *draft, struct settings_file *file) {
    struct settings_account account = {
        .identity = settings_identity(draft->settings),
        .line = draft->line,
        .errors = (uint16_t)(draft->errors + count_bad(draft)),
    };

    if (!draft->name)
        draft->name = default_name(file, draft->number);
    if (draft->name)
        account.name = texts_keep(&file->names, slice_from(draft->name));
    account.settings = draft->settings;
    share_with_last(file, account.settings);
    if (!account.name || add_account(file, account) != 0)
        return HF_ERROR_MEMORY;
    draft->settings = NULL;
    if (!file->how || !file->how->take)
        return 0;
    return file->how->take(file->how->taker, file, &file->accounts[file->account_count - 1]);
}
