#include "kernel.h"

#include <string.h>

#include "activation.h"
#include "optimizer.h"
#include "sweeps.h"

/* A row without weights, before the first feature is known, must not divide by its norm. */
#define SMALLEST_NORM ((real)1e-15)

/* Next to a norm so small q = c u / r may leave float where the gradient's closed form does not see it. */
#define LARGEST ((real)1e38)

/* What forward leaves for learn, each [fan_out]: the head's output is its z. */
typedef struct {
    real *u, *r, *z, *a, *e, *c, *q;
} trace;
#define TRACE 7

static trace trace_at(real *start, size_t fan_out)
{
    trace t;
    t.u = start;
    t.r = t.u + fan_out;
    t.z = t.r + fan_out;
    t.a = t.z + fan_out;
    t.e = t.a + fan_out;
    t.c = t.e + fan_out;
    t.q = t.c + fan_out;
    return t;
}

/* The parts of the workspace. */
typedef struct {
    size_t *active;              /* [indices] */
    real *traces;                /* [TRACE * all units] */
    real *dh, *keep_m, *keep_v;  /* [widest] each */
    real *direction;             /* [largest fan_in], and for all parameters if the optimiser has state */
} parts;

typedef struct {
    size_t units, widest, indices, directions;
} sizes;

static sizes measure(const sn_network *network)
{
    sizes s = {0, 0, 0, 0};
    size_t row = 0, all = 0;
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        s.units += layer->fan_out;
        all += layer->fan_out * (layer->fan_in + 2);
        if (layer->fan_out > s.widest) s.widest = layer->fan_out;
        if (layer->fan_in > row) row = layer->fan_in;
    }
    if (row > s.widest) s.widest = row;
    /* An even number, so that doubles behind them are aligned where an index has four bytes. */
    s.indices = (s.widest + 1) / 2 * 2;
    s.directions = network->optimizer.method == SN_SGD ? row : all;
    return s;
}

static void divide(const sn_network *network, void *workspace, parts *p)
{
    const sizes s = measure(network);
    p->active = workspace;
    p->traces = (real *)(p->active + s.indices);
    p->dh = p->traces + TRACE * s.units;
    p->keep_m = p->dh + s.widest;
    p->keep_v = p->keep_m + s.widest;
    p->direction = p->keep_v + s.widest;
}

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
        const real row = c[i] * c[i] * (across > 0 ? across : 0);
        sum += e[i] * e[i] * (1 + u[i] * u[i]) + (MATH(fabs)(q[i]) < LARGEST ? row : (real)HUGE_VAL);
    }
    return sum;
}

/* Where e_i is zero the unit is idle: nothing touches its row. */
static size_t gather(const real *restrict e, size_t n, size_t *restrict active)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        active[count] = i;
        count += e[i] != 0;
    }
    return count;
}

/* Errors of all units, output to input; returns the squared norm of the whole gradient. */
static real backward(const sn_network *network, const real *h, const real *delta, const parts *p)
{
    size_t l = network->n_layers - 1;
    real *start = p->traces;
    for (size_t k = 0; k < l; k++) start += TRACE * network->layers[k].fan_out;
    const sn_layer *layer = &network->layers[l];
    trace t = trace_at(start, layer->fan_out);
    const real *input = l ? trace_at(start - TRACE * layer->fan_in, layer->fan_in).a : h;
    for (size_t k = 0; k < layer->fan_out; k++) {
        t.e[k] = t.c[k] = delta[k];
        t.q[k] = 0;
    }
    real sum = squared_norm(delta, layer->fan_out) * (1 + squared_norm(input, layer->fan_in));
    while (l-- > 0) {
        const size_t n_active = gather(t.e, layer->fan_out, p->active);
        transposed(layer->W.value, p->active, n_active, layer->fan_in, t.c, p->dh);
        layer = &network->layers[l];
        start -= TRACE * layer->fan_out;
        t = trace_at(start, layer->fan_out);
        input = l ? trace_at(start - TRACE * layer->fan_in, layer->fan_in).a : h;
        deactivate(layer, t.z, p->dh, t.e);
        sum += gradients(layer->fan_out, layer->g.value, squared_norm(input, layer->fan_in), &t);
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
static real propose_units(const sn_optimizer *optimizer, const sn_parameter *x, size_t n, const real *G, const real *e,
                          const constants *k, const parts *p, real *d)
{
    if (optimizer->method == SN_RMSPROP) return rmsprop_units(n, G, p->keep_v, x->v, k, d);
    return adam_units(n, G, e, p->keep_m, p->keep_v, x->m, x->v, k, d);
}

/* Directions for all that is awake, next to each other in p->direction; returns what they promise together. */
static double propose(const sn_network *network, const real *h, int64_t step, const parts *p)
{
    const sn_optimizer *optimizer = &network->optimizer;
    const constants k = constants_at(optimizer, step);
    real *start = p->traces, *d = p->direction;
    double promised = 0.0;
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        const size_t n = layer->fan_out, fan_in = layer->fan_in;
        const trace t = trace_at(start, n);
        wake(optimizer, layer, t.e, step, p);
        promised += (double)propose_units(optimizer, &layer->b, n, t.e, t.e, &k, p, d);
        d += n;
        if (layer->g.value) {
            for (size_t i = 0; i < n; i++) p->dh[i] = t.e[i] * t.u[i];
            promised += (double)propose_units(optimizer, &layer->g, n, p->dh, t.e, &k, p, d);
        }
        d += n;
        const size_t n_active = gather(t.e, n, p->active);
        for (size_t a = 0; a < n_active; a++, d += fan_in) {
            const size_t i = p->active[a];
            const real *w = (const real *)layer->W.value + i * fan_in;
            real *v = (real *)layer->W.v + i * fan_in;
            promised += (double)(optimizer->method == SN_RMSPROP
                ? rmsprop_row(fan_in, t.c[i], h, t.q[i], w, p->keep_v[i], v, &k, d)
                : adam_row(fan_in, t.c[i], h, t.q[i], w, p->keep_m[i], p->keep_v[i],
                           (real *)layer->W.m + i * fan_in, v, &k, d));
        }
        h = t.a;
        start += TRACE * n;
    }
    return promised;
}

/* The step itself, at one rate for the whole network. */
static void update(const sn_network *network, const real *h, real rate, const parts *p)
{
    const int plain = network->optimizer.method == SN_SGD;
    real *start = p->traces;
    const real *d = p->direction;
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        const size_t n = layer->fan_out, fan_in = layer->fan_in;
        const trace t = trace_at(start, n);
        real *g = layer->g.value, *b = layer->b.value, *square = layer->square;
        if (plain) {
            if (g)
                for (size_t i = 0; i < n; i++) g[i] -= rate * (t.e[i] * t.u[i]);
            follow(b, n, rate, t.e);
        } else {
            follow(b, n, rate, d);
            if (g) follow(g, n, rate, d + n);
            d += 2 * n;
        }
        const size_t n_active = gather(t.e, n, p->active);
        for (size_t a = 0; a < n_active; a++) {
            const size_t i = p->active[a];
            real *w = (real *)layer->W.value + i * fan_in, norm;
            if (plain) {
                norm = descend(w, fan_in, 1 + rate * t.q[i], rate * t.c[i], h);
            } else {
                norm = follow(w, fan_in, rate, d);
                d += fan_in;
            }
            if (square) square[i] = norm;
        }
        h = t.a;
        start += TRACE * n;
    }
}

