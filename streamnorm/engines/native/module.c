/* The Python type: a learner that takes a dict in one call. */
#include "native.h"

#include <string.h>

/* A number, or a sequence of one number for each output: 1. A sequence of another length is from before another thread
 * added outputs, and left to Python: 0. With an exception set -1. */
static int read_target(Native *self, PyObject *target)
{
    const size_t n = sn_targets(self);
    if (n == 1 && !PySequence_Check(target)) {
        self->target[0] = PyFloat_AsDouble(target);
        return PyErr_Occurred() || !sn_is_target(self, self->target[0]) ? -1 : 1;
    }
    const Py_ssize_t length = PySequence_Size(target);
    if (length < 0) return -1;
    if ((size_t)length != n) return 0;
    for (size_t k = 0; k < n; k++) {
        PyObject *item = PySequence_GetItem(target, (Py_ssize_t)k);
        if (!item) return -1;
        self->target[k] = PyFloat_AsDouble(item);
        Py_DECREF(item);
        if (PyErr_Occurred()) return -1;
    }
    return 1;
}

/* The prediction as a dict: output -> number. */
static PyObject *named(const Native *self, PyObject *outputs)
{
    PyObject *result = PyDict_New();
    for (size_t k = 0; result && k < self->learner.fan_out; k++) {
        PyObject *name = PySequence_GetItem(outputs, (Py_ssize_t)k), *number = PyFloat_FromDouble(self->prediction[k]);
        if (!name || !number || PyDict_SetItem(result, name, number)) Py_CLEAR(result);
        Py_XDECREF(name);
        Py_XDECREF(number);
    }
    return result;
}

static PyObject *predicted(Native *self, PyObject *x, PyObject *outputs)
{
    if (!self->read(&self->sample, x)) Py_RETURN_NONE;
    self->build->predict(&self->learner, self->sample.values, sn_present(self), self->prediction, self->workspace);
    return named(self, outputs);
}

static PyObject *learned(Native *self, PyObject *x, PyObject *target, PyObject *weight)
{
    const double times = PyFloat_AsDouble(weight);
    const int read = PyErr_Occurred() ? -1 : read_target(self, target);
    if (read < 0) return NULL;
    if (!read || !self->read(&self->sample, x)) Py_RETURN_FALSE;
    self->build->learn(&self->learner, self->sample.values, sn_present(self), self->target, times, self->prediction,
                       self->workspace);
    Py_RETURN_TRUE;
}

/* A name of a user's own class runs code when it is compared, and the collector of garbage runs finalizers: what these
 * call finds the engine busy, as other threads do that run meanwhile. */
static PyObject *predict(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    if (!sn_has_arguments(n, 2)) return NULL;
    if (self->busy || self->held) Py_RETURN_NONE;
    self->busy = 1;
    PyObject *result = predicted(self, arguments[0], arguments[1]);
    self->busy = 0;
    return result;
}

static PyObject *learn(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    if (!sn_has_arguments(n, 3)) return NULL;
    if (self->busy || self->held) Py_RETURN_FALSE;
    self->busy = 1;
    PyObject *result = learned(self, arguments[0], arguments[1], arguments[2]);
    self->busy = 0;
    return result;
}

static PyObject *hold(Native *self, PyObject *nothing)
{
    (void)nothing;
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the model is reading a sample, in another thread or further up in this one");
        return NULL;
    }
    self->held = 1;
    Py_RETURN_NONE;
}

static PyObject *release(Native *self, PyObject *nothing)
{
    (void)nothing;
    self->held = 0;
    Py_RETURN_NONE;
}

static const sn_build *build_of(const char *instructions, size_t real_size)
{
    const sn_build *builds[SN_BUILDS + 1];
    sn_runnable_builds(builds);
    for (size_t i = 0; builds[i]; i++)
        if (builds[i]->real_size == real_size && !strcmp(builds[i]->instructions, instructions)) return builds[i];
    PyErr_Format(PyExc_ValueError, "this machine runs no %zu-byte build for %s", real_size, instructions);
    return NULL;
}

static void resize(Native *self, size_t fan_in, size_t fan_out)
{
    sn_learner *learner = &self->learner;
    learner->fan_in = self->sample.n = fan_in;
    learner->features.n = fan_in / self->room.positions;
    learner->fan_out = learner->target.n = fan_out;
    for (size_t k = 0; k < learner->mixture.n; k++) {
        const sn_network *network = &learner->networks[k];
        if (network->layers[0].kind == SN_DENSE) network->layers[0].fan_in = fan_in;
        network->layers[network->n_layers - 1].fan_out = fan_out;
    }
}

static PyObject *follow(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    if (!sn_has_arguments(n, 2)) return NULL;
    const size_t fan_in = PyLong_AsSize_t(arguments[0]), fan_out = PyLong_AsSize_t(arguments[1]);
    if (PyErr_Occurred()) return NULL;
    if (fan_in > self->room.inputs || fan_out > self->room.outputs) Py_RETURN_FALSE;
    sn_forget_keys(&self->sample); /* A column may have become another feature's. */
    resize(self, fan_in, fan_out);
    /* A longer row is summed in another order: the norms must round as those of a model that was resumed. */
    self->build->prepare(&self->learner, self->workspace);
    Py_RETURN_TRUE;
}

