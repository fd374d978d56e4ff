#include "description.h"

#include <string.h>

/* Room for one more entry at the end of a growing list; NULL with MemoryError set. */
static void *one_more(void *list, size_t n, size_t *room, size_t size)
{
    if (n < *room) return list;
    const size_t more = 2 * n + 16;
    void *longer = PyMem_Realloc(list, more * size);
    if (!longer) return PyErr_NoMemory();
    *room = more;
    return longer;
}

void *sn_allocate(sn_keeper *keeper, size_t count, size_t size)
{
    void **blocks = one_more(keeper->blocks, keeper->n_blocks, &keeper->room_for_blocks, sizeof(void *));
    if (!blocks) return NULL;
    keeper->blocks = blocks;
    void *block = PyMem_Calloc(count ? count : 1, size);
    if (!block) return PyErr_NoMemory();
    return blocks[keeper->n_blocks++] = block;
}

void *sn_view(sn_keeper *keeper, PyObject *array, size_t bytes)
{
    Py_buffer *views = one_more(keeper->views, keeper->n_views, &keeper->room_for_views, sizeof(Py_buffer));
    if (!views) return NULL;
    keeper->views = views;
    Py_buffer *view = &views[keeper->n_views];
    if (PyObject_GetBuffer(array, view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)) return NULL;
    keeper->n_views++;
    if ((size_t)view->len < bytes) {
        PyErr_Format(PyExc_ValueError, "an array has %zd bytes, fewer than %zu", view->len, bytes);
        return NULL;
    }
    return view->buf;
}

void sn_release(sn_keeper *keeper)
{
    while (keeper->n_views) PyBuffer_Release(&keeper->views[--keeper->n_views]);
    while (keeper->n_blocks) PyMem_Free(keeper->blocks[--keeper->n_blocks]);
    PyMem_Free(keeper->views);
    PyMem_Free(keeper->blocks);
    memset(keeper, 0, sizeof *keeper);
}

/* (count, mean, variance, center, sd, inverse_sd) or (), clip, fading factor, whether the mean is a float; for n
 * coordinates */
static int describe_standardizer(sn_standardizer *s, PyObject *description, size_t n, sn_keeper *keeper)
{
    double **const fields[] = {&s->count, &s->mean, &s->variance, &s->center, &s->sd, &s->inverse_sd};
    PyObject *arrays;
    if (!PyArg_ParseTuple(description, "O!ddp", &PyTuple_Type, &arrays, &s->clip, &s->fading_factor, &s->single))
        return -1;
    s->n = n;
    for (Py_ssize_t i = 0; i < PyTuple_Size(arrays) && i < 6; i++)
        if (!(*fields[i] = sn_view(keeper, PyTuple_GetItem(arrays, i), n * sizeof(double)))) return -1;
    return 0;
}

/* (value, m or None, v or None) */
static int describe_parameter(sn_parameter *parameter, PyObject *description, size_t bytes, sn_keeper *keeper)
{
    PyObject *value, *m, *v;
    if (!PyArg_ParseTuple(description, "OOO", &value, &m, &v)) return -1;
    if (!(parameter->value = sn_view(keeper, value, bytes))) return -1;
    if (m != Py_None && !(parameter->m = sn_view(keeper, m, bytes))) return -1;
    if (v != Py_None && !(parameter->v = sn_view(keeper, v, bytes))) return -1;
    return 0;
}

/* channels, and six sizes; or None */
static int describe_grid(sn_grid *grid, PyObject *description)
{
    Py_ssize_t n[13];
    if (description == Py_None) return 0;
    if (!PyArg_ParseTuple(description, "n(nn)(nn)(nn)(nn)(nn)(nn)", n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7,
                          n + 8, n + 9, n + 10, n + 11, n + 12))
        return -1;
    sn_size *const sizes[] = {&grid->size, &grid->kernel, &grid->stride, &grid->before, &grid->padded, &grid->out};
    grid->channels = (size_t)n[0];
    for (size_t i = 0; i < 6; i++) *sizes[i] = (sn_size){(size_t)n[2 * i + 1], (size_t)n[2 * i + 2]};
    return 0;
}

/* W, g or None, b, last, reach or None: the head has no g and no reach */
static int describe_arrays(sn_layer *layer, PyObject *description, size_t real_size, sn_keeper *keeper)
{
    PyObject *W, *g, *b, *last, *reach;
    if (!PyArg_ParseTuple(description, "OOOOO", &W, &g, &b, &last, &reach)) return -1;
    if (describe_parameter(&layer->W, W, layer->stride * layer->fan_out * real_size, keeper)) return -1;
    if (describe_parameter(&layer->b, b, layer->fan_out * real_size, keeper)) return -1;
    if (!(layer->last = sn_view(keeper, last, layer->fan_out * sizeof(int64_t)))) return -1;
    if (g == Py_None) return 0;
    if (describe_parameter(&layer->g, g, layer->fan_out * real_size, keeper)) return -1;
    if (!(layer->reach = sn_view(keeper, reach, 2 * layer->fan_out * real_size))) return -1;
    return (layer->square = sn_allocate(keeper, layer->fan_out, real_size)) ? 0 : -1;
}

