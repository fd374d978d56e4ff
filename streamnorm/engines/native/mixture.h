/* Hedge with a fixed share over replicas at several learning rates: see mixture.py for the mathematics. */
#ifndef STREAMNORM_MIXTURE_H
#define STREAMNORM_MIXTURE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define SN_HEDGE 0.5
#define SN_SHARE 1e-3
#define SN_WORST 34.5
#define SN_PATIENCE 1000
#define SN_HOPELESS 0.03

typedef struct {
    size_t n;
    double *weights, *smoothed;   /* [n] */
    int64_t *samples;
} sn_mixture;

/* The replica that counts most among those whose loss is finite: nobody starts again from one that diverged itself. */
static inline size_t sn_leader(const sn_mixture *mixture, const double *losses)
{
    size_t leader = 0;
    for (size_t k = 1; k < mixture->n; k++) {
        const int more = mixture->weights[k] > mixture->weights[leader];
        if (isfinite(losses[k]) && (more || !isfinite(losses[leader]))) leader = k;
    }
    return leader;
}

/* Weighs the replicas by the losses [n] of their predictions for one sample. */
static inline void sn_weigh(const sn_mixture *mixture, const double *losses, double weight)
{
    double *w = mixture->weights, least = SN_WORST, sum = 0.0;
    const double part = weight < 1.0 ? weight : 1.0;
    const int64_t samples = ++*mixture->samples;
    const double newest = part / (double)(samples < SN_PATIENCE ? samples : SN_PATIENCE);
    for (size_t k = 0; k < mixture->n; k++) least = losses[k] < least ? losses[k] : least;
    for (size_t k = 0; k < mixture->n; k++) {
        const double loss = losses[k] < SN_WORST ? losses[k] : SN_WORST; /* also what is not a number */
        w[k] *= exp(-SN_HEDGE * part * (loss - least));
        sum += w[k];
        mixture->smoothed[k] += newest * (loss - mixture->smoothed[k]);
    }
    for (size_t k = 0; k < mixture->n; k++) w[k] = (1.0 - SN_SHARE) * w[k] / sum + SN_SHARE / (double)mixture->n;
}

/* Whether a replica is to start again as a copy of the leader. */
static inline int sn_is_lost(const sn_mixture *mixture, size_t k, double loss, size_t leader)
{
    if (k == leader) return 0;
    if (!isfinite(loss)) return 1;
    return *mixture->samples % SN_PATIENCE == 0 && mixture->smoothed[k] > mixture->smoothed[leader] + SN_HOPELESS;
}

#endif
