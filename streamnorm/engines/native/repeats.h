/* How far a step goes: see implicit.py and repeats.py for the mathematics. */

/* A sample of more weight counts as this. */
#define LARGEST_WEIGHT 100.0

static double implicit_rate(double eta, const sn_promise *promise)
{
    return eta / (1.0 + 0.5 * eta * promise->decrease / promise->error);
}

/* What the repeats are followed with: the loss, and room for their outputs, errors [n] and predictions [n]. */
typedef struct {
    sn_loss loss;
    size_t n;
    const double *target;
    real *output, *error;
    double *p;
} repeats;

/* The size of the one step that takes the output where `weight` > 1 steps on the same sample would; delta is dL/do. */
static double repeated_rate(const repeats *r, const real *output, const real *delta, double eta,
                            const sn_promise *promise, double weight)
{
    const double kappa = promise->decrease / promise->error;
    double rate = implicit_rate(eta, promise), size = rate;
    for (size_t k = 0; k < r->n; k++) {
        r->output[k] = output[k];
        r->error[k] = delta[k];
    }
    for (double left = weight - 1.0; left > 0.0; left -= 1.0) {
        double along = 0.0;
        for (size_t k = 0; k < r->n; k++) r->output[k] -= (real)(rate * kappa * (double)r->error[k]);
        judged(r->loss, r->output, r->n, r->target, r->p, r->error);
        for (size_t k = 0; k < r->n; k++) along += (double)r->error[k] * (double)delta[k];
        rate = implicit_rate((left < 1.0 ? left : 1.0) * eta, promise);
        size += rate * (along / promise->error);
    }
    return size;
}
