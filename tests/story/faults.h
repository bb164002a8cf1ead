/* What servers of a story are told to do wrong with REGISTERs, in few words. */
#ifndef STORY_FAULTS_H
#define STORY_FAULTS_H

#include <string.h>

#include "story.h"

/* From now on; REGISTRAR_WORKS: nothing is wrong any more. */
static inline void server_does(struct world *world, unsigned server,
                               enum registrar_fault_kind kind) {
    const struct registrar_fault fault = {.kind = kind, .method = {"REGISTER", 8}};

    registrar_set_fault(world->servers[server].registrar, &fault);
}

/* The next `count` times (0: always), with these header lines, each with its CR LF. */
static inline void server_answers(struct world *world, unsigned server, unsigned status,
                                  const char *headers, unsigned count) {
    const struct registrar_fault fault = {.kind = REGISTRAR_ANSWERS,
                                          .method = {"REGISTER", 8},
                                          .count = count,
                                          .status = status,
                                          .headers = {headers, strlen(headers)}};

    registrar_set_fault(world->servers[server].registrar, &fault);
}

/* 420 to who supports the option, or 421 to who does not. */
static inline void server_minds(struct world *world, unsigned server,
                                enum registrar_fault_kind kind, const char *option) {
    const struct registrar_fault fault = {
        .kind = kind, .method = {"REGISTER", 8}, .option = {option, strlen(option)}};

    registrar_set_fault(world->servers[server].registrar, &fault);
}

#endif
