/* All that learns from a stream: standardiser, replicas of a network at several learning rates, and their mixture. */
#ifndef STREAMNORM_LEARNER_H
#define STREAMNORM_LEARNER_H

#include "kernel.h"
#include "mixture.h"
#include "standardizer.h"

typedef enum { SN_CROSS_ENTROPY, SN_SIGMOID_CROSS_ENTROPY, SN_SQUARED_ERROR, SN_HUBER, SN_RECONSTRUCTION } sn_loss;

typedef struct {
    size_t fan_in, fan_out;
    sn_standardizer features;   /* of each, or of channels at all positions; without arrays they are only clipped */
    sn_standardizer target;     /* of a regression; without arrays for classes */
    sn_loss loss;
    sn_network *networks;       /* [mixture.n], alike but for their learning rates */
    sn_mixture mixture;
    int64_t *clock, *seen;      /* samples learned, and when each feature last was in one [fan_in]; NULL if no matter */
} sn_learner;

/* Bytes of workspace that the other functions need for this learner. */
size_t SN_BUILD(learner_workspace)(const sn_learner *learner);

/* To be called once the arrays are in place, and again whenever somebody else has written to them. */
void SN_BUILD(learner_prepare)(sn_learner *learner, void *workspace);

/* What the mixture says of x [fan_in]: probabilities, or values in the target's unit [fan_out]. `present` [fan_in]
 * tells which features the sample has; NULL for all. Of a reconstruction, whose outputs are its inputs, how far off each
 * is, in standard deviations. */
void SN_BUILD(learner_predict)(const sn_learner *learner, const double *x, const uint8_t *present, double *prediction,
                               void *workspace);

/* Test, then train: the prediction, then a step of every replica, then the statistics. `target` is the index of the
 * class, or values [fan_out], NAN where one is not known; a reconstruction has its own. */
void SN_BUILD(learner_learn)(sn_learner *learner, const double *x, const uint8_t *present, const double *target,
                             double weight, double *prediction, void *workspace);

#endif
