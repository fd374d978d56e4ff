#if defined(__GNUC__) && defined(__x86_64__)

#define SN_BUILD(name) sn_float_avx512_##name
#define SN_NAME "avx512"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512dq,avx512bw,avx512vl"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,avx512f,avx512dq,avx512bw,avx512vl")
#endif

#include "body.h"

#ifdef __clang__
#pragma clang attribute pop
#endif

#else
typedef int nothing_here; /* C has no empty files. */
#endif
