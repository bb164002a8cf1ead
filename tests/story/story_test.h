/* What a program of stories begins with: one world, made anew for each story. */
#ifndef STORY_STORY_TEST_H
#define STORY_STORY_TEST_H

#include "../unit/cmocka_all.h"
#include "story.h"

static struct world w;

static int setup(void **state) {
    (void)state;
    world_init(&w);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    world_release(&w);
    return 0;
}

#define STORY(name)                                                                                \
    { #name, story_holds(#name) ? name : story_is_skipped, setup, teardown, NULL }

#endif
