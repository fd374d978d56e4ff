/* From a dict with one array to a vector. */
#ifndef STREAMNORM_ARRAY_H
#define STREAMNORM_ARRAY_H

#include "sample.h"

/* Reads a dict with one array, under any name, of the right shape and of finite floats, or with NaN where that is taken
 * as absent: 1. The values come out channels last. Anything else is left to Python: 0. No code of a user's runs here. */
int sn_read_array(sn_sample *sample, PyObject *x);

#endif
