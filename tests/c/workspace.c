/* Whether the workspace is as large as the kernel says, to the byte. */
#include "model.c"

int main(void)
{
#ifdef LEARN
    return WORKSPACE != sn_learner_workspace(&learner);
#else
    return WORKSPACE != sn_workspace(&networks[0]);
#endif
}
