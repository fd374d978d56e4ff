#define SN_DOUBLE
#define SN_BUILD(name) sn_double_baseline_##name
#define SN_NAME "baseline"
#include "body.h"
