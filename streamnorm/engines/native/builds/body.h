/* The whole arithmetic in one number type and for one instruction set; included by every source here once. */
#include "../kernel.c"

#include "../learner.c"

#include "../build.h"

extern const sn_build SN_BUILD(build);
const sn_build SN_BUILD(build) = {
    SN_NAME,
    sizeof(real),
    SN_BUILD(learner_workspace),
    SN_BUILD(learner_prepare),
    SN_BUILD(learner_predict),
    SN_BUILD(learner_learn),
};
