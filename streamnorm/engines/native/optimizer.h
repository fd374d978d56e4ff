/* RMSprop and Adam: the direction in which a gradient moves an array, and how much lower it promises the loss. */

typedef struct {
    real new_m, new_v, eps, correct_m, correct_v;
    real settled, mean, last;   /* of repeats, see `repeat_momentum` */
} constants;

static constants constants_at(const sn_optimizer *optimizer, int64_t step, double weight)
{
    const double beta = optimizer->decay_m, repeats = weight > 1.0 ? weight : 1.0, last = pow(beta, repeats);
    constants k;
    k.new_m = (real)(1.0 - optimizer->decay_m);
    k.new_v = (real)(1.0 - optimizer->decay_v);
    k.eps = (real)optimizer->eps;
    k.correct_m = (real)(1.0 / (1.0 - pow(optimizer->decay_m, (double)step)));
    k.correct_v = (real)(1.0 / sqrt(1.0 - pow(optimizer->decay_v, (double)step)));
    k.settled = (real)(1.0 - pow(beta, (double)step));
    k.mean = (real)(1.0 - (1.0 - last) / (repeats * (1.0 - beta)));
    k.last = (real)(1.0 - last / beta);
    return k;
}

/* A decay to the power of n; most units wake after a step or two. */
static real power(double decay, const double *recent, int64_t n)
{
    return (real)(n < SN_RECENT ? recent[n] : pow(decay, (double)n));
}

/* v <- rho v + (1 - rho) G^2,  d = G / (sqrt(v) + eps), for a weight row's gradient G = c h - q w. `keep` is rho to the
 * power of the steps since the row's last one. Returns <G, d>. */
static real rmsprop_row(size_t n, real c, const real *restrict h, real q, const real *restrict w, real keep,
                        real *restrict v, const constants *k, real *restrict d)
{
    const real fresh = k->new_v, eps = k->eps;
    real promised = 0;
    for (size_t j = 0; j < n; j++) {
        const real G = c * h[j] - q * w[j];
        v[j] = keep * v[j] + fresh * (G * G);
        d[j] = G / (MATH(sqrt)(v[j]) + eps);
        promised += G * d[j];
    }
    return promised;
}

/* m <- beta_1 m + (1 - beta_1) G and v likewise, both corrected for their start at zero. Momentum may point uphill:
 * what bounds the step is what the gradient alone promises, <G, G / scale>. */
static real adam_row(size_t n, real c, const real *restrict h, real q, const real *restrict w, real keep_m, real keep_v,
                     real *restrict m, real *restrict v, const constants *k, real *restrict d)
{
    const real new_m = k->new_m, new_v = k->new_v, correct_m = k->correct_m, correct_v = k->correct_v, eps = k->eps;
    real promised = 0;
    for (size_t j = 0; j < n; j++) {
        const real G = c * h[j] - q * w[j];
        m[j] = keep_m * m[j] + new_m * G;
        v[j] = keep_v * v[j] + new_v * (G * G);
        const real scale = MATH(sqrt)(v[j]) * correct_v + eps;
        d[j] = m[j] * correct_m / scale;
        promised += G * (G / scale);
    }
    return promised;
}

/* The same for gains or biases: one number a unit, with the gradient e u or e. Idle units stay. */
static real rmsprop_units(size_t n, const real *restrict G, const real *restrict keep, real *restrict v,
                          const constants *k, real *restrict d)
{
    const real fresh = k->new_v, eps = k->eps;
    real promised = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = keep[i] * v[i] + fresh * (G[i] * G[i]);
        d[i] = G[i] / (MATH(sqrt)(v[i]) + eps);
        promised += G[i] * d[i];
    }
    return promised;
}

static real adam_units(size_t n, const real *restrict G, const real *restrict e, const real *restrict keep_m,
                       const real *restrict keep_v, real *restrict m, real *restrict v, const constants *k,
                       real *restrict d)
{
    const real new_m = k->new_m, new_v = k->new_v, correct_m = k->correct_m, correct_v = k->correct_v, eps = k->eps;
    real promised = 0;
    for (size_t i = 0; i < n; i++) {
        m[i] = keep_m[i] * m[i] + new_m * G[i];
        v[i] = keep_v[i] * v[i] + new_v * (G[i] * G[i]);
        const real scale = MATH(sqrt)(v[i]) * correct_v + eps;
        d[i] = e[i] != 0 ? m[i] * correct_m / scale : 0;
        promised += G[i] * (G[i] / scale);
    }
    return promised;
}

/* A sample of weight above 1 moves along the mean of the momenta that repeats would have, and leaves the last of them
 * behind: both are nearer to what m would be, were all gradients this one. */
static void repeat_momentum(size_t n, real c, const real *restrict h, real q, const real *restrict w, real *restrict m,
                            const real *restrict v, const constants *k, real *restrict d)
{
    for (size_t j = 0; j < n; j++) {
        const real missing = k->settled * (c * h[j] - q * w[j]) - m[j];
        d[j] += k->mean * missing * k->correct_m / (MATH(sqrt)(v[j]) * k->correct_v + k->eps);
        m[j] += k->last * missing;
    }
}
