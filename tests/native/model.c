#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t bytes)
{
    void *block = calloc(bytes ? bytes : 1, 1);
    if (block) return block;
    fprintf(stderr, "no memory for %lu bytes\n", (unsigned long)bytes);
    exit(2);
}

/* Every array has an allocation of its own that ends where it ends: the sanitizer sees any step beyond. */
static void *new_array(model *m, size_t rows, size_t columns, size_t size)
{
    array *a;
    if (m->n_arrays == m->room) {
        m->room = 2 * m->room + 16;
        m->arrays = realloc(m->arrays, m->room * sizeof(array));
        if (!m->arrays) exit(2);
    }
    a = &m->arrays[m->n_arrays++];
    a->rows = rows;
    a->columns = columns;
    a->size = size;
    a->block = allocate((m->shape.misaligned + rows * columns) * size);
    a->start = (char *)a->block + m->shape.misaligned * size;
    return a->start;
}

static sn_parameter new_parameter(model *m, size_t rows, size_t columns)
{
    sn_parameter p = {NULL, NULL, NULL};
    p.value = new_array(m, rows, columns, sizeof(real));
    if (m->shape.method == SN_ADAM) p.m = new_array(m, rows, columns, sizeof(real));
    if (m->shape.method != SN_SGD) p.v = new_array(m, rows, columns, sizeof(real));
    return p;
}

static void new_standardizer(model *m, sn_standardizer *s, size_t n, double clip)
{
    s->n = n;
    s->clip = clip;
    s->single = sizeof(real) == sizeof(float);
    if (!m->shape.standardised) return;
    s->count = new_array(m, 1, n, sizeof(double));
    s->mean = new_array(m, 1, n, sizeof(double));
    s->variance = new_array(m, 1, n, sizeof(double));
    s->center = new_array(m, 1, n, sizeof(double));
    s->sd = new_array(m, 1, n, sizeof(double));
    s->inverse_sd = new_array(m, 1, n, sizeof(double));
}

static void fill(real *values, size_t n, uint64_t *state, double low, double high)
{
    for (size_t i = 0; i < n; i++) values[i] = (real)uniform(state, low, high);
}

/* Mean and standard deviation of f(Z), Z standard normal: numbers of streamnorm/activations.py. */
static const double MOMENTS[][2] = {
    {0.3989422804014327, 0.5838193701035489}, {0.3949528575974184, 0.5865681889393878}, {0.0, 0.6279287303491065},
    {0.5, 0.20827634493166264},               {0.28209479177387786, 0.5879149692126836},
    {0.20662096414190684, 0.5595384678415065}, {0.8060591833474395, 0.521070534381439}, {0.0, 1.0},
};

/* How many patches there are along one side, and how wide that is with its padding. */
static size_t side(size_t size, size_t kernel, size_t stride, int same, size_t *padded)
{
    const size_t out = same ? (size + stride - 1) / stride : (size - kernel) / stride + 1;
    const size_t covered = (out - 1) * stride + kernel;
    *padded = same && covered > size ? covered : size;
    return out;
}

static sn_grid new_grid(const laying *laid, sn_size size, size_t channels)
{
    const sn_size k = laid->kernel, s = laid->stride;
    sn_grid grid = {.channels = channels, .size = size, .kernel = k, .stride = s};
    grid.out.height = side(size.height, k.height, s.height, laid->same, &grid.padded.height);
    grid.out.width = side(size.width, k.width, s.width, laid->same, &grid.padded.width);
    grid.before.height = (grid.padded.height - size.height) / 2;
    grid.before.width = (grid.padded.width - size.width) / 2;
    return grid;
}

/* `size` and `channels` are the input's, and become the output's. */
static void new_layer(model *m, sn_layer *layer, sn_size *size, size_t *channels, size_t l, uint64_t *state)
{
    const int is_head = l == m->shape.n_hidden;
    const laying dense = {SN_DENSE, {0, 0}, {0, 0}, 0}, *laid = is_head ? &dense : &m->shape.laid[l];
    size_t n = is_head ? m->shape.fan_out : m->shape.hidden[l], fan_in = size->height * size->width * *channels;
    layer->kind = laid->kind;
    if (laid->kind != SN_DENSE) {
        layer->grid = new_grid(laid, *size, *channels);
        fan_in = laid->kernel.height * laid->kernel.width * *channels;
        *size = layer->grid.out;
    } else {
        *size = (sn_size){1, 1};
    }
    if (laid->kind == SN_MAX_POOL || laid->kind == SN_MEAN_POOL) {
        layer->fan_in = layer->fan_out = *channels;
        layer->mean = 0.3;
        layer->sd = 0.7;
        return;
    }
    *channels = n;
    layer->fan_in = layer->stride = fan_in;
    layer->fan_out = n;
    layer->activation = is_head ? SN_IDENTITY : m->shape.activation[l];
    layer->mean = MOMENTS[layer->activation][0];
    layer->sd = MOMENTS[layer->activation][1];
    layer->W = new_parameter(m, n, fan_in);
    layer->b = new_parameter(m, n, 1);
    layer->last = new_array(m, n, 1, sizeof(int64_t));
    fill(layer->W.value, n * fan_in, state, -0.5, 0.5);
    fill(layer->b.value, n, state, -0.2, 0.2);
    if (is_head) return;
    layer->g = new_parameter(m, n, 1);
    fill(layer->g.value, n, state, 0.5, 1.1);
    layer->square = new_array(m, n, 1, sizeof(real));
    layer->reach = new_array(m, 2, n, sizeof(real));
}

