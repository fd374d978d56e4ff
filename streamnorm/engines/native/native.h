/* The Python object around a learner, as its methods share it. */
#ifndef STREAMNORM_NATIVE_H
#define STREAMNORM_NATIVE_H

#include "description.h"
#include "sample.h"

typedef struct {
    PyObject_HEAD
    const sn_build *build;
    sn_learner learner;
    sn_room room;
    sn_sample sample;
    sn_keeper keeper;
    double *target, *prediction;
    void *workspace;
    int busy;                    /* learning from an array in another thread */
} Native;

static inline int sn_is_busy(const Native *self)
{
    if (self->busy) PyErr_SetString(PyExc_RuntimeError, "the model is at work in another thread");
    return self->busy;
}

static inline int sn_has_arguments(Py_ssize_t given, Py_ssize_t expected)
{
    if (given != expected) PyErr_Format(PyExc_TypeError, "%zd arguments instead of %zd", given, expected);
    return given == expected;
}

/* How many numbers a target is. */
static inline size_t sn_targets(const Native *self)
{
    return self->learner.loss == SN_CROSS_ENTROPY ? 1 : self->learner.fan_out;
}

/* The label of a class is an index: no other may come near the arrays. */
static inline int sn_is_target(const Native *self, double target)
{
    const int fits = self->learner.loss != SN_CROSS_ENTROPY ||
                     (target >= 0.0 && target < (double)self->learner.fan_out);
    if (!fits) PyErr_SetString(PyExc_ValueError, "there is no such class");
    return fits;
}

/* Which features the sample has; NULL for all. */
static inline const uint8_t *sn_present(const Native *self)
{
    return self->sample.complete ? NULL : self->sample.present;
}

/* The methods for rows, in rows.c. */
PyObject *sn_predict_rows(Native *self, PyObject *const *arguments, Py_ssize_t n);
PyObject *sn_learn_rows(Native *self, PyObject *const *arguments, Py_ssize_t n);

#endif
