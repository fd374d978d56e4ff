/* The learning step of a Normalization Propagation network, one sample at a time.
 *
 *     u_i = w_i . h / |w_i|      z_i = g_i u_i + b_i      a_i = (f(z_i) - m_f) / d_f        (hidden layers)
 *     o   = W h + b                                                                         (head)
 *
 * A convolution does so at every position of its input, with h the patch that is there; a pool hands on (p - m) / d for
 * the largest or the mean p of a patch. What has positions is flat and channels last: position by position, all channels
 * of each.
 *
 * C99 and libm: no heap, no global state, reentrant. The caller owns every array and a workspace. Arrays are of the
 * build's number type, float or double.
 */
#ifndef STREAMNORM_KERNEL_H
#define STREAMNORM_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "real.h"

typedef enum {
    SN_RELU, SN_LEAKY_RELU, SN_TANH, SN_SIGMOID, SN_GELU, SN_SILU, SN_SOFTPLUS, SN_IDENTITY
} sn_activation;

typedef enum { SN_SGD, SN_RMSPROP, SN_ADAM } sn_method;

typedef enum { SN_DENSE, SN_CONVOLUTION, SN_MAX_POOL, SN_MEAN_POOL } sn_kind; /* the head is dense */

typedef struct {
    size_t height, width;      /* in positions; a series has height 1 */
} sn_size;

/* A kernel and the positions that it slides over: see layers/grid.py. */
typedef struct {
    size_t channels;           /* of the input */
    sn_size size;              /* of the input */
    sn_size kernel, stride;
    sn_size before, padded;    /* zeros above and left of the input, and its size with all zeros around */
    sn_size out;               /* how many patches */
} sn_grid;

/* An array that is learned. RMSprop keeps v beside it, Adam m and v. */
typedef struct {
    void *value, *m, *v;
} sn_parameter;

typedef struct {
    sn_kind kind;
    sn_grid grid;              /* of a convolution or a pool */
    size_t fan_in, fan_out;    /* of a convolution numbers of a patch, and filters; of a pool both are channels */
    size_t stride;             /* from a row of W, and of its m and v, to the next: fan_in, or more to leave it room */
    sn_activation activation;
    double mean, sd;           /* m_f and d_f of the activation, m and d of a pool */
    sn_parameter W, g, b;      /* [fan_out, fan_in], [fan_out], [fan_out]; the head has no g, a pool nothing */
    void *square;              /* |w_i|^2 [fan_out] of a hidden layer; `prepare` sets it, `learn` keeps it */
    int64_t *last;             /* [fan_out]: the step up to which a unit's m and v have decayed; SGD needs none */
    void *reach;               /* smallest and largest z of hidden units [2, fan_out], widened by `learn`; or NULL */
} sn_layer;

#define SN_RECENT 32

typedef struct {
    sn_method method;
    double learning_rate;
    double decay_m, decay_v, eps;
    double recent_m[SN_RECENT], recent_v[SN_RECENT]; /* powers of the decays, set by `prepare` */
} sn_optimizer;

typedef struct {
    size_t n_layers;           /* the hidden layers, input side first, and the head */
    sn_layer *layers;
    sn_optimizer optimizer;
    int64_t *step;             /* learning steps taken; NULL if it only predicts */
} sn_network;

/* Bytes of workspace that the other functions need for this network. */
size_t SN_BUILD(workspace)(const sn_network *network);

/* To be called once the arrays are in place, and again whenever somebody else has written to them. */
void SN_BUILD(prepare)(sn_network *network, void *workspace);

/* The output [fan_out] for one standardised input [fan_in]; it stays in the workspace. */
const real *SN_BUILD(forward)(const sn_network *network, const real *h, void *workspace);

/* What the direction of a step promises: the decrease of the loss at a rate of one, <G, P G>, and |delta|^2. */
typedef struct {
    double decrease, error;
} sn_promise;

/* Half of a step, on the sample that `forward` has just seen in this workspace: the direction, for a sample that stands
 * for `weight`; `delta` [fan_out] is dL/do. Without a delta, or where a gradient is not finite, nothing changes and the
 * error of the promise is 0. */
sn_promise SN_BUILD(propose)(sn_network *network, const real *h, const real *delta, double weight, void *workspace);

/* The other half, if there was an error: all parameters, at one rate in that direction. */
void SN_BUILD(move)(const sn_network *network, const real *h, double rate, void *workspace);

#endif
