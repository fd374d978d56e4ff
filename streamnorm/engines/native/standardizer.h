/* Running mean and variance of each coordinate, robust to spikes, in double whatever the network is in.
 *
 *     alpha = max(1/n, fading)   mean <- mean + alpha d   variance <- (1 - alpha) (variance + alpha d^2)   d = x - mean
 */
#ifndef STREAMNORM_STANDARDIZER_H
#define STREAMNORM_STANDARDIZER_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Below this a standard deviation counts as zero: its inverse would leave float. */
#define SN_SMALLEST_SD 1e-30
/* From this count on a value moves the statistics as if it were at most SN_WINSOR sd from the mean. */
#define SN_WINSOR_AFTER 30.0
#define SN_WINSOR 10.0

typedef struct {
    size_t n;
    double *count, *mean, *variance;      /* [n] */
    double *center, *sd, *inverse_sd;     /* [n]: what is subtracted and multiplied by, from mean and variance */
    double clip, fading_factor;
    int single;                           /* the mean is rounded to float before it is subtracted */
} sn_standardizer;

/* Bounds without a branch. */
static inline double sn_bounded(double x, double bound)
{
    const double below = x < bound ? x : bound;
    return below > -bound ? below : -bound;
}

/* A coordinate without variance is 0. */
static inline double sn_standardized(const sn_standardizer *s, size_t j, double x)
{
    return sn_bounded((x - s->center[j]) * s->inverse_sd[j], s->clip);
}

/* What is subtracted and multiplied by. */
static inline void sn_derive(const sn_standardizer *s)
{
    const double *restrict mean = s->mean, *restrict variance = s->variance;
    double *restrict center = s->center, *restrict sd = s->sd, *restrict inverse_sd = s->inverse_sd;
    for (size_t j = 0; j < s->n; j++) {
        sd[j] = sqrt(variance[j]);
        inverse_sd[j] = sd[j] > SN_SMALLEST_SD ? 1.0 / sd[j] : 0.0;
    }
    if (s->single)
        for (size_t j = 0; j < s->n; j++) center[j] = (double)(float)mean[j];
    else
        for (size_t j = 0; j < s->n; j++) center[j] = mean[j];
}

/* Let the values count; coordinates that are not present keep their statistics. `present` may be NULL for all. */
static inline void sn_update(const sn_standardizer *s, const double *restrict x, const uint8_t *restrict present)
{
    double *restrict count = s->count, *restrict mean = s->mean, *restrict variance = s->variance;
    const double *restrict sd = s->sd;
    const double fading = s->fading_factor;
    for (size_t j = 0; j < s->n; j++) {
        const double here = present ? (double)present[j] : 1.0;
        const double n = count[j] + here;
        const double newest = 1.0 / (n > 1.0 ? n : 1.0);
        const double alpha = (newest > fading ? newest : fading) * here;
        const double bound = n > SN_WINSOR_AFTER && sd[j] > 0.0 ? SN_WINSOR * sd[j] : HUGE_VAL;
        const double d = sn_bounded(x[j] - mean[j], bound);
        count[j] = n;
        mean[j] += alpha * d;
        variance[j] = (1.0 - alpha) * (variance[j] + alpha * d * d);
    }
    sn_derive(s);
}

/* The values of one channel in a sample [positions, channels]: how far they are from the mean, m, and their variance. */
static inline double sn_deviation(const sn_standardizer *s, size_t j, size_t n, const double *x, const uint8_t *present,
                                  double bound, double *m)
{
    double known = 0.0, sum = 0.0, spread = 0.0;
    for (size_t i = j; i < n; i += s->n) {
        const double here = present ? (double)present[i] : 1.0;
        known += here;
        sum += here * sn_bounded(x[i] - s->mean[j], bound);
    }
    *m = known > 0.0 ? sum / known : 0.0;
    for (size_t i = j; i < n; i += s->n) {
        const double here = present ? (double)present[i] : 1.0, d = sn_bounded(x[i] - s->mean[j], bound) - *m;
        spread += here * d * d;
    }
    return known > 0.0 ? spread / known : -1.0;
}

/* The same where each coordinate has values at several positions, n in all: those of a sample count together, with the
 * mean m of their d, and their own variance besides: see standardizer.py. */
static inline void sn_update_channels(const sn_standardizer *s, size_t n, const double *x, const uint8_t *present)
{
    for (size_t j = 0; j < s->n; j++) {
        const double count = s->count[j] + 1.0, newest = 1.0 / count;
        const double alpha = newest > s->fading_factor ? newest : s->fading_factor;
        const double bound = count > SN_WINSOR_AFTER && s->sd[j] > 0.0 ? SN_WINSOR * s->sd[j] : HUGE_VAL;
        double m;
        const double spread = sn_deviation(s, j, n, x, present, bound, &m);
        if (spread < 0.0) continue; /* It has no value. */
        s->count[j] = count;
        s->mean[j] += alpha * m;
        s->variance[j] = (1.0 - alpha) * (s->variance[j] + alpha * m * m) + alpha * spread;
    }
    sn_derive(s);
}

#endif
