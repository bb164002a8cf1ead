/* Assertions for mistakes of the programmer. They stay in release builds: a registration engine
 * that goes on with a broken invariant does more harm than one that is restarted. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

_Noreturn void hf_assert_failed(const char *expression, const char *file, int line);

#define HF_ASSERT(expression)                                                                      \
    (__builtin_expect(!!(expression), 1) ? (void)0                                                 \
                                         : hf_assert_failed(#expression, __FILE__, __LINE__))

#define HF_UNREACHABLE() hf_assert_failed("unreachable", __FILE__, __LINE__)

#endif
