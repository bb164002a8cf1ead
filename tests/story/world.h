/* The former name of story.h. */
#include "story.h"