static void new_network(model *m, sn_network *network, double rate, uint64_t seed)
{
    sn_size size = m->shape.input.width ? m->shape.input : (sn_size){1, 1};
    size_t channels = m->shape.fan_in / (size.height * size.width);
    network->n_layers = m->shape.n_hidden + 1;
    network->layers = allocate(network->n_layers * sizeof(sn_layer));
    network->optimizer.method = m->shape.method;
    network->optimizer.learning_rate = rate;
    network->optimizer.decay_m = m->shape.method == SN_ADAM ? 0.9 : 0.0;
    network->optimizer.decay_v = m->shape.method == SN_ADAM ? 0.999 : m->shape.method == SN_RMSPROP ? 0.99 : 0.0;
    network->optimizer.eps = m->shape.eps;
    network->step = new_array(m, 1, 1, sizeof(int64_t));
    for (size_t l = 0; l < network->n_layers; l++) new_layer(m, &network->layers[l], &size, &channels, l, &seed);
}

model *model_new(const shape *s, uint64_t seed)
{
    model *m = allocate(sizeof(model));
    sn_learner *learner = &m->learner;
    m->shape = *s;
    learner->fan_in = s->fan_in;
    learner->fan_out = s->fan_out;
    learner->loss = s->loss;
    const size_t positions = s->laid[0].kind == SN_DENSE ? 1 : s->input.height * s->input.width;
    new_standardizer(m, &learner->features, s->fan_in / positions, s->standardised ? 10.0 : 1e6);
    if (s->loss == SN_SQUARED_ERROR || s->loss == SN_HUBER) new_standardizer(m, &learner->target, s->fan_out, 10.0);
    learner->mixture.n = s->n_rates;
    learner->mixture.weights = new_array(m, 1, s->n_rates, sizeof(double));
    learner->mixture.smoothed = new_array(m, 1, s->n_rates, sizeof(double));
    learner->mixture.samples = new_array(m, 1, 1, sizeof(int64_t));
    learner->networks = allocate(s->n_rates * sizeof(sn_network));
    for (size_t k = 0; k < s->n_rates; k++) {
        learner->mixture.weights[k] = 1.0 / (double)s->n_rates;
        new_network(m, &learner->networks[k], s->rates[k], seed);
    }
    m->prediction = allocate(s->fan_out * sizeof(double));
    m->workspace_bytes = SN_BUILD(learner_workspace)(learner);
    m->workspace_block = allocate(s->misaligned * sizeof(double) + m->workspace_bytes);
    m->workspace = (double *)m->workspace_block + s->misaligned;
    model_prepare(m);
    return m;
}

void model_free(model *m)
{
    for (size_t i = 0; i < m->n_arrays; i++) free(m->arrays[i].block);
    for (size_t k = 0; k < m->learner.mixture.n; k++) free(m->learner.networks[k].layers);
    free(m->learner.networks);
    free(m->arrays);
    free(m->workspace_block);
    free(m->prediction);
    free(m);
}

void model_prepare(model *m) { SN_BUILD(learner_prepare)(&m->learner, m->workspace); }

void model_copy(model *to, const model *from)
{
    for (size_t i = 0; i < to->n_arrays; i++) {
        const array *a = &to->arrays[i], *b = &from->arrays[i];
        memset(a->start, 0, a->rows * a->columns * a->size);
        for (size_t row = 0; row < b->rows; row++)
            memcpy((char *)a->start + row * a->columns * a->size, (char *)b->start + row * b->columns * b->size,
                   b->columns * b->size);
    }
    model_prepare(to);
}

int model_equal(const model *a, const model *b)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const array *x = &a->arrays[i], *y = &b->arrays[i];
        if (memcmp(x->start, y->start, x->rows * x->columns * x->size)) return 0;
    }
    return 1;
}

static int are_finite(const real *values, size_t n)
{
    for (size_t i = 0; values && i < n; i++)
        if (!isfinite(values[i])) return 0;
    return 1;
}

int model_is_finite(const model *m)
{
    for (size_t k = 0; k < m->learner.mixture.n; k++) {
        const sn_network *network = &m->learner.networks[k];
        for (size_t l = 0; l < network->n_layers; l++) {
            const sn_layer *layer = &network->layers[l];
            const sn_parameter *parameters[] = {&layer->W, &layer->g, &layer->b};
            if (!are_finite(layer->reach, 2 * layer->fan_out)) return 0;
            for (size_t p = 0; p < 3; p++) {
                const size_t n = p ? layer->fan_out : layer->fan_out * layer->fan_in;
                if (!are_finite(parameters[p]->value, n) || !are_finite(parameters[p]->m, n) ||
                    !are_finite(parameters[p]->v, n))
                    return 0;
            }
        }
    }
    return 1;
}

void model_learn(model *m, const double *x, const uint8_t *present, const double *target, double weight)
{
    SN_BUILD(learner_learn)(&m->learner, x, present, target, weight, m->prediction, m->workspace);
}

void model_predict(model *m, const double *x, const uint8_t *present)
{
    SN_BUILD(learner_predict)(&m->learner, x, present, m->prediction, m->workspace);
}
