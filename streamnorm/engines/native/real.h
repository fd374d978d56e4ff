/* The number type of the arithmetic, and the names of one build of it: both are the compiler's to define. */
#ifndef STREAMNORM_REAL_H
#define STREAMNORM_REAL_H

#include <math.h>

#ifdef SN_DOUBLE
typedef double real;
#define MATH(name) name
#else
typedef float real;
#define MATH(name) name##f
#endif

/* A program that holds several builds gives each names of its own. */
#ifndef SN_BUILD
#define SN_BUILD(name) sn_##name
#endif

#endif
