#include "kernel.h"

#include <string.h>

#include "activation.h"
#include "grid.h"
#include "optimizer.h"
#include "sweeps.h"
#include "workspace.h"

/* A row without weights, before the first feature is known, must not divide by its norm. */
#define SMALLEST_NORM ((real)1e-15)

/* Next to a norm so small q = c u / r, or the square of one element, may leave float where the gradient's closed form
 * does not see it: there the row and the input are all but parallel, and their difference is lost in rounding. */
#define LARGEST ((real)1e38)

/* In this order: each needs those before. */
#include "lanes.h"
#include "convolution.h"
#include "pool.h"
#include "on_grid.h"

/* u <- s / |w|,  z = g u + b; `u` comes in as the products s. */
static void normalize(size_t n, const real *restrict square, const real *restrict g, const real *restrict b,
                      real *restrict u, real *restrict r, real *restrict z)
{
    for (size_t i = 0; i < n; i++) {
        const real norm = MATH(sqrt)(square[i]);
        r[i] = norm > SMALLEST_NORM ? norm : SMALLEST_NORM;
        u[i] /= r[i];
        z[i] = g[i] * u[i] + b[i];
    }
}

/* c = e g / r and q = c u / r, so that dL/dw = c h - q w. Returns the squared norm of the layer's gradient, closed form
 * since that of a row is orthogonal to the row. */
static real gradients(size_t n, const real *restrict g, real squared_h, const trace *t)
{
    const real *restrict e = t->e, *restrict u = t->u, *restrict r = t->r;
    real *restrict c = t->c, *restrict q = t->q, sum = 0;
    for (size_t i = 0; i < n; i++) {
        const real across = squared_h - u[i] * u[i];
        c[i] = e[i] * g[i] / r[i];
        q[i] = c[i] * u[i] / r[i];
        const real square = c[i] * c[i], row = square * (across > 0 ? across : 0);
        const int inside = (MATH(fabs)(q[i]) < LARGEST) & (square * squared_h < LARGEST);
        sum += e[i] * e[i] * (1 + u[i] * u[i]) + (inside ? row : (real)HUGE_VAL);
    }
    return sum;
}


/* dL/da of the layer in front, as dh. */
static void hand_down(const sn_layer *layer, const trace *t, const parts *p)
{
    if (layer->kind == SN_DENSE)
        transposed(layer->W.value, t->active, *t->n_active, layer->fan_in, t->c, p->dh);
    else
        hand_down_on_grid(layer, t, p);
}

/* Errors of a layer from dL/da; returns the squared norm of its gradient. */
static real take_errors(const sn_layer *layer, const trace *t, const parts *p)
{
    if (layer->kind != SN_DENSE) return take_errors_on_grid(layer, t, p);
    deactivate(layer, layer->fan_out, t->z, p->dh, t->e);
    *t->n_active = gather(layer->fan_out, t->e, t->active);
    return gradients(layer->fan_out, layer->g.value, squared_norm(t->h, layer->fan_in), t);
}

/* Errors of all units, output to input; returns the squared norm of the whole gradient. */
static real backward(const sn_network *network, const real *h, const real *delta, const parts *p)
{
    size_t l = network->n_layers - 1;
    const sn_layer *layer = &network->layers[l];
    trace t = trace_of(network, h, p, l);
    for (size_t k = 0; k < layer->fan_out; k++) {
        t.e[k] = t.c[k] = delta[k];
        t.q[k] = 0;
    }
    *t.n_active = gather(layer->fan_out, t.e, t.active);
    real sum = squared_norm(delta, layer->fan_out) * (1 + squared_norm(t.h, layer->fan_in));
    while (l-- > 0) {
        hand_down(layer, &t, p);
        layer = &network->layers[l];
        t = trace_of(network, h, p, l);
        sum += take_errors(layer, &t, p);
    }
    return sum;
}

/* How much of its state a unit keeps: it decays for all the steps since the unit was last awake, now that it wakes. */
static void wake(const sn_optimizer *optimizer, const sn_layer *layer, const real *e, int64_t step, const parts *p)
{
    for (size_t i = 0; i < layer->fan_out; i++) {
        const int64_t missed = step - layer->last[i];
        p->keep_m[i] = e[i] != 0 ? power(optimizer->decay_m, optimizer->recent_m, missed) : 1;
        p->keep_v[i] = e[i] != 0 ? power(optimizer->decay_v, optimizer->recent_v, missed) : 1;
        layer->last[i] = e[i] != 0 ? step : layer->last[i];
    }
}

