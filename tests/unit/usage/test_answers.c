/* docs/answers.md and the table of answers.c say the same, for every status there is. */
#include "../cmocka_all.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usage/answers.h"

static const char *document;

enum { FIRST = 100, LAST = 699 };

struct said {
    char class[32];
    bool alone; /* by a row for this very status, not for its hundred */
};

static struct said said[LAST + 1];

static void note(unsigned status, const char *class, bool alone) {
    assert_in_range(status, FIRST, LAST);
    if (said[status].alone && !alone)
        return;
    if (said[status].class[0] != '\0' && said[status].alone == alone)
        fail_msg("%u is there twice", status);
    snprintf(said[status].class, sizeof said[status].class, "%s", class);
    said[status].alone = alone;
}

/* "| 300, 301, 302 | redirection | ..." or "| 300-399 | redirection | ..." */
static void read_row(char *line) {
    char *rest = NULL;
    char *statuses = strtok_r(line, "|", &rest);
    char *class = strtok_r(NULL, "| ", &rest);

    assert_non_null(class);
    for (char *at = statuses; *at != '\0';) {
        unsigned status = (unsigned)strtoul(at, &at, 10), last = status;

        if (*at == '-')
            last = (unsigned)strtoul(at + 1, &at, 10);
        for (unsigned s = status; s <= last; s++)
            note(s, class, status == last);
        at += strspn(at, ", ");
    }
}

static void read_document(void) {
    FILE *file = fopen(document, "r");
    char line[4096];

    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (line[0] == '|' && line[1] == ' ' && line[2] >= '1' && line[2] <= '6')
            read_row(line);
    fclose(file);
}

static void test_answers__are_what_the_document_says(void **state) {
    (void)state;
    read_document();
    for (unsigned status = FIRST; status <= LAST; status++) {
        const char *class = answer_class_name(answer_class(status));

        if (strcmp(said[status].class, class) != 0)
            fail_msg("%u is '%s' in the document and '%s' in the program", status,
                     said[status].class, class);
    }
}

static void test_answers__of_every_known_status_have_a_row_of_their_own(void **state) {
    static const unsigned known[] = {
        100, 180, 199, 200, 202, 300, 301, 302, 305, 380, 400, 401, 402, 403, 404, 405,
        406, 407, 408, 410, 413, 414, 415, 416, 420, 421, 423, 428, 430, 436, 437, 438,
        439, 440, 469, 470, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491, 493,
        494, 500, 501, 502, 503, 504, 505, 513, 555, 580, 600, 603, 604, 606, 607};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!said[known[i]].alone)
            fail_msg("%u has no row", known[i]);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers__are_what_the_document_says),
        cmocka_unit_test(test_answers__of_every_known_status_have_a_row_of_their_own),
    };

    if (argc != 2)
        return 2;
    document = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
