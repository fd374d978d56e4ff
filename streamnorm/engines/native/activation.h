/* f and f' over a layer, by name. The hot ones have no branch, so that they vectorise. */

#define LEAKY_SLOPE ((real)0.01)

static real sigmoid(real z) { return (real)0.5 * ((real)1 + MATH(tanh)((real)0.5 * z)); }
static real normal_cdf(real z) { return (real)0.5 * ((real)1 + MATH(erf)(z * (real)0.70710678118654752440)); }
static real normal_pdf(real z) { return (real)0.39894228040143267794 * MATH(exp)((real)-0.5 * z * z); }

/* a_i = (f(z_i) - m) / d */
static void activate(const sn_layer *layer, size_t n, const real *restrict z, real *restrict a)
{
    const real mean = (real)layer->mean, sd = (real)layer->sd;
    size_t i;
    switch (layer->activation) {
    case SN_RELU:
        for (i = 0; i < n; i++) a[i] = ((z[i] > 0 ? z[i] : 0) - mean) / sd;
        return;
    case SN_LEAKY_RELU:
        for (i = 0; i < n; i++) a[i] = ((z[i] > 0 ? z[i] : LEAKY_SLOPE * z[i]) - mean) / sd;
        return;
    case SN_TANH:
        for (i = 0; i < n; i++) a[i] = (MATH(tanh)(z[i]) - mean) / sd;
        return;
    case SN_SIGMOID:
        for (i = 0; i < n; i++) a[i] = (sigmoid(z[i]) - mean) / sd;
        return;
    case SN_GELU:
        for (i = 0; i < n; i++) a[i] = (z[i] * normal_cdf(z[i]) - mean) / sd;
        return;
    case SN_SILU:
        for (i = 0; i < n; i++) a[i] = (z[i] * sigmoid(z[i]) - mean) / sd;
        return;
    case SN_SOFTPLUS:
        for (i = 0; i < n; i++)
            a[i] = ((z[i] > 0 ? z[i] : 0) + MATH(log1p)(MATH(exp)(-MATH(fabs)(z[i]))) - mean) / sd;
        return;
    case SN_IDENTITY:
        for (i = 0; i < n; i++) a[i] = (z[i] - mean) / sd;
        return;
    }
}

/* e_i = da_i f'(z_i) / d */
static void deactivate(const sn_layer *layer, size_t n, const real *restrict z, const real *restrict da,
                       real *restrict e)
{
    const real sd = (real)layer->sd;
    size_t i;
    switch (layer->activation) {
    case SN_RELU:
        for (i = 0; i < n; i++) e[i] = z[i] > 0 ? da[i] / sd : 0;
        return;
    case SN_LEAKY_RELU:
        for (i = 0; i < n; i++) e[i] = (z[i] > 0 ? 1 : LEAKY_SLOPE) * da[i] / sd;
        return;
    case SN_TANH:
        for (i = 0; i < n; i++) {
            const real t = MATH(tanh)(z[i]);
            e[i] = da[i] * (1 - t * t) / sd;
        }
        return;
    case SN_SIGMOID:
        for (i = 0; i < n; i++) {
            const real s = sigmoid(z[i]);
            e[i] = da[i] * s * (1 - s) / sd;
        }
        return;
    case SN_GELU:
        for (i = 0; i < n; i++) e[i] = da[i] * (normal_cdf(z[i]) + z[i] * normal_pdf(z[i])) / sd;
        return;
    case SN_SILU:
        for (i = 0; i < n; i++) {
            const real s = sigmoid(z[i]);
            e[i] = da[i] * (s + z[i] * s * (1 - s)) / sd;
        }
        return;
    case SN_SOFTPLUS:
        for (i = 0; i < n; i++) e[i] = da[i] * sigmoid(z[i]) / sd;
        return;
    case SN_IDENTITY:
        for (i = 0; i < n; i++) e[i] = da[i] / sd;
        return;
    }
}
