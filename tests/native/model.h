/* A learner with arrays of its own, for the programs here: made from a shape, copied, compared, grown. */
#ifndef STREAMNORM_TEST_MODEL_H
#define STREAMNORM_TEST_MODEL_H

#include "../../streamnorm/engines/native/learner.h"
#include "random.h"

#define MOST_HIDDEN 6
#define MOST_RATES 5

/* A layer on the positions of its input; all zero of a dense one. */
typedef struct {
    sn_kind kind;
    sn_size kernel, stride;
    int same;                 /* padding, so that a stride of 1 keeps the positions; without it the kernel must fit */
} laying;

typedef struct {
    size_t fan_in, fan_out, n_hidden, hidden[MOST_HIDDEN];
    sn_size input;            /* positions of the input, of which each has its part of fan_in; none in front of dense */
    laying laid[MOST_HIDDEN];
    sn_activation activation[MOST_HIDDEN];
    sn_loss loss;
    sn_method method;
    size_t n_rates;
    double rates[MOST_RATES], eps;
    int standardised;         /* features and target of a regression; else they are taken as they are */
    size_t misaligned;        /* how many numbers beyond an allocation's start arrays and workspace begin */
} shape;

/* An array of the learner and the memory that it lies in. */
typedef struct {
    void *start, *block;
    size_t rows, columns, size;
} array;

typedef struct {
    shape shape;
    sn_learner learner;
    array *arrays;            /* all that learning changes, in an order that the shape determines */
    size_t n_arrays, room;
    void *workspace, *workspace_block;
    size_t workspace_bytes;
    double *prediction;
} model;

/* Weights are random, all replicas' alike; the rest is as a new learner has it. Ready to learn. */
model *model_new(const shape *s, uint64_t seed);
void model_free(model *m);
void model_prepare(model *m);

/* The other's arrays into this one, which may be larger: what is beyond is zero. */
void model_copy(model *to, const model *from);

/* Whether both hold the same bits. */
int model_equal(const model *a, const model *b);

/* Whether all numbers that are learned are finite. */
int model_is_finite(const model *m);

void model_learn(model *m, const double *x, const uint8_t *present, const double *target, double weight);
void model_predict(model *m, const double *x, const uint8_t *present);

#endif
