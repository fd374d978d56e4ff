/* From the tuples that Python hands over to the structs of the kernel, with views of the arrays in them. */
#ifndef STREAMNORM_DESCRIPTION_H
#define STREAMNORM_DESCRIPTION_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "build.h"

/* What stays alive as long as the structs are in use: views of arrays, and memory of one's own. */
typedef struct {
    Py_buffer *views;
    size_t n_views, room_for_views;
    void **blocks;
    size_t n_blocks, room_for_blocks;
} sn_keeper;

/* How many inputs and outputs fit into the arrays as they are; and how many inputs share each coordinate of the
 * standardiser. */
typedef struct {
    size_t inputs, outputs, positions;
} sn_room;

void sn_release(sn_keeper *keeper);

/* Zeroed memory; NULL with MemoryError set. */
void *sn_allocate(sn_keeper *keeper, size_t count, size_t size);

/* The memory of a contiguous array of so many bytes or more, writable; NULL with an exception set. */
void *sn_view(sn_keeper *keeper, PyObject *array, size_t bytes);

/* Fills the learner and its room from the description, of which engine.py says what is in it; 0, or -1 with an exception
 * set. */
int sn_describe(sn_learner *learner, sn_room *room, PyObject *description, size_t real_size, sn_keeper *keeper);

#endif
