/* One step against numbers from elsewhere: worked out by hand, and central differences of the loss. */
#include "check.h"

#include <stdio.h>

#define SINGLE (sizeof(real) == sizeof(float))
#define MOST_INPUTS 64

static void set(void *array, size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++) ((real *)array)[i] = (real)values[i];
}

static void check_array(const void *array, size_t n, const double *expected, double tolerance, const char *what)
{
    const real *got = array;
    for (size_t i = 0; i < n; i++) check_close((double)got[i], expected[i], tolerance, tolerance, what);
}

/* h = (1, 2), target 0, squared error, SGD at 0.1; rows (3, 4) and (0, -2), gains 0.5 and 1, biases 0.1 and 0.2, head
 * (2, -1) and 0.3. tests/test_reference.py works it out: r = (5, 2), u = (2.2, -2), z = (1.2, -1.8), unit 2 is off. */
void check_step_by_hand(void)
{
    const shape s = {.fan_in = 2, .fan_out = 1, .n_hidden = 1, .hidden = {2}, .activation = {SN_RELU},
                     .loss = SN_SQUARED_ERROR, .method = SN_SGD, .n_rates = 1, .rates = {0.1}, .eps = 1e-8};
    const double W[] = {3, 4, 0, -2}, g[] = {0.5, 1}, b[] = {0.1, 0.2}, head[] = {2, -1}, head_b[] = {0.3};
    const double x[] = {1, 2}, target[] = {0};
    const double pi = 3.14159265358979323846;
    const double mean = 1 / sqrt(2 * pi), sd = sqrt((1 - 1 / pi) / 2);
    const double a_1 = (1.2 - mean) / sd, a_2 = -mean / sd, o = 2 * a_1 - a_2 + 0.3;
    const double e = 2 * o / sd, c = o / (5 * sd);
    const double rate = 0.1 / (1 + 0.05 * (a_1 * a_1 + a_2 * a_2 + 1 + 4 * 5.8416 / (sd * sd)));
    /* The same few operations in another order: some roundings. */
    const double tolerance = SINGLE ? 1e-6 : 1e-14;
    model *m = model_new(&s, 1);
    sn_layer *layers = m->learner.networks[0].layers;
    set(layers[0].W.value, 4, W);
    set(layers[0].g.value, 2, g);
    set(layers[0].b.value, 2, b);
    set(layers[1].W.value, 2, head);
    set(layers[1].b.value, 1, head_b);
    model_prepare(m);

    model_learn(m, x, NULL, target, 1.0);

    check_close(m->prediction[0], o, tolerance, 0, "the output");
    const double new_W[] = {3 + 0.32 * rate * c, 4 - 0.24 * rate * c, 0, -2};
    check_array(layers[0].W.value, 4, new_W, tolerance, "W");
    check_array(layers[0].g.value, 2, (const double[]){0.5 - 2.2 * rate * e, 1}, tolerance, "g");
    check_array(layers[0].b.value, 2, (const double[]){0.1 - rate * e, 0.2}, tolerance, "b");
    check_array(layers[1].W.value, 2, (const double[]){2 - rate * o * a_1, -1 - rate * o * a_2}, tolerance, "head W");
    check_array(layers[1].b.value, 1, (const double[]){0.3 - rate * o}, tolerance, "head b");
    check(*m->learner.networks[0].step == 1, "one step");
    model_free(m);
}

/* The losses from their definitions, not from loss.h. */
static double loss_of(sn_loss loss, const real *o, size_t n, const double *target)
{
    double sum = 0, total = 0;
    for (size_t k = 0; k < n; k++) sum += exp((double)o[k]);
    for (size_t k = 0; k < n; k++) {
        const double z = (double)o[k], error = z - target[k], size = fabs(error);
        if (loss == SN_SIGMOID_CROSS_ENTROPY) total += log(1 + exp(z)) - target[k] * z;
        if (loss == SN_SQUARED_ERROR) total += 0.5 * error * error;
        if (loss == SN_HUBER) total += size <= 1 ? 0.5 * size * size : size - 0.5;
    }
    return loss == SN_CROSS_ENTROPY ? log(sum) - (double)o[(size_t)target[0]] : total;
}

static double loss_at(model *m, const real *h, const double *target)
{
    model_prepare(m);
    return loss_of(m->shape.loss, SN_BUILD(forward)(m->learner.networks, h, m->workspace), m->shape.fan_out, target);
}

