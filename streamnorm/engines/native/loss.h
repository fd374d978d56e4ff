/* Losses: what the output predicts, how wrong that is, and dL/do. */

/* p = softmax(o), in double so that it sums to one. Returns what p was divided by; the largest o was taken off o. */
static double softmax(const real *o, size_t n, double *p, double *largest)
{
    double most = -HUGE_VAL, sum = 0.0;
    for (size_t k = 0; k < n; k++) most = (double)o[k] > most ? (double)o[k] : most;
    for (size_t k = 0; k < n; k++) sum += p[k] = exp((double)o[k] - most);
    for (size_t k = 0; k < n; k++) p[k] /= sum;
    *largest = most;
    return sum;
}

static void predicted(sn_loss loss, const real *o, size_t n, double *p)
{
    double largest;
    if (loss == SN_CROSS_ENTROPY) {
        softmax(o, n, p, &largest);
        return;
    }
    for (size_t k = 0; k < n; k++)
        p[k] = loss == SN_SIGMOID_CROSS_ENTROPY ? 0.5 * (1.0 + tanh(0.5 * (double)o[k])) : (double)o[k];
}

/* A bounded loss for the mixture: Huber's, at most what it is at two standard deviations. */
#define MOST 1.5

static double blame_of(double error)
{
    const double e = fabs(error), huber = e < 1.0 ? 0.5 * e * e : e - 0.5;
    return huber < MOST ? huber : isfinite(e) ? MOST : e;
}

/* The same, and delta = dL/do. Returns the loss by which the mixture weighs the replica. */
static double judged(sn_loss loss, const real *o, size_t n, const double *target, double *p, real *delta)
{
    double blame = 0.0;
    if (loss == SN_CROSS_ENTROPY) {
        const size_t label = (size_t)target[0];
        double largest;
        const double sum = softmax(o, n, p, &largest);
        blame = largest + log(sum) - (double)o[label];
        for (size_t k = 0; k < n; k++) delta[k] = (real)(p[k] - (k == label ? 1.0 : 0.0));
        return blame;
    }
    predicted(loss, o, n, p);
    size_t known = 0;
    for (size_t k = 0; k < n; k++) {
        delta[k] = 0;
        if (isnan(target[k])) continue;
        known++;
        if (loss == SN_SIGMOID_CROSS_ENTROPY) {
            const double z = (double)o[k];
            blame += (z > 0.0 ? z : 0.0) - target[k] * z + log1p(exp(-fabs(z)));
            delta[k] = (real)(p[k] - target[k]);
        } else {
            const real error = o[k] - (real)target[k];
            const real bounded = error < 1 ? (error > -1 ? error : -1) : 1;
            blame += blame_of((double)error);
            delta[k] = loss == SN_SQUARED_ERROR ? error : bounded;
        }
    }
    return known ? blame / (double)known : 0.0;
}
