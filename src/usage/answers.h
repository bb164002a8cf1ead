/* THE table of answers to a REGISTER: what each status means for the registration. docs/answers.md
 * says it in words, row by row, and a test compares the two. Pure.
 *
 * Status codes that RFC 3261 and its extensions do not know count as the x00 of their class
 * (section 8.1.3.2), but for one thing: only five codes mean that a server cannot serve. */
#ifndef USAGE_ANSWERS_H
#define USAGE_ANSWERS_H

enum answer_class {
    ANSWER_PROVISIONAL,   /* 1xx: the server works on it; waited on */
    ANSWER_SUCCESS,       /* 2xx: bound, for the lifetime that it grants */
    ANSWER_REDIRECTION,   /* it says where else to ask */
    ANSWER_CHALLENGE,     /* credentials are wanted */
    ANSWER_REJECTION,     /* the account is refused: nothing will mend that by itself */
    ANSWER_TOO_BRIEF,     /* a longer lifetime is wanted */
    ANSWER_EXTENSION,     /* it does not take an extension that the request offers */
    ANSWER_TARGET_FAILED, /* this server cannot serve, another may */
    ANSWER_REFUSAL,       /* any other: an answer, and no server would better it */
};

/* `status`: 100 to 699. */
enum answer_class answer_class(unsigned status);

/* As docs/answers.md names them: "too-brief". */
const char *answer_class_name(enum answer_class class);

#endif
