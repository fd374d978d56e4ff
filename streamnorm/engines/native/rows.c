/* Many samples in one call, with the interpreter free. */
#include "native.h"

#include <math.h>

/* Rows of features; `columns` [n_columns] says where each belongs. */
typedef struct {
    Py_buffer x, columns;
    size_t n_rows, n_columns;
    int in_order;             /* a column belongs where it stands */
    int gaps;                 /* the row before had missing values */
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
    r->in_order = 1;
    r->gaps = 0;
    for (size_t c = 0; c < r->n_columns; c++) {
        const int64_t column = ((const int64_t *)r->columns.buf)[c];
        fits = fits && column >= 0 && (size_t)column < self->sample.n;
        r->in_order = r->in_order && column == (int64_t)c;
    }
    if (fits) return 0;
    release_rows(r);
    PyErr_SetString(PyExc_ValueError, "the rows do not fit their columns");
    return -1;
}

/* NaN is an absent feature. */
static void mark_missing(sn_sample *sample, const rows *r, const double *x)
{
    const int64_t *columns = r->columns.buf;
    size_t here = 0;
    for (size_t c = 0; c < r->n_columns; c++) {
        const int known = !isnan(x[c]);
        sample->present[columns[c]] = (uint8_t)known;
        if (!known) sample->values[columns[c]] = 0.0;
        here += (size_t)known;
    }
    sample->complete = here == sample->n;
}

static void read_row(sn_sample *sample, rows *r, size_t row)
{
    const double *restrict x = (const double *)r->x.buf + row * r->n_columns;
    const int64_t *columns = r->columns.buf;
    double *restrict values = sample->values;
    size_t missing = 0;
    for (size_t c = 0; c < r->n_columns; c++) missing += isnan(x[c]) ? 1 : 0;
    if (r->in_order)
        for (size_t c = 0; c < r->n_columns; c++) values[c] = sn_as_float(x[c]);
    else
        for (size_t c = 0; c < r->n_columns; c++) values[columns[c]] = sn_as_float(x[c]);
    if (missing || r->gaps) mark_missing(sample, r, x);
    r->gaps = missing > 0;
}

/* All rows have the same features, but for missing values. */
static void begin_rows(sn_sample *sample, const rows *r)
{
    for (size_t j = 0; j < sample->n; j++) sample->values[j] = sample->present[j] = 0;
    for (size_t c = 0; c < r->n_columns; c++) sample->present[((const int64_t *)r->columns.buf)[c]] = 1;
    sample->complete = 1;
    for (size_t j = 0; j < sample->n; j++) sample->complete &= sample->present[j];
}

/* predict_rows(X, columns, predictions): a prediction a row, written to the last. */
PyObject *sn_predict_rows(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    rows r;
    sn_keeper keeper = {0};
    if (!sn_has_arguments(n, 3) || view_rows(self, arguments[0], arguments[1], &r)) return NULL;
    const size_t width = self->learner.fan_out;
    double *predictions = sn_view(&keeper, arguments[2], r.n_rows * width * sizeof(double));
    if (predictions) {
        Py_BEGIN_ALLOW_THREADS
        begin_rows(&self->sample, &r);
        for (size_t row = 0; row < r.n_rows; row++) {
            read_row(&self->sample, &r, row);
            self->build->predict(&self->learner, self->sample.values, sn_present(self), predictions + row * width,
                                 self->workspace);
        }
        Py_END_ALLOW_THREADS
    }
    sn_release(&keeper);
    release_rows(&r);
    if (!predictions) return NULL;
    Py_RETURN_NONE;
}

/* learn_rows(X, columns, targets, weights, predictions): test, then train, row by row. */
PyObject *sn_learn_rows(Native *self, PyObject *const *arguments, Py_ssize_t n)
{
    rows r;
    sn_keeper keeper = {0};
    if (!sn_has_arguments(n, 5) || view_rows(self, arguments[0], arguments[1], &r)) return NULL;
    const size_t width = self->learner.fan_out, each = sn_targets(self);
    const double *targets = sn_view(&keeper, arguments[2], r.n_rows * each * sizeof(double));
    const double *weights = targets ? sn_view(&keeper, arguments[3], r.n_rows * sizeof(double)) : NULL;
    double *predictions = weights ? sn_view(&keeper, arguments[4], r.n_rows * width * sizeof(double)) : NULL;
    for (size_t k = 0; predictions && k < r.n_rows * each; k++)
        if (!sn_is_target(self, targets[k])) predictions = NULL;
    if (predictions) {
        Py_BEGIN_ALLOW_THREADS
        begin_rows(&self->sample, &r);
        for (size_t row = 0; row < r.n_rows; row++) {
            read_row(&self->sample, &r, row);
            self->build->learn(&self->learner, self->sample.values, sn_present(self), targets + row * each,
                               weights[row], predictions + row * width, self->workspace);
        }
        Py_END_ALLOW_THREADS
    }
    sn_release(&keeper);
    release_rows(&r);
    if (!predictions) return NULL;
    Py_RETURN_NONE;
}
