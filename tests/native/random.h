/* The same numbers on every machine: a linear congruential generator (Knuth's MMIX), its upper bits. */
#ifndef STREAMNORM_TEST_RANDOM_H
#define STREAMNORM_TEST_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_bits(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static inline double uniform(uint64_t *state, double low, double high)
{
    return low + (high - low) * (double)random_bits(state) / 2147483648.0;
}

static inline size_t random_below(uint64_t *state, size_t n) { return (size_t)(random_bits(state) % n); }

#endif
