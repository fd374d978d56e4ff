#include "kernel.h"

#include <string.h>

#include "activation.h"
#include "optimizer.h"
#include "sweeps.h"

/* A row without weights, before the first feature is known, must not divide by its norm. */
#define SMALLEST_NORM ((real)1e-15)

/* Next to a norm so small q = c u / r, or the square of one element, may leave float where the gradient's closed form
 * does not see it: there the row and the input are all but parallel, and their difference is lost in rounding. */
#define LARGEST ((real)1e38)

/* The parts of the workspace. */
typedef struct {
    size_t *active;              /* [all units, and a count a layer] */
    real *traces;                /* [TRACE * all units] */
    real *dh, *keep_m, *keep_v;  /* [widest] each */
    real *directions;            /* for all parameters, if the optimiser has state */
    real *spare;                 /* [longest] */
} parts;

typedef struct {
    size_t units, widest, longest, indices, directions;
} sizes;

/* Every array of the workspace starts at a cache line: vectors across two lines cost twice. */
#define LINE 64
#define IN_LINE (LINE / sizeof(real))

static size_t aligned(size_t n) { return (n + IN_LINE - 1) / IN_LINE * IN_LINE; }

static sizes measure(const sn_network *network)
{
    sizes s = {0, 0, 0, 0, 0};
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        s.units += aligned(layer->fan_out);
        s.indices += 1 + layer->fan_out;
        s.directions += 2 * aligned(layer->fan_out) + layer->fan_out * aligned(layer->fan_in);
        if (layer->fan_out > s.widest) s.widest = layer->fan_out;
        if (layer->fan_in > s.longest) s.longest = layer->fan_in;
    }
    s.longest = aligned(s.longest);
    s.widest = aligned(s.longest > s.widest ? s.longest : s.widest);
    s.indices = aligned(s.indices);
    if (network->optimizer.method == SN_SGD) s.directions = 0;
    return s;
}

#define TRACE 7

static parts divide(const sn_network *network, void *workspace)
{
    const sizes s = measure(network);
    parts p;
    p.active = (size_t *)(((uintptr_t)workspace + LINE - 1) / LINE * LINE);
    p.traces = (real *)(p.active + s.indices);
    p.dh = p.traces + TRACE * s.units;
    p.keep_m = p.dh + s.widest;
    p.keep_v = p.keep_m + s.widest;
    p.directions = p.keep_v + s.widest;
    p.spare = p.directions + s.directions;
    return p;
}

/* What a layer leaves in the workspace for those who come later. */
typedef struct {
    const real *h;                   /* [fan_in]: its input */
    real *u, *r, *z, *a, *e, *c, *q; /* [fan_out] each; the head's output is its z */
    size_t *n_active, *active;       /* units with an error */
    real *directions;                /* of b, of g, and of the rows of active units */
} trace;

static trace trace_of(const sn_network *network, const real *h, const parts *p, size_t l)
{
    const size_t n = aligned(network->layers[l].fan_out);
    size_t units = 0, indices = 0, directions = 0;
    trace t;
    for (size_t k = 0; k < l; k++) {
        const sn_layer *layer = &network->layers[k];
        units += aligned(layer->fan_out);
        indices += 1 + layer->fan_out;
        directions += 2 * aligned(layer->fan_out) + layer->fan_out * aligned(layer->fan_in);
    }
    t.u = p->traces + TRACE * units;
    t.r = t.u + n;
    t.z = t.r + n;
    t.e = t.z + n;
    t.c = t.e + n;
    t.q = t.c + n;
    t.a = t.q + n;
    /* The units of the layer in front are the last that it left. */
    t.h = l ? t.u - aligned(network->layers[l].fan_in) : h;
    t.n_active = p->active + indices;
    t.active = t.n_active + 1;
    t.directions = network->optimizer.method == SN_SGD ? NULL : p->directions + directions;
    return t;
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
        const real square = c[i] * c[i], row = square * (across > 0 ? across : 0);
        const int inside = (MATH(fabs)(q[i]) < LARGEST) & (square * squared_h < LARGEST);
        sum += e[i] * e[i] * (1 + u[i] * u[i]) + (inside ? row : (real)HUGE_VAL);
    }
    return sum;
}