/* Directions of one layer's gains or biases. */
static real propose_units(const sn_optimizer *optimizer, const sn_parameter *x, size_t n, const real *G,
                          const real *awake, const constants *k, const parts *p, real *d)
{
    if (optimizer->method == SN_RMSPROP) return rmsprop_units(n, G, p->keep_v, x->v, k, d);
    return adam_units(n, G, awake, p->keep_m, p->keep_v, x->m, x->v, k, d);
}

/* dL/dg: of a dense layer it is computed here, into scratch. */
static const real *gains_gradient(size_t n, const trace *t, real *scratch)
{
    if (t->of_g) return t->of_g;
    for (size_t i = 0; i < n; i++) scratch[i] = t->e[i] * t->u[i];
    return scratch;
}

/* Adam's directions of a layer, for a sample that stands for several. */
static void repeat_layer(const sn_layer *layer, const trace *t, const real *of_g, const constants *k)
{
    const size_t n = layer->fan_out, fan_in = layer->fan_in;
    real *b = t->directions, *g = b + aligned(n), *d = g + aligned(n);
    for (size_t a = 0; a < *t->n_active; a++, d += aligned(fan_in)) {
        const size_t i = t->active[a], row = i * layer->stride;
        const real *w = (const real *)layer->W.value + row, *h = t->rows + i * t->pitch, *e = t->of_b + i, *G = of_g + i;
        repeat_momentum(fan_in, t->c[i], h, t->q[i], w, (real *)layer->W.m + row, (real *)layer->W.v + row, k, d);
        repeat_momentum(1, 1, e, 0, e, (real *)layer->b.m + i, (real *)layer->b.v + i, k, b + i);
        if (layer->g.value) repeat_momentum(1, 1, G, 0, G, (real *)layer->g.m + i, (real *)layer->g.v + i, k, g + i);
    }
}

/* Directions of all that is awake in a layer; returns what they promise together. */
static double propose_layer(const sn_optimizer *optimizer, const sn_layer *layer, const trace *t, const constants *k,
                            const parts *p)
{
    const size_t n = layer->fan_out, fan_in = layer->fan_in;
    const real *of_g = NULL;
    real *d = t->directions;
    double promised = (double)propose_units(optimizer, &layer->b, n, t->of_b, t->awake, k, p, d);
    d += aligned(n);
    if (layer->g.value) {
        of_g = gains_gradient(n, t, p->dh);
        promised += (double)propose_units(optimizer, &layer->g, n, of_g, t->awake, k, p, d);
    }
    d += aligned(n);
    for (size_t a = 0; a < *t->n_active; a++, d += aligned(fan_in)) {
        const size_t i = t->active[a];
        const real *w = (const real *)layer->W.value + i * layer->stride, *h = t->rows + i * t->pitch;
        real *v = (real *)layer->W.v + i * layer->stride;
        promised += (double)(optimizer->method == SN_RMSPROP
            ? rmsprop_row(fan_in, t->c[i], h, t->q[i], w, p->keep_v[i], v, k, d)
            : adam_row(fan_in, t->c[i], h, t->q[i], w, p->keep_m[i], p->keep_v[i],
                       (real *)layer->W.m + i * layer->stride, v, k, d));
    }
    return promised;
}

/* Directions for all that is awake; returns what they promise together. */
static double propose(const sn_network *network, const real *h, int64_t step, double weight, const parts *p)
{
    const sn_optimizer *optimizer = &network->optimizer;
    const constants k = constants_at(optimizer, step, weight);
    double promised = 0.0;
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        if (!layer->W.value) continue;
        const trace t = trace_of(network, h, p, l);
        wake(optimizer, layer, t.awake, step, p);
        promised += propose_layer(optimizer, layer, &t, &k, p);
        if (weight > 1.0 && optimizer->method == SN_ADAM) repeat_layer(layer, &t, t.of_g ? t.of_g : p->dh, &k);
    }
    return promised;
}

/* Rows of a layer's active units, last first: the next sample begins with the first, and finds them in the cache. */
static void update_rows(const sn_layer *layer, real rate, const trace *t)
{
    const size_t n = layer->fan_in;
    const real *d = t->directions ? t->directions + 2 * aligned(layer->fan_out) : NULL;
    real *square = layer->square;
    for (size_t a = *t->n_active; a-- > 0;) {
        const size_t i = t->active[a];
        real *w = (real *)layer->W.value + i * layer->stride;
        const real norm = d ? follow(w, n, rate, d + a * aligned(n))
                            : descend(w, n, 1 + rate * t->q[i], rate * t->c[i], t->rows + i * t->pitch);
        if (square) square[i] = norm;
    }
}

