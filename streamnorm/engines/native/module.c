/* The Python type around a learner: one call for a dict, one for an array of rows. */
#include "description.h"
#include "sample.h"

#include <string.h>

typedef struct {
    PyObject_HEAD
    const sn_build *build;
    sn_learner learner;
    sn_sample sample;
    sn_keeper keeper;
    double *target, *prediction;
    void *workspace;
    int busy;                    /* learning from an array in another thread */
} Native;

static size_t targets_of(const Native *self)
{
    return self->learner.loss == SN_CROSS_ENTROPY ? 1 : self->learner.fan_out;
}

static int is_busy(const Native *self)
{
    if (self->busy) PyErr_SetString(PyExc_RuntimeError, "the model is at work in another thread");
    return self->busy;
}

static int has_arguments(Py_ssize_t given, Py_ssize_t expected)
{
    if (given == expected) return 1;
    PyErr_Format(PyExc_TypeError, "%zd arguments instead of %zd", given, expected);
    return 0;
}

/* A number, or a sequence of one number for each output. */
static int read_target(Native *self, PyObject *target)
{
    const size_t n = targets_of(self);
    if (n == 1) {
        self->target[0] = PyFloat_AsDouble(target);
        return PyErr_Occurred() ? -1 : 0;
    }
    for (size_t k = 0; k < n; k++) {
        PyObject *item = PySequence_GetItem(target, (Py_ssize_t)k);
        if (!item) return -1;
        self->target[k] = PyFloat_AsDouble(item);
        Py_DECREF(item);
        if (PyErr_Occurred()) return -1;
    }
    return 0;
}

static PyObject *prediction_list(const Native *self)
{
    const Py_ssize_t n = (Py_ssize_t)self->learner.fan_out;
    PyObject *list = PyList_New(n);
    for (Py_ssize_t k = 0; list && k < n; k++) {
        PyObject *number = PyFloat_FromDouble(self->prediction[k]);
        if (!number || PyList_SetItem(list, k, number)) Py_CLEAR(list);
    }
    return list;
}

static const uint8_t *present(const Native *self)
{
    return self->sample.complete ? NULL : self->sample.present;
}

PyDoc_STRVAR(predict_doc, "predict(x): the prediction as a list, or None where x is not a plain dict of known features.");
static PyObject *predict(Native *self, PyObject *x)
{
    if (is_busy(self)) return NULL;
    if (!sn_read(&self->sample, x)) Py_RETURN_NONE;
    self->build->predict(&self->learner, self->sample.values, present(self), self->prediction, self->workspace);
    return prediction_list(self);
}

PyDoc_STRVAR(learn_doc, "learn(x, target, weight): whether x was a plain dict of known features, and was learned.");
static PyObject *learn(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    if (is_busy(self) || !has_arguments(n, 3)) return NULL;
    const double weight = PyFloat_AsDouble(arguments[2]);
    if (PyErr_Occurred() || read_target(self, arguments[1])) return NULL;
    if (!sn_read(&self->sample, arguments[0])) Py_RETURN_FALSE;
    self->build->learn(&self->learner, self->sample.values, present(self), self->target, weight, self->prediction,
                       self->workspace);
    Py_RETURN_TRUE;
}

/* Rows of features; `columns` [n_columns] says where each belongs. */
typedef struct {
    Py_buffer x, columns;
    size_t n_rows, n_columns;
} rows;

static void release_rows(rows *r)
{
    PyBuffer_Release(&r->x);
    PyBuffer_Release(&r->columns);
}

static int view_rows(const Native *self, PyObject *x, PyObject *columns, rows *r)
{
    if (PyObject_GetBuffer(x, &r->x, PyBUF_C_CONTIGUOUS)) return -1;
    if (PyObject_GetBuffer(columns, &r->columns, PyBUF_C_CONTIGUOUS)) {
        PyBuffer_Release(&r->x);
        return -1;
    }
    r->n_columns = (size_t)r->columns.len / sizeof(int64_t);
    int fits = r->x.ndim == 2 && r->x.itemsize == sizeof(double) && (size_t)r->x.shape[1] == r->n_columns;
    r->n_rows = fits ? (size_t)r->x.shape[0] : 0;
    for (size_t c = 0; c < r->n_columns; c++) {
        const int64_t column = ((const int64_t *)r->columns.buf)[c];
        fits = fits && column >= 0 && (size_t)column < self->sample.n;
    }
    if (fits) return 0;
    release_rows(r);
    PyErr_SetString(PyExc_ValueError, "the rows do not fit their columns");
    return -1;
}

static void read_row(sn_sample *sample, const rows *r, size_t row)
{
    const double *x = (const double *)r->x.buf + row * r->n_columns;
    const int64_t *columns = r->columns.buf;
    for (size_t c = 0; c < r->n_columns; c++) sample->values[columns[c]] = sn_as_float(x[c]);
}

