/* From a dict of features to a vector. */
#ifndef STREAMNORM_SAMPLE_H
#define STREAMNORM_SAMPLE_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#include "standardizer.h"

/* What an array is that is a whole sample. */
typedef struct {
    PyTypeObject *type;       /* NumPy's array: its subclasses have code of their own; NULL where there is none */
    int ndim;                 /* 2, and height 1; or 3 */
    size_t channels, height, width;
} sn_extent;

typedef struct {
    PyObject *columns;        /* dict: name -> column */
    PyTypeObject *float64;    /* NumPy's, which is a float */
    int skips_missing;        /* whether None and NaN are absent features, or left to Python as errors */
    sn_extent extent;
    size_t n;
    /* The key that stood at this place of the last dict, and its column. Dicts of a stream mostly come with the same
     * key objects in the same order, and then no name needs to be looked up. */
    PyObject **keys;
    size_t *key_columns;
    double *values;           /* [n], numbers that a float holds; 0 where a feature is absent */
    uint8_t *present;         /* [n] */
    int complete;             /* whether all are present */
} sn_sample;

/* Reads a dict whose names are all known and whose values are plain finite numbers, or missing where that is taken: 1.
 * Anything else is left to Python, which knows every kind of number and every error: 0. */
int sn_read(sn_sample *sample, PyObject *x);

void sn_forget_keys(sn_sample *sample);

/* Features beyond are taken as this: differences still fit a float. Every model sees what a float holds, no more. */
static inline double sn_as_float(double x)
{
    return (double)(float)sn_bounded(x, 1e38);
}

#endif
