/* A unit without an error: nothing of it moves, and when it wakes its state is as if it had decayed at every step. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#define FAN_IN 5
#define SINGLE (sizeof(real) == sizeof(float))

/* All that belongs to unit i: its row and numbers with their states; the norm last. */
static size_t gather_unit(const sn_layer *layer, size_t i, real *to)
{
    const sn_parameter *parameters[] = {&layer->W, &layer->g, &layer->b};
    size_t n = 0;
    for (size_t p = 0; p < 3; p++) {
        const size_t width = p ? 1 : FAN_IN;
        const real *arrays[] = {parameters[p]->value, parameters[p]->m, parameters[p]->v};
        for (size_t a = 0; a < 3; a++)
            for (size_t j = 0; arrays[a] && j < width; j++) to[n++] = arrays[a][i * width + j];
    }
    to[n++] = ((const real *)layer->square)[i];
    return n;
}

/* The gradient of W, row i, at x: what a step of SGD moves, over its rate, which the head's bias tells. */
static void gradient_of(const model *m, const double *x, const double *target, size_t i, double *G)
{
    shape s = m->shape;
    s.method = SN_SGD;
    s.rates[0] = 1.0;
    model *sgd = model_new(&s, 1);
    const sn_layer *from = m->learner.networks[0].layers;
    sn_layer *to = sgd->learner.networks[0].layers;
    for (size_t l = 0; l < 2; l++) {
        memcpy(to[l].W.value, from[l].W.value, to[l].fan_in * to[l].fan_out * sizeof(real));
        memcpy(to[l].b.value, from[l].b.value, to[l].fan_out * sizeof(real));
    }
    memcpy(to[0].g.value, from[0].g.value, to[0].fan_out * sizeof(real));
    model_prepare(sgd);
    const double bias = (double)((const real *)to[1].b.value)[0];
    model_learn(sgd, x, NULL, target, 1.0);
    const double delta = sgd->prediction[0] - target[0];
    const double rate = (bias - (double)((const real *)to[1].b.value)[0]) / delta;
    for (size_t j = 0; j < FAN_IN; j++) {
        const size_t at = i * FAN_IN + j;
        G[j] = (double)(((const real *)from[0].W.value)[at] - ((const real *)to[0].W.value)[at]) / rate;
    }
    model_free(sgd);
}

static void check_wakes(model *m, size_t i, int missed, const double *x)
{
    const sn_optimizer *optimizer = &m->learner.networks[0].optimizer;
    const sn_layer *layer = m->learner.networks[0].layers;
    const real *moments = layer->W.m, *squares = layer->W.v;
    const double target[] = {3};
    double G[FAN_IN], m_old[FAN_IN] = {0}, v_old[FAN_IN];
    for (size_t j = 0; j < FAN_IN; j++) {
        if (moments) m_old[j] = (double)moments[i * FAN_IN + j];
        v_old[j] = (double)squares[i * FAN_IN + j];
        /* Eagerly, one step after the other, as an optimiser without idle units would. */
        for (int step = 0; step <= missed; step++) {
            m_old[j] *= optimizer->decay_m;
            v_old[j] *= optimizer->decay_v;
        }
    }
    gradient_of(m, x, target, i, G);
    model_learn(m, x, NULL, target, 1.0);
    /* G is a difference of weights near 1, of order 0.1: it has 6 digits in float and 14 in double. */
    const double tolerance = SINGLE ? 1e-4 : 1e-11;
    for (size_t j = 0; j < FAN_IN; j++) {
        const double m_new = m_old[j] + (1 - optimizer->decay_m) * G[j];
        if (moments) check_close((double)moments[i * FAN_IN + j], m_new, tolerance, tolerance, "m after waking");
        const double v_new = v_old[j] + (1 - optimizer->decay_v) * G[j] * G[j];
        check_close((double)squares[i * FAN_IN + j], v_new, tolerance, tolerance, "v after waking");
    }
    check(layer->last[i] == *m->learner.networks[0].step, "the step of waking is noted");
}

/* x switches half of the ReLUs off, -x the others: unit i learns at -x, sleeps at x, wakes at -x. */
static void check_unit(sn_method method, int missed)
{
    const shape s = {.fan_in = FAN_IN, .fan_out = 1, .n_hidden = 1, .hidden = {12}, .activation = {SN_RELU},
                     .loss = SN_SQUARED_ERROR, .method = method, .n_rates = 1, .rates = {0.003}, .eps = 1e-8};
    const double x[] = {1, -0.5, 0.75, 2, -1.25}, minus_x[] = {-1, 0.5, -0.75, -2, 1.25};
    real before[64], after[64];
    model *m = model_new(&s, 3);
    const sn_layer *layer = m->learner.networks[0].layers;
    size_t n_idle = 0, idle[12];
    for (int step = 0; step < 5; step++) model_learn(m, minus_x, NULL, (const double[]){step % 2 ? 2 : -2}, 1.0);
    model_learn(m, x, NULL, (const double[]){2}, 1.0);
    for (size_t i = 0; i < 12; i++)
        if (layer->last[i] == 5) idle[n_idle++] = i;
    check(n_idle > 2 && n_idle < 10, "some units are idle, some are not");
    const size_t i = n_idle ? idle[0] : 0;
    const size_t n = gather_unit(layer, i, before);
    for (int step = 1; step < missed; step++) model_learn(m, x, NULL, (const double[]){step % 2 ? 2 : -2}, 1.0);
    gather_unit(layer, i, after);
    check(!memcmp(before, after, n * sizeof(real)), "nothing touches an idle unit");
    check(layer->last[i] == 5, "an idle unit's state has decayed up to its own last step");
    check_wakes(m, i, missed, minus_x);
    model_free(m);
}

void check_idle_rows(void)
{
    /* Few steps, whose powers are tabled, and many. */
    const int missed[] = {1, SN_RECENT - 2, SN_RECENT - 1, SN_RECENT, 200};
    for (size_t k = 0; k < sizeof missed / sizeof *missed; k++) {
        check_unit(SN_RMSPROP, missed[k]);
        check_unit(SN_ADAM, missed[k]);
    }
}
