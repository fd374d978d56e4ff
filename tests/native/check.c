/* Runs all checks of the kernel in this build's number type. With --print: predictions for two machines to compare. */
#include "check.h"

#include <stdio.h>
#include <string.h>

static int failures;

void check(int holds, const char *what)
{
    if (holds) return;
    failures++;
    printf("FAILED %s\n", what);
}

void check_close(double got, double expected, double relative, double absolute, const char *what)
{
    if (fabs(got - expected) <= relative * fabs(expected) + absolute) return;
    failures++;
    printf("FAILED %s: %.17g instead of %.17g\n", what, got, expected);
}

static const struct {
    const char *name;
    void (*run)(void);
} CHECKS[] = {
    {"the step worked out by hand", check_step_by_hand},
    {"gradients are central differences", check_gradients},
    {"idle rows", check_idle_rows},
    {"a gradient beyond float", check_extremes},
    {"the reach of units", check_reach},
    {"the norm that is kept is the one that prepare computes", check_kept_norms},
    {"alignment does not matter", check_alignment},
    {"two learners by turns", check_interleaved},
    {"bytes of workspace", check_workspace},
    {"a stream is learned", check_stream},
};

int main(int n, char **arguments)
{
    if (n > 1 && !strcmp(arguments[1], "--print")) {
        print_stream();
        return 0;
    }
    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++) {
        const int before = failures;
        CHECKS[i].run();
        printf("%s: %s\n", failures == before ? "ok" : "NOT OK", CHECKS[i].name);
    }
    return failures ? 1 : 0;
}
