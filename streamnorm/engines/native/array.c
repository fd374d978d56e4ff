#include "array.h"

#include <math.h>
#include <string.h>

/* Whatever the compiler would like to know of alignment. */
static double number_at(const char *at, int single)
{
    double number;
    float less;
    if (!single) return memcpy(&number, at, sizeof number), number;
    return memcpy(&less, at, sizeof less), (double)less;
}

/* Whether all numbers are finite. */
static int copy(sn_sample *sample, const Py_buffer *view, int single)
{
    const sn_extent *extent = &sample->extent;
    const Py_ssize_t *strides = view->strides, row = view->ndim == 3 ? strides[1] : 0, next = strides[view->ndim - 1];
    int finite = 1;
    for (size_t c = 0; c < extent->channels; c++) {
        double *to = sample->values + c;
        for (size_t y = 0; y < extent->height; y++) {
            const char *from = (const char *)view->buf + (Py_ssize_t)c * strides[0] + (Py_ssize_t)y * row;
            for (size_t x = 0; x < extent->width; x++, from += next, to += extent->channels) {
                const double number = number_at(from, single);
                finite &= isfinite(number) != 0;
                *to = number;
            }
        }
    }
    return finite;
}

static int fits(const sn_extent *extent, const Py_buffer *view)
{
    const Py_ssize_t *shape = view->shape;
    if (view->ndim != extent->ndim || (size_t)shape[0] != extent->channels) return 0;
    return (size_t)shape[view->ndim - 1] == extent->width && (view->ndim == 2 || (size_t)shape[1] == extent->height);
}

/* 0 where a number is none that the model takes, or there is none at all, from which nothing is learned. */
static int mark_missing(sn_sample *sample)
{
    int some = 0;
    sample->complete = 0;
    for (size_t j = 0; j < sample->n; j++) {
        const double number = sample->values[j];
        if (isinf(number) || (isnan(number) && !sample->skips_missing)) return 0;
        sample->present[j] = (uint8_t)!isnan(number);
        if (isnan(number)) sample->values[j] = 0.0;
        some |= sample->present[j];
    }
    return some;
}

int sn_read_array(sn_sample *sample, PyObject *x)
{
    PyObject *key, *array;
    Py_ssize_t position = 0;
    Py_buffer view;
    if (!PyDict_CheckExact(x) || PyDict_Size(x) != 1 || !PyDict_Next(x, &position, &key, &array)) return 0;
    if (Py_TYPE(array) != sample->extent.type) return 0;
    if (PyObject_GetBuffer(array, &view, PyBUF_RECORDS_RO)) {
        PyErr_Clear(); /* Not of numbers. */
        return 0;
    }
    const int single = !strcmp(view.format, "f");
    int read = (single || !strcmp(view.format, "d")) && fits(&sample->extent, &view);
    if (read) {
        sample->complete = 1;
        read = copy(sample, &view, single) || mark_missing(sample);
    }
    PyBuffer_Release(&view);
    for (size_t j = 0; read && j < sample->n; j++) sample->values[j] = sn_as_float(sample->values[j]);
    return read;
}