/* Unit by unit, so that it vectorises. */
static void widen(size_t n, const real *restrict z, real *restrict low, real *restrict high)
{
    for (size_t i = 0; i < n; i++) {
        low[i] = z[i] < low[i] ? z[i] : low[i];
        high[i] = z[i] > high[i] ? z[i] : high[i];
    }
}

/* The step itself, at one rate for the whole network. */
static void update(const sn_network *network, const real *h, real rate, const parts *p)
{
    for (size_t l = network->n_layers; l-- > 0;) {
        const sn_layer *layer = &network->layers[l];
        if (!layer->W.value) continue;
        const size_t n = layer->fan_out, outputs = outputs_of(layer);
        const trace t = trace_of(network, h, p, l);
        real *g = layer->g.value;
        subtract(layer->b.value, n, rate, t.directions ? t.directions : t.of_b);
        if (g) subtract(g, n, rate, t.directions ? t.directions + aligned(n) : gains_gradient(n, &t, p->dh));
        update_rows(layer, rate, &t);
        for (size_t k = 0; layer->reach && k < outputs; k += n)
            widen(n, t.z + k, layer->reach, (real *)layer->reach + n);
    }
}

size_t SN_BUILD(workspace)(const sn_network *network) { return bytes_of(network); }

void SN_BUILD(prepare)(sn_network *network, void *workspace)
{
    sn_optimizer *optimizer = &network->optimizer;
    const parts p = divide(network, workspace);
    optimizer->recent_m[0] = optimizer->recent_v[0] = 1.0;
    for (size_t k = 1; k < SN_RECENT; k++) {
        optimizer->recent_m[k] = optimizer->recent_m[k - 1] * optimizer->decay_m;
        optimizer->recent_v[k] = optimizer->recent_v[k - 1] * optimizer->decay_v;
    }
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        const size_t n = layer->fan_in;
        real *square = layer->square;
        for (size_t i = 0; square && i < layer->fan_out; i++) {
            const real *w = (const real *)layer->W.value + i * layer->stride;
            memcpy(p.spare, w, n * sizeof(real));
            /* A step of nothing, by the very loop that will keep it, so that a resumed model has the same bits. */
            square[i] = optimizer->method == SN_SGD ? descend(p.spare, n, 1, 0, w) : follow(p.spare, n, 0, w);
        }
    }
}

/* What a hidden layer says of its input. */
static void pass_on(const sn_layer *layer, const trace *t)
{
    if (layer->kind != SN_DENSE) {
        pass_on_from_grid(layer, t);
        return;
    }
    products(layer->W.value, layer->fan_out, layer->fan_in, layer->stride, t->h, t->u);
    normalize(layer->fan_out, layer->square, layer->g.value, layer->b.value, t->u, t->r, t->z);
    activate(layer, layer->fan_out, t->z, t->a);
}

const real *SN_BUILD(forward)(const sn_network *network, const real *h, void *workspace)
{
    const parts p = divide(network, workspace);
    const size_t head = network->n_layers - 1;
    for (size_t l = 0; l < head; l++) {
        const sn_layer *layer = &network->layers[l];
        const trace t = trace_of(network, h, &p, l);
        pass_on(layer, &t);
    }
    const sn_layer *layer = &network->layers[head];
    const trace t = trace_of(network, h, &p, head);
    const real *b = layer->b.value;
    products(layer->W.value, layer->fan_out, layer->fan_in, layer->stride, t.h, t.z);
    for (size_t k = 0; k < layer->fan_out; k++) t.z[k] += b[k];
    return t.z;
}

sn_promise SN_BUILD(propose)(sn_network *network, const real *h, const real *delta, double weight, void *workspace)
{
    const parts p = divide(network, workspace);
    const sn_promise nothing = {0.0, 0.0};
    const real error = squared_norm(delta, network->layers[network->n_layers - 1].fan_out);
    if (error == 0) return nothing;
    const real gradient = backward(network, h, delta, &p);
    if (!isfinite(gradient)) return nothing;
    const int64_t step = ++*network->step;
    sn_promise promise = {(double)gradient, (double)error};
    if (network->optimizer.method != SN_SGD) promise.decrease = propose(network, h, step, weight, &p);
    return promise;
}

void SN_BUILD(move)(const sn_network *network, const real *h, double rate, void *workspace)
{
    const parts p = divide(network, workspace);
    update(network, h, (real)rate, &p);
}