/* The head's array first: its bias has delta for a gradient. Returns how many there are. */
static size_t values_of(model *m, real **values, size_t *sizes)
{
    size_t count = 0;
    for (size_t l = m->learner.networks[0].n_layers; l-- > 0;) {
        const sn_layer *layer = &m->learner.networks[0].layers[l];
        if (!layer->b.value) continue;
        values[count] = layer->b.value;
        sizes[count++] = layer->fan_out;
        values[count] = layer->W.value;
        sizes[count++] = layer->fan_out * layer->fan_in;
        if (!layer->g.value) continue;
        values[count] = layer->g.value;
        sizes[count++] = layer->fan_out;
    }
    return count;
}

/* SGD moves every number by its derivative, times one rate that follows from all of the derivatives. */
static void check_gradient(const shape *s, const double *x, const double *target)
{
    model *m = model_new(s, 7), *moved = model_new(s, 7);
    real *values[3 * MOST_HIDDEN], *after[3 * MOST_HIDDEN], h[MOST_INPUTS];
    double numeric[512], squares = 0, error = 0;
    size_t sizes[3 * MOST_HIDDEN], n = 0, done = 0;
    char what[80];
    const size_t count = values_of(m, values, sizes);
    values_of(moved, after, sizes);
    for (size_t j = 0; j < s->fan_in; j++) h[j] = (real)x[j];
    model_learn(moved, x, NULL, target, 1.0);

    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < sizes[k]; i++, n++) {
            const real at = values[k][i];
            values[k][i] = at + (real)1e-5;
            const double above = loss_at(m, h, target);
            values[k][i] = at - (real)1e-5;
            numeric[n] = (above - loss_at(m, h, target)) / 2e-5;
            values[k][i] = at;
            squares += numeric[n] * numeric[n];
            if (k == 0) error += numeric[n] * numeric[n];
        }
    const double rate = 0.1 / (1 + 0.05 * squares / error);
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < sizes[k]; i++, done++) {
            snprintf(what, sizeof what, "activation %d, loss %d, array %d", (int)s->activation[0], (int)s->loss,
                     (int)k);
            /* Truncation is of order (1e-5)^2, rounding 1e-16 / 1e-5. */
            check_close((double)(values[k][i] - after[k][i]) / rate, numeric[done], 1e-6, 1e-9, what);
        }
    model_free(m);
    model_free(moved);
}

static void check_dense(sn_activation activation, sn_loss loss)
{
    const shape s = {.fan_in = 6, .fan_out = loss == SN_HUBER ? 2 : 3, .n_hidden = 2, .hidden = {5, 4},
                     .activation = {activation, activation}, .loss = loss, .method = SN_SGD, .n_rates = 1,
                     .rates = {0.1}, .eps = 1e-8};
    const double x[] = {0.75, -1.5, 0.25, 2, -0.5, 1.25}, classes[] = {1, 0, 1}, numbers[] = {0.7, -4, 0.1};
    check_gradient(&s, x, loss == SN_CROSS_ENTROPY || loss == SN_SIGMOID_CROSS_ENTROPY ? classes : numbers);
}

/* Convolutions and pools along both sides, with padding and without, that overlap and that leave gaps. */
static void check_windows(sn_activation activation, sn_kind pool, int same)
{
    const shape s = {.fan_in = 2 * 5 * 6, .fan_out = 3, .n_hidden = 4, .hidden = {3, 0, 4, 5}, .input = {5, 6},
                     .laid = {{SN_CONVOLUTION, {2, 3}, {1, 1}, same}, {pool, {3, 2}, {1, 2}, same},
                              {SN_CONVOLUTION, {2, 2}, {2, 1}, same}},
                     .activation = {activation, SN_IDENTITY, activation, activation}, .loss = SN_CROSS_ENTROPY,
                     .method = SN_SGD, .n_rates = 1, .rates = {0.1}, .eps = 1e-8};
    const double target[] = {1, 0, 0};
    double x[2 * 5 * 6];
    uint64_t seed = 3;
    for (size_t j = 0; j < s.fan_in; j++) x[j] = (double)(float)uniform(&seed, -2, 2);
    check_gradient(&s, x, target);
}

void check_gradients(void)
{
    /* In float a difference quotient has two digits; the arithmetic is the same source. */
    if (SINGLE) return;
    for (int activation = SN_RELU; activation <= SN_IDENTITY; activation++)
        for (int loss = SN_CROSS_ENTROPY; loss <= SN_HUBER; loss++)
            check_dense((sn_activation)activation, (sn_loss)loss);
    for (int activation = SN_RELU; activation <= SN_IDENTITY; activation++)
        for (int same = 0; same < 2; same++) {
            check_windows((sn_activation)activation, SN_MAX_POOL, same);
            check_windows((sn_activation)activation, SN_MEAN_POOL, same);
        }
}