size_t SN_BUILD(workspace)(const sn_network *network)
{
    const sizes s = measure(network);
    return s.indices * sizeof(size_t) + sizeof(real) * (TRACE * s.units + 3 * s.widest + s.directions);
}

void SN_BUILD(prepare)(sn_network *network, void *workspace)
{
    sn_optimizer *optimizer = &network->optimizer;
    parts p;
    divide(network, workspace, &p);
    optimizer->recent_m[0] = optimizer->recent_v[0] = 1.0;
    for (size_t k = 1; k < SN_RECENT; k++) {
        optimizer->recent_m[k] = optimizer->recent_m[k - 1] * optimizer->decay_m;
        optimizer->recent_v[k] = optimizer->recent_v[k - 1] * optimizer->decay_v;
    }
    for (size_t l = 0; l + 1 < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        const size_t n = layer->fan_in;
        real *square = layer->square;
        for (size_t i = 0; i < layer->fan_out; i++) {
            const real *w = (const real *)layer->W.value + i * n;
            memcpy(p.direction, w, n * sizeof(real));
            /* By the very loop that will keep it, so that a resumed model has the same bits. */
            square[i] = optimizer->method == SN_SGD ? descend(p.direction, n, 1, 0, w) : follow(p.direction, n, 0, w);
        }
    }
}

const real *SN_BUILD(forward)(const sn_network *network, const real *h, void *workspace)
{
    parts p;
    divide(network, workspace, &p);
    real *start = p.traces;
    const sn_layer *layer = network->layers;
    for (size_t l = 0; l + 1 < network->n_layers; l++, layer++) {
        const size_t n = layer->fan_out;
        const trace t = trace_at(start, n);
        products(layer->W.value, n, layer->fan_in, h, t.u);
        normalize(n, layer->square, layer->g.value, layer->b.value, t.u, t.r, t.z);
        activate(layer, t.z, t.a);
        h = t.a;
        start += TRACE * n;
    }
    const trace t = trace_at(start, layer->fan_out);
    const real *b = layer->b.value;
    products(layer->W.value, layer->fan_out, layer->fan_in, h, t.z);
    for (size_t k = 0; k < layer->fan_out; k++) t.z[k] += b[k];
    return t.z;
}

void SN_BUILD(learn)(sn_network *network, const real *h, const real *delta, double weight, void *workspace)
{
    parts p;
    divide(network, workspace, &p);
    const real error = squared_norm(delta, network->layers[network->n_layers - 1].fan_out);
    if (error == 0) return;
    const real gradient = backward(network, h, delta, &p);
    if (!isfinite(gradient)) return;
    const int64_t step = ++*network->step;
    double promised = (double)gradient;
    if (network->optimizer.method != SN_SGD) promised = propose(network, h, step, &p);
    const double asked = weight * network->optimizer.learning_rate;
    const double eta = asked < 1.0 ? asked : 1.0;
    update(network, h, (real)(eta / (1.0 + 0.5 * eta * promised / (double)error)), &p);
}
