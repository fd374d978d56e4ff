/* A fixed small stream with its own random numbers, learned by a mixture of three rates. */
#include "check.h"

#include <stdio.h>

#define SAMPLES 3000
#define FEATURES 8

static const shape CLASSES = {.fan_in = FEATURES, .fan_out = 3, .n_hidden = 2, .hidden = {16, 16},
                              .activation = {SN_RELU, SN_RELU}, .loss = SN_CROSS_ENTROPY, .method = SN_SGD,
                              .n_rates = 3, .rates = {0.003, 0.01, 0.03}, .eps = 1e-8, .standardised = 1};

/* Features of different scales, one in eight absent; what is to be learned is a curved function of two of them. */
static double next_sample(uint64_t *seed, double *x, uint8_t *present)
{
    for (size_t j = 0; j < FEATURES; j++) {
        const double u = uniform(seed, -1, 1);
        x[j] = (double)(float)(10.0 * (double)j + (double)(j + 1) * u);
        present[j] = j < 2 || random_below(seed, 8) != 0;
    }
    const double a = x[0], b = (x[1] - 10) / 2;
    return a * b + 0.5 * a;
}

typedef void (*reader)(int sample, double value, const model *m);

static void learn_stream(const shape *s, reader read)
{
    uint64_t seed = 2024;
    double x[FEATURES];
    uint8_t present[FEATURES];
    model *m = model_new(s, 11);
    for (int i = 0; i < SAMPLES; i++) {
        const double value = next_sample(&seed, x, present);
        const double label = value < -0.2 ? 0 : value < 0.2 ? 1 : 2;
        const double target = s->loss == SN_CROSS_ENTROPY ? label : 100 + 20 * value;
        model_learn(m, x, present, &target, 1.0);
        read(i, target, m);
    }
    model_free(m);
}

static shape values(void)
{
    shape s = CLASSES;
    s.fan_out = 1;
    s.loss = SN_SQUARED_ERROR;
    s.method = SN_RMSPROP;
    s.activation[1] = SN_TANH;
    return s;
}

static void print_prediction(int sample, double value, const model *m)
{
    (void)value;
    if (sample % 100 != 99) return;
    for (size_t k = 0; k < m->shape.fan_out; k++) printf("%.12g ", m->prediction[k]);
    printf("\n");
}

void print_stream(void)
{
    const shape s = values();
    learn_stream(&CLASSES, print_prediction);
    learn_stream(&s, print_prediction);
}

/* Sum over the last thousand samples. */
static double mistakes;

static void count_mistake(int sample, double value, const model *m)
{
    double best = -1;
    size_t label = 0;
    for (size_t k = 0; k < m->shape.fan_out; k++)
        if (m->prediction[k] > best) best = m->prediction[label = k];
    if (sample >= SAMPLES - 1000) mistakes += label != (size_t)value;
}

static void add_error(int sample, double value, const model *m)
{
    if (sample >= SAMPLES - 1000) mistakes += fabs(value - m->prediction[0]);
}

void check_stream(void)
{
    const shape s = values();
    mistakes = 0;
    learn_stream(&CLASSES, count_mistake);
    /* Always saying the most frequent class makes 503. */
    check(mistakes < 150, "classes are learned");
    mistakes = 0;
    learn_stream(&s, add_error);
    /* Always saying the mean, 100, is off by 6260. */
    check(mistakes < 1500, "values are learned");
}
