/* The number type of the arithmetic, and the names of one build of it: both are the compiler's to define. */
#ifndef STREAMNORM_REAL_H
#define STREAMNORM_REAL_H

#include <math.h>
#include <stdint.h>

#ifdef SN_DOUBLE
typedef double real;
typedef int64_t place; /* an index as wide as a number, so that both are selected by one vector */
#define MATH(name) name
#else
typedef float real;
typedef int32_t place;
#define MATH(name) name##f
#endif

/* Not to be inlined: what windows need would take registers from what dense layers do. */
#if defined(__GNUC__)
#define APART __attribute__((noinline))
#else
#define APART
#endif

/* A program that holds several builds gives each names of its own. */
#ifndef SN_BUILD
#define SN_BUILD(name) sn_##name
#endif

#endif