static int prepare(Native *self, PyObject *description)
{
    sn_learner *learner = &self->learner;
    sn_sample *sample = &self->sample;
    sn_keeper *keeper = &self->keeper;
    if (sn_describe(learner, &self->room, description, self->build->real_size, keeper)) return -1;
    const size_t fan_in = learner->fan_in, fan_out = learner->fan_out;
    const size_t inputs = self->room.inputs, outputs = self->room.outputs;
    /* Memory is for as much as the arrays have room for. */
    resize(self, inputs, outputs);
    if (!(sample->keys = sn_allocate(keeper, inputs, sizeof(PyObject *))) ||
        !(sample->key_columns = sn_allocate(keeper, inputs, sizeof(size_t))) ||
        !(sample->values = sn_allocate(keeper, inputs, sizeof(double))) ||
        !(sample->present = sn_allocate(keeper, inputs, 1)) ||
        !(self->target = sn_allocate(keeper, outputs, sizeof(double))) ||
        !(self->prediction = sn_allocate(keeper, outputs, sizeof(double))) ||
        !(self->workspace = sn_allocate(keeper, self->build->workspace(learner), 1)))
        return -1;
    resize(self, fan_in, fan_out);
    self->build->prepare(learner, self->workspace);
    return 0;
}

/* NumPy's array type and (channels, steps) or (channels, height, width); or None */
static int describe_extent(sn_extent *extent, PyObject *description)
{
    PyObject *shape;
    memset(extent, 0, sizeof *extent);
    if (description == Py_None) return 0;
    if (!PyArg_ParseTuple(description, "O!O!", &PyType_Type, &extent->type, &PyTuple_Type, &shape)) return -1;
    extent->ndim = (int)PyTuple_Size(shape);
    extent->channels = PyLong_AsSize_t(PyTuple_GetItem(shape, 0));
    extent->height = extent->ndim == 3 ? PyLong_AsSize_t(PyTuple_GetItem(shape, 1)) : 1;
    extent->width = PyLong_AsSize_t(PyTuple_GetItem(shape, extent->ndim - 1));
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *native_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    const char *instructions;
    Py_ssize_t real_size;
    int skips_missing;
    PyObject *columns, *float64, *array, *description;
    sn_extent extent;
    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "snO!O!pOO!", &instructions, &real_size, &PyDict_Type, &columns, &PyType_Type,
                          &float64, &skips_missing, &array, &PyTuple_Type, &description) ||
        describe_extent(&extent, array))
        return NULL;
    const sn_build *build = build_of(instructions, (size_t)real_size);
    if (!build) return NULL;
    Native *self = (Native *)PyType_GenericAlloc(type, 0);
    if (!self) return NULL;
    self->build = build;
    self->read = extent.type ? sn_read_array : sn_read;
    self->sample.extent = extent;
    self->sample.skips_missing = skips_missing;
    self->sample.columns = Py_NewRef(columns);
    self->sample.float64 = (PyTypeObject *)Py_NewRef(float64);
    Py_XINCREF((PyObject *)extent.type);
    if (!prepare(self, description)) return (PyObject *)self;
    Py_DECREF(self);
    return NULL;
}

static void native_dealloc(Native *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    if (self->sample.keys) sn_forget_keys(&self->sample);
    Py_XDECREF(self->sample.columns);
    Py_XDECREF((PyObject *)self->sample.float64);
    Py_XDECREF((PyObject *)self->sample.extent.type);
    sn_release(&self->keeper);
    freefunc give_back = (freefunc)PyType_GetSlot(type, Py_tp_free);
    give_back(self);
    Py_DECREF(type);
}

#define FAST(function) (PyCFunction)(void (*)(void)) function

static PyMethodDef methods[] = {
    {"predict", FAST(predict), METH_FASTCALL,
     "predict(x, outputs): output -> number, or None where x is no plain dict of what is known, or it is held."},
    {"learn", FAST(learn), METH_FASTCALL,
     "learn(x, target, weight): whether x was a plain dict of what is known, and was learned; not while it is held."},
    {"predict_rows", FAST(sn_predict_rows), METH_FASTCALL,
     "predict_rows(X, columns, predictions): a prediction a row, written to the last."},
    {"learn_rows", FAST(sn_learn_rows), METH_FASTCALL,
     "learn_rows(X, columns, targets, weights, predictions): test, then train, row by row."},
    {"follow", FAST(follow), METH_FASTCALL,
     "follow(fan_in, fan_out): whether the arrays have room for so many, which are then in use."},
    {"hold", (PyCFunction)(void (*)(void))hold, METH_NOARGS,
     "hold(): from now on predict and learn leave every dict alone; RuntimeError while one of them is at work."},
    {"release", (PyCFunction)(void (*)(void))release, METH_NOARGS, "release(): the end of hold."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)native_new},
    {Py_tp_dealloc, (void *)native_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    "streamnorm.engines.native._kernel.Native", (int)sizeof(Native), 0, Py_TPFLAGS_DEFAULT, slots};

static PyObject *instructions(PyObject *module, PyObject *argument)
{
    const sn_build *builds[SN_BUILDS + 1];
    const size_t real_size = PyLong_AsSize_t(argument);
    PyObject *list = PyErr_Occurred() ? NULL : PyList_New(0);
    (void)module;
    sn_runnable_builds(builds);
    for (size_t i = 0; list && builds[i]; i++) {
        if (builds[i]->real_size != real_size) continue;
        PyObject *name = PyUnicode_FromString(builds[i]->instructions);
        if (!name || PyList_Append(list, name)) Py_CLEAR(list);
        Py_XDECREF(name);
    }
    return list;
}

static PyMethodDef functions[] = {
    {"instructions", instructions, METH_O,
     "instructions(real_size): the instruction sets with a build that this machine can run."},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&spec);
    if (!type) return -1;
    const int failed = PyModule_AddObjectRef(module, "Native", type);
    Py_DECREF(type);
    return failed;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_kernel", NULL, 0, functions, module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&definition);
}
