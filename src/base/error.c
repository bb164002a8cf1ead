#include "holdfast/types.h"

const char *hf_error_text(int error) {
    switch ((enum hf_error)error) {
    case HF_OK:
        return "success";
    case HF_ERROR_MEMORY:
        return "out of memory";
    case HF_ERROR_INVALID:
        return "invalid input";
    case HF_ERROR_RANGE:
        return "value out of range";
    case HF_ERROR_UNKNOWN:
        return "no such thing";
    case HF_ERROR_LIMIT:
        return "a limit is reached";
    case HF_ERROR_STATE:
        return "not possible in this state";
    }
    return "unknown error";
}
