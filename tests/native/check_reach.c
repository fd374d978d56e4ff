/* The smallest and the largest z of each hidden unit: widened by learning, and by nothing else; or not kept at all. */
#include "check.h"

#define SINGLE (sizeof(real) == sizeof(float))

/* One unit z = g u + b = 2 (h . w / |w|) - 1 with w = (3, 4): learned at h = (1, 2), (-5, 0) and (0, 1), u is 2.2, -3
 * and 0.8. Two rates, at which nothing moves. */
static const shape UNIT = {.fan_in = 2, .fan_out = 1, .n_hidden = 1, .hidden = {1}, .activation = {SN_TANH},
                           .loss = SN_SQUARED_ERROR, .method = SN_SGD, .n_rates = 2, .rates = {1e-300, 1e-300},
                           .eps = 1e-8};
static const double H[][2] = {{1, 2}, {-5, 0}, {0, 1}};

static model *new_unit(void)
{
    model *m = model_new(&UNIT, 1);
    for (size_t k = 0; k < 2; k++) {
        const sn_layer *layer = m->learner.networks[k].layers;
        ((real *)layer->W.value)[0] = 3;
        ((real *)layer->W.value)[1] = 4;
        *(real *)layer->g.value = 2;
        *(real *)layer->b.value = -1;
    }
    model_prepare(m);
    return m;
}

void check_reach(void)
{
    const double low[] = {0, -7, -7}, high[] = {3.4, 3.4, 3.4}, target[] = {100};
    /* A handful of roundings. */
    const double tolerance = SINGLE ? 1e-6 : 1e-14;
    model *m = new_unit(), *without = new_unit();
    for (size_t k = 0; k < 2; k++) without->learner.networks[k].layers[0].reach = NULL;
    for (size_t i = 0; i < 3; i++) {
        model_predict(m, (const double[]){1e6, 1e6}, NULL);
        model_learn(m, H[i], NULL, target, 1.0);
        model_learn(without, H[i], NULL, target, 1.0);
        for (size_t k = 0; k < 2; k++) {
            const real *reach = m->learner.networks[k].layers[0].reach;
            check_close((double)reach[0], low[i], tolerance, 0, "the smallest z");
            check_close((double)reach[1], high[i], tolerance, 0, "the largest z");
        }
        check(m->prediction[0] == without->prediction[0], "a learner that keeps no reach learns the same");
    }
    model_free(m);
    model_free(without);
}
