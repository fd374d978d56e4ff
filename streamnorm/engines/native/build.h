/* One build of the arithmetic: its number type, its instruction set and its entry points. */
#ifndef STREAMNORM_BUILD_H
#define STREAMNORM_BUILD_H

#include "learner.h"

typedef struct {
    const char *instructions;
    size_t real_size;
    size_t (*workspace)(const sn_learner *learner);
    void (*prepare)(sn_learner *learner, void *workspace);
    void (*predict)(const sn_learner *learner, const double *x, const uint8_t *present, double *prediction,
                    void *workspace);
    void (*learn)(sn_learner *learner, const double *x, const uint8_t *present, const double *target, double weight,
                  double *prediction, void *workspace);
} sn_build;

#define SN_BUILDS 5

/* The builds that this machine can run, the best first; NULL after the last. */
void sn_runnable_builds(const sn_build *builds[SN_BUILDS + 1]);

#endif
