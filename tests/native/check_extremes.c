/* A gradient that no float holds, and that its norm in closed form does not show: nothing may change. */
#include "check.h"

/* A row w of one weight: u = h = 1e6, delta = o - target = 1e3, and with e = delta, c = e / |w| = 8e17 is a float, but
 * q = c u / |w| = 7e38 is none. The row's own gradient, c h - q w, is zero. Found by the fuzzer. */
static void check_short_row(sn_method method)
{
    const shape s = {.fan_in = 1, .fan_out = 1, .n_hidden = 1, .hidden = {1}, .activation = {SN_IDENTITY},
                     .loss = SN_SQUARED_ERROR, .method = method, .n_rates = 1, .rates = {0.1}, .eps = 1e-8};
    const double x[] = {1e6}, target[] = {999000};
    model *m = model_new(&s, 1), *before = model_new(&s, 1);
    sn_layer *layers = m->learner.networks[0].layers;
    *(real *)layers[0].W.value = (real)1.2e-15;
    *(real *)layers[0].g.value = 1;
    *(real *)layers[0].b.value = 0;
    *(real *)layers[1].W.value = 1;
    *(real *)layers[1].b.value = 0;
    model_prepare(m);
    model_copy(before, m);
    model_learn(m, x, NULL, target, 1.0);
    check_close(m->prediction[0], 1e6, 1e-6, 0, "the output is what it is for a row of any length");
    check(model_equal(m, before), "nothing is learned from what is not a float");
    model_free(m);
    model_free(before);
}

void check_extremes(void)
{
    check_short_row(SN_SGD);
    check_short_row(SN_RMSPROP);
    check_short_row(SN_ADAM);
}
