/* How far a step goes: see implicit.py and repeats.py for the mathematics. */

/* A sample of more weight counts as this. */
#define LARGEST_WEIGHT 100.0

static double implicit_rate(double eta, const sn_promise *promise)
{
    return eta / (1.0 + 0.5 * eta * promise->decrease / promise->error);
}

/* What repeats are followed with: the loss, and room for their outputs, errors [n] and predictions [n]. */
typedef struct {
    sn_loss loss;
    size_t n;
    const double *target;
    real *output, *error;
    double *p;
} follower;

/* How many times the first step is as long as all the steps on a sample of this weight, above 1, together. `delta` is
 * dL/do at the output, and `mended` the part of it that the first step takes off. */
static double repeats(const follower *f, const real *output, const real *delta, double mended, double weight)
{
    double count = 1.0, square = 0.0;
    for (size_t k = 0; k < f->n; k++) {
        f->output[k] = output[k];
        f->error[k] = delta[k];
        square += (double)delta[k] * (double)delta[k];
    }
    for (double left = weight - 1.0; left > 0.0; left -= 1.0) {
        double along = 0.0;
        for (size_t k = 0; k < f->n; k++) f->output[k] -= (real)(mended * (double)f->error[k]);
        judged(f->loss, f->output, f->n, f->target, f->p, f->error);
        for (size_t k = 0; k < f->n; k++) along += (double)f->error[k] * (double)delta[k];
        count += (left < 1.0 ? left : 1.0) * (along / square);
    }
    return count;
}
