#if defined(__GNUC__) && defined(__x86_64__)

#define SN_DOUBLE
#define SN_BUILD(name) sn_double_avx2_##name
#define SN_NAME "avx2"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#include "body.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#else
typedef int nothing_here; /* C has no empty files. */
#endif
