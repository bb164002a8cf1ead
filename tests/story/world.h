#include "story.h"
