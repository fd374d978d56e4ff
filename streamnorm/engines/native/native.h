/* The Python object around a learner, as its methods share it. */
#ifndef STREAMNORM_NATIVE_H
#define STREAMNORM_NATIVE_H

#include "array.h"
#include "description.h"
#include "sample.h"

typedef struct {
    PyObject_HEAD
    const sn_build *build;
    sn_learner learner;
    sn_room room;
    sn_sample sample;
    int (*read)(sn_sample *sample, PyObject *x); /* a dict of features, or one with an array */
    sn_keeper keeper;
    double *target, *prediction;
    void *workspace;
    int busy;                    /* reading a dict, whose names may run a user's code */
    int held;                    /* somebody changes the arrays, or is in a call for rows */
} Native;

static inline int sn_has_arguments(Py_ssize_t given, Py_ssize_t expected)
{
    if (given != expected) PyErr_Format(PyExc_TypeError, "%zd arguments instead of %zd", given, expected);
    return given == expected;
}

/* How many numbers a target is. */
static inline size_t sn_targets(const Native *self)
{
    if (self->learner.loss == SN_CROSS_ENTROPY) return 1;
    return self->learner.loss == SN_RECONSTRUCTION ? 0 : self->learner.fan_out;
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