/* kind, grid, fan_in, fan_out, stride, activation, mean and sd, arrays or None of a pool */
static int describe_layer(sn_layer *layer, PyObject *description, size_t real_size, sn_keeper *keeper)
{
    Py_ssize_t fan_in, fan_out, stride;
    int kind, activation;
    PyObject *grid, *arrays;
    if (!PyArg_ParseTuple(description, "iOnnniddO", &kind, &grid, &fan_in, &fan_out, &stride, &activation, &layer->mean,
                          &layer->sd, &arrays))
        return -1;
    layer->kind = (sn_kind)kind;
    layer->fan_in = (size_t)fan_in;
    layer->fan_out = (size_t)fan_out;
    layer->stride = (size_t)stride;
    layer->activation = (sn_activation)activation;
    if (describe_grid(&layer->grid, grid)) return -1;
    return arrays == Py_None ? 0 : describe_arrays(layer, arrays, real_size, keeper);
}

/* (method, learning rate, decay of m, decay of v, eps), steps, layers */
static int describe_network(sn_network *network, PyObject *description, size_t real_size, sn_keeper *keeper)
{
    sn_optimizer *optimizer = &network->optimizer;
    int method;
    PyObject *steps, *layers;
    if (!PyArg_ParseTuple(description, "(idddd)OO!", &method, &optimizer->learning_rate, &optimizer->decay_m,
                          &optimizer->decay_v, &optimizer->eps, &steps, &PyTuple_Type, &layers))
        return -1;
    optimizer->method = (sn_method)method;
    if (!(network->step = sn_view(keeper, steps, sizeof(int64_t)))) return -1;
    network->n_layers = (size_t)PyTuple_Size(layers);
    if (!(network->layers = sn_allocate(keeper, network->n_layers, sizeof(sn_layer)))) return -1;
    for (size_t l = 0; l < network->n_layers; l++)
        if (describe_layer(&network->layers[l], PyTuple_GetItem(layers, (Py_ssize_t)l), real_size, keeper)) return -1;
    return 0;
}

/* weights, smoothed, samples */
static int describe_mixture(sn_mixture *mixture, PyObject *description, sn_keeper *keeper)
{
    PyObject *weights, *smoothed, *samples;
    if (!PyArg_ParseTuple(description, "OOO", &weights, &smoothed, &samples)) return -1;
    if (!(mixture->weights = sn_view(keeper, weights, mixture->n * sizeof(double)))) return -1;
    if (!(mixture->smoothed = sn_view(keeper, smoothed, mixture->n * sizeof(double)))) return -1;
    return (mixture->samples = sn_view(keeper, samples, sizeof(int64_t))) ? 0 : -1;
}

/* clock and seen, or None */
static int describe_recency(sn_learner *learner, PyObject *description, sn_keeper *keeper)
{
    PyObject *clock, *seen;
    if (description == Py_None) return 0;
    if (!PyArg_ParseTuple(description, "OO", &clock, &seen)) return -1;
    if (!(learner->clock = sn_view(keeper, clock, sizeof(int64_t)))) return -1;
    return (learner->seen = sn_view(keeper, seen, learner->fan_in * sizeof(int64_t))) ? 0 : -1;
}

int sn_describe(sn_learner *learner, sn_room *room, PyObject *description, size_t real_size, sn_keeper *keeper)
{
    Py_ssize_t fan_in, fan_out, inputs, outputs, positions;
    int loss;
    PyObject *features, *target, *mixture, *networks, *recency;
    if (!PyArg_ParseTuple(description, "nn(nn)niOOOO!O", &fan_in, &fan_out, &inputs, &outputs, &positions, &loss, &features,
                          &target, &mixture, &PyTuple_Type, &networks, &recency))
        return -1;
    learner->fan_in = (size_t)fan_in;
    learner->fan_out = (size_t)fan_out;
    room->inputs = (size_t)inputs;
    room->outputs = (size_t)outputs;
    room->positions = (size_t)positions;
    learner->loss = (sn_loss)loss;
    if (describe_standardizer(&learner->features, features, learner->fan_in / room->positions, keeper)) return -1;
    if (describe_recency(learner, recency, keeper)) return -1;
    if (describe_standardizer(&learner->target, target, learner->fan_out, keeper)) return -1;
    const size_t n = (size_t)PyTuple_Size(networks);
    learner->mixture.n = n;
    if (describe_mixture(&learner->mixture, mixture, keeper)) return -1;
    if (!(learner->networks = sn_allocate(keeper, n, sizeof(sn_network)))) return -1;
    for (size_t k = 0; k < n; k++)
        if (describe_network(&learner->networks[k], PyTuple_GetItem(networks, (Py_ssize_t)k), real_size, keeper))
            return -1;
    return 0;
}
