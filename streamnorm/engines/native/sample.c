#include "sample.h"

#include <math.h>
#include <string.h>

/* A plain number as a double, or not a number. No code of a user's can run here. */
static double plain(const sn_sample *sample, PyObject *value)
{
    if (PyFloat_CheckExact(value) || Py_TYPE(value) == sample->float64) return PyFloat_AsDouble(value);
    if (PyLong_CheckExact(value) || PyBool_Check(value)) {
        const double number = PyLong_AsDouble(value);
        if (number != -1.0 || !PyErr_Occurred()) return number;
        PyErr_Clear();
    }
    return NAN;
}

static int is_missing(const sn_sample *sample, PyObject *value)
{
    if (value == Py_None) return 1;
    return (PyFloat_CheckExact(value) || Py_TYPE(value) == sample->float64) && isnan(PyFloat_AsDouble(value));
}

/* The column of a name, remembered for its place in the dict; n if there is none. */
static size_t look_up(sn_sample *sample, size_t place, PyObject *key)
{
    if (!PyUnicode_CheckExact(key) && !PyLong_CheckExact(key)) return sample->n;
    Py_INCREF(key); /* A name of a user's own type may run code when it is compared. */
    PyObject *column = PyDict_GetItemWithError(sample->columns, key);
    const size_t found = column ? PyLong_AsSize_t(column) : sample->n;
    if (PyErr_Occurred()) PyErr_Clear();
    if (found >= sample->n) {
        Py_DECREF(key);
        return sample->n;
    }
    Py_XDECREF(sample->keys[place]);
    sample->keys[place] = key;
    sample->key_columns[place] = found;
    return found;
}

int sn_read(sn_sample *sample, PyObject *x)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    size_t place = 0;
    if (!PyDict_CheckExact(x)) return 0;
    const size_t size = (size_t)PyDict_Size(x);
    if (size > sample->n) return 0;
    sample->complete = size == sample->n;
    if (!sample->complete) {
        memset(sample->values, 0, sample->n * sizeof(double));
        memset(sample->present, 0, sample->n);
    }
    while (place < size && PyDict_Next(x, &position, &key, &value)) {
        const double number = plain(sample, value);
        const size_t column = sample->keys[place] == key ? sample->key_columns[place] : look_up(sample, place, key);
        if (column >= sample->n) return 0;
        const int here = isfinite(number);
        if (!here && !(sample->skips_missing && is_missing(sample, value))) return 0;
        sample->values[column] = here ? sn_as_float(number) : 0.0;
        sample->present[column] = (uint8_t)here;
        sample->complete &= here;
        place++;
    }
    return place == size;
}

void sn_forget_keys(sn_sample *sample)
{
    for (size_t place = 0; place < sample->n; place++) Py_CLEAR(sample->keys[place]);
}