/* All rows have the same features. */
static void begin_rows(sn_sample *sample, const rows *r)
{
    for (size_t j = 0; j < sample->n; j++) sample->values[j] = sample->present[j] = 0;
    for (size_t c = 0; c < r->n_columns; c++) sample->present[((const int64_t *)r->columns.buf)[c]] = 1;
    sample->complete = 1;
    for (size_t j = 0; j < sample->n; j++) sample->complete &= sample->present[j];
}

PyDoc_STRVAR(predict_rows_doc, "predict_rows(X, columns, predictions): a prediction a row, written to the last.");
static PyObject *predict_rows(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    rows r;
    sn_keeper keeper = {0};
    if (is_busy(self) || !has_arguments(n, 3) || view_rows(self, arguments[0], arguments[1], &r)) return NULL;
    const size_t width = self->learner.fan_out;
    double *predictions = sn_view(&keeper, arguments[2], r.n_rows * width * sizeof(double));
    if (predictions) {
        self->busy = 1;
        Py_BEGIN_ALLOW_THREADS
        begin_rows(&self->sample, &r);
        for (size_t row = 0; row < r.n_rows; row++) {
            read_row(&self->sample, &r, row);
            self->build->predict(&self->learner, self->sample.values, present(self), predictions + row * width,
                                 self->workspace);
        }
        Py_END_ALLOW_THREADS
        self->busy = 0;
    }
    sn_release(&keeper);
    release_rows(&r);
    if (!predictions) return NULL;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(learn_rows_doc, "learn_rows(X, columns, targets, weights, predictions): test, then train, row by row.");
static PyObject *learn_rows(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    rows r;
    sn_keeper keeper = {0};
    if (is_busy(self) || !has_arguments(n, 5) || view_rows(self, arguments[0], arguments[1], &r)) return NULL;
    const size_t width = self->learner.fan_out, each = targets_of(self);
    const double *targets = sn_view(&keeper, arguments[2], r.n_rows * each * sizeof(double));
    const double *weights = targets ? sn_view(&keeper, arguments[3], r.n_rows * sizeof(double)) : NULL;
    double *predictions = weights ? sn_view(&keeper, arguments[4], r.n_rows * width * sizeof(double)) : NULL;
    if (predictions) {
        self->busy = 1;
        Py_BEGIN_ALLOW_THREADS
        begin_rows(&self->sample, &r);
        for (size_t row = 0; row < r.n_rows; row++) {
            read_row(&self->sample, &r, row);
            self->build->learn(&self->learner, self->sample.values, present(self), targets + row * each, weights[row],
                               predictions + row * width, self->workspace);
        }
        Py_END_ALLOW_THREADS
        self->busy = 0;
    }
    sn_release(&keeper);
    release_rows(&r);
    if (!predictions) return NULL;
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

static int prepare(Native *self, PyObject *description)
{
    sn_learner *learner = &self->learner;
    sn_sample *sample = &self->sample;
    sn_keeper *keeper = &self->keeper;
    if (sn_describe(learner, description, self->build->real_size, keeper)) return -1;
    sample->n = learner->fan_in;
    if (!(sample->keys = sn_allocate(keeper, sample->n, sizeof(PyObject *))) ||
        !(sample->key_columns = sn_allocate(keeper, sample->n, sizeof(size_t))) ||
        !(sample->values = sn_allocate(keeper, sample->n, sizeof(double))) ||
        !(sample->present = sn_allocate(keeper, sample->n, 1)) ||
        !(self->target = sn_allocate(keeper, learner->fan_out, sizeof(double))) ||
        !(self->prediction = sn_allocate(keeper, learner->fan_out, sizeof(double))) ||
        !(self->workspace = sn_allocate(keeper, self->build->workspace(learner), 1)))
        return -1;
    self->build->prepare(learner, self->workspace);
    return 0;
}

static PyObject *native_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    const char *instructions;
    Py_ssize_t real_size;
    PyObject *columns, *float64, *description;
    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "snO!O!O!", &instructions, &real_size, &PyDict_Type, &columns, &PyType_Type,
                          &float64, &PyTuple_Type, &description))
        return NULL;
    const sn_build *build = build_of(instructions, (size_t)real_size);
    if (!build) return NULL;
    Native *self = (Native *)PyType_GenericAlloc(type, 0);
    if (!self) return NULL;
    self->build = build;
    self->sample.columns = Py_NewRef(columns);
    self->sample.float64 = (PyTypeObject *)Py_NewRef(float64);
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
    sn_release(&self->keeper);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

#define FAST(function) (PyCFunction)(void (*)(void)) function

static PyMethodDef methods[] = {
    {"predict", (PyCFunction)(void (*)(void))predict, METH_O, predict_doc},
    {"learn", FAST(learn), METH_FASTCALL, learn_doc},
    {"predict_rows", FAST(predict_rows), METH_FASTCALL, predict_rows_doc},
    {"learn_rows", FAST(learn_rows), METH_FASTCALL, learn_rows_doc},
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

PyDoc_STRVAR(instructions_doc, "instructions(real_size): the instruction sets with a build that this machine can run.");
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
    {"instructions", instructions, METH_O, instructions_doc},
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
