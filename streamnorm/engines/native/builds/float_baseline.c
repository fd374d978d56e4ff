#define SN_BUILD(name) sn_float_baseline_##name
#define SN_NAME "baseline"
#include "body.h"