/* Where e_i is zero the unit is idle: nothing touches its row. */
static void gather(size_t n, const trace *t)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        t->active[count] = i;
        count += MATH(fabs)(t->e[i]) > 0;
    }
    *t->n_active = count;
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
    gather(layer->fan_out, &t);
    real sum = squared_norm(delta, layer->fan_out) * (1 + squared_norm(t.h, layer->fan_in));
    while (l-- > 0) {
        transposed(layer->W.value, t.active, *t.n_active, layer->fan_in, t.c, p->dh);
        layer = &network->layers[l];
        t = trace_of(network, h, p, l);
        deactivate(layer, t.z, p->dh, t.e);
        gather(layer->fan_out, &t);
        sum += gradients(layer->fan_out, layer->g.value, squared_norm(t.h, layer->fan_in), &t);
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

/* Adam's directions of a layer, for a sample that stands for several. */
static void repeat_layer(const sn_layer *layer, const trace *t, const constants *k, const parts *p)
{
    const size_t n = layer->fan_out, fan_in = layer->fan_in;
    real *b = t->directions, *g = b + aligned(n), *d = g + aligned(n);
    for (size_t a = 0; a < *t->n_active; a++, d += aligned(fan_in)) {
        const size_t i = t->active[a], row = i * layer->stride;
        const real *w = (const real *)layer->W.value + row, *e = t->e + i, *G = p->dh + i;
        repeat_momentum(fan_in, t->c[i], t->h, t->q[i], w, (real *)layer->W.m + row, (real *)layer->W.v + row, k, d);
        repeat_momentum(1, 1, e, 0, e, (real *)layer->b.m + i, (real *)layer->b.v + i, k, b + i);
        if (layer->g.value) repeat_momentum(1, 1, G, 0, G, (real *)layer->g.m + i, (real *)layer->g.v + i, k, g + i);
    }
}

/* Directions for all that is awake; returns what they promise together. */
static double propose(const sn_network *network, const real *h, int64_t step, double weight, const parts *p)
{
    const sn_optimizer *optimizer = &network->optimizer;
    const constants k = constants_at(optimizer, step, weight);
    double promised = 0.0;
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        const size_t n = layer->fan_out, fan_in = layer->fan_in;
        const trace t = trace_of(network, h, p, l);
        real *d = t.directions;
        wake(optimizer, layer, t.e, step, p);
        promised += (double)propose_units(optimizer, &layer->b, n, t.e, t.e, &k, p, d);
        d += aligned(n);
        if (layer->g.value) {
            for (size_t i = 0; i < n; i++) p->dh[i] = t.e[i] * t.u[i];
            promised += (double)propose_units(optimizer, &layer->g, n, p->dh, t.e, &k, p, d);
        }
        d += aligned(n);
        for (size_t a = 0; a < *t.n_active; a++, d += aligned(fan_in)) {
            const size_t i = t.active[a];
            const real *w = (const real *)layer->W.value + i * layer->stride;
            real *v = (real *)layer->W.v + i * layer->stride;
            promised += (double)(optimizer->method == SN_RMSPROP
                ? rmsprop_row(fan_in, t.c[i], t.h, t.q[i], w, p->keep_v[i], v, &k, d)
                : adam_row(fan_in, t.c[i], t.h, t.q[i], w, p->keep_m[i], p->keep_v[i],
                           (real *)layer->W.m + i * layer->stride, v, &k, d));
        }
        if (weight > 1.0 && optimizer->method == SN_ADAM) repeat_layer(layer, &t, &k, p);
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
                            : descend(w, n, 1 + rate * t->q[i], rate * t->c[i], t->h);
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
        const size_t n = layer->fan_out;
        const trace t = trace_of(network, h, p, l);
        real *g = layer->g.value;
        if (t.directions) {
            subtract(layer->b.value, n, rate, t.directions);
            if (g) subtract(g, n, rate, t.directions + aligned(n));
        } else {
            subtract(layer->b.value, n, rate, t.e);
            for (size_t i = 0; g && i < n; i++) g[i] -= rate * (t.e[i] * t.u[i]);
        }
        update_rows(layer, rate, &t);
        if (layer->reach) widen(n, t.z, layer->reach, (real *)layer->reach + n);
    }
}

size_t SN_BUILD(workspace)(const sn_network *network)
{
    const sizes s = measure(network);
    const size_t reals = TRACE * s.units + 3 * s.widest + s.directions + s.longest;
    return LINE + s.indices * sizeof(size_t) + reals * sizeof(real);
}

void SN_BUILD(prepare)(sn_network *network, void *workspace)
{
    sn_optimizer *optimizer = &network->optimizer;
    const parts p = divide(network, workspace);
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
            const real *w = (const real *)layer->W.value + i * layer->stride;
            memcpy(p.spare, w, n * sizeof(real));
            /* A step of nothing, by the very loop that will keep it, so that a resumed model has the same bits. */
            square[i] = optimizer->method == SN_SGD ? descend(p.spare, n, 1, 0, w) : follow(p.spare, n, 0, w);
        }
    }
}

const real *SN_BUILD(forward)(const sn_network *network, const real *h, void *workspace)
{
    const parts p = divide(network, workspace);
    const size_t head = network->n_layers - 1;
    for (size_t l = 0; l < head; l++) {
        const sn_layer *layer = &network->layers[l];
        const trace t = trace_of(network, h, &p, l);
        products(layer->W.value, layer->fan_out, layer->fan_in, layer->stride, t.h, t.u);
        normalize(layer->fan_out, layer->square, layer->g.value, layer->b.value, t.u, t.r, t.z);
        activate(layer, t.z, t.a);
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
