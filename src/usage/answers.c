#include "usage/answers.h"

#include <stddef.h>

#include "base/assert.h"

/* Those that differ from the rest of their hundred. */
static const struct row {
    unsigned short status;
    unsigned char class;
} rows[] = {
    {305, ANSWER_REFUSAL},       {380, ANSWER_REFUSAL},       {401, ANSWER_CHALLENGE},
    {403, ANSWER_REJECTION},     {407, ANSWER_CHALLENGE},     {408, ANSWER_TARGET_FAILED},
    {420, ANSWER_EXTENSION},     {421, ANSWER_EXTENSION},     {423, ANSWER_TOO_BRIEF},
    {439, ANSWER_EXTENSION},     {500, ANSWER_TARGET_FAILED}, {502, ANSWER_TARGET_FAILED},
    {503, ANSWER_TARGET_FAILED}, {504, ANSWER_TARGET_FAILED},
};

static const unsigned char by_hundred[] = {
    [1] = ANSWER_PROVISIONAL, [2] = ANSWER_SUCCESS, [3] = ANSWER_REDIRECTION,
    [4] = ANSWER_REFUSAL,     [5] = ANSWER_REFUSAL, [6] = ANSWER_REFUSAL,
};

enum answer_class answer_class(unsigned status) {
    HF_ASSERT(status >= 100 && status <= 699);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].status == status)
            return (enum answer_class)rows[i].class;
    return (enum answer_class)by_hundred[status / 100];
}

const char *answer_class_name(enum answer_class class) {
    static const char *const names[] = {
        [ANSWER_PROVISIONAL] = "provisional",     [ANSWER_SUCCESS] = "success",
        [ANSWER_REDIRECTION] = "redirection",     [ANSWER_CHALLENGE] = "challenge",
        [ANSWER_REJECTION] = "rejection",         [ANSWER_TOO_BRIEF] = "too-brief",
        [ANSWER_EXTENSION] = "extension",         [ANSWER_REFUSAL] = "refusal",
        [ANSWER_TARGET_FAILED] = "target-failed",
    };

    return names[class];
}
