/* Learners of random shapes on wild values, that grow and start anew.
 *
 *     fuzz SECONDS SEED      cases from SEED on until the time is over; with 0 seconds the one case of SEED
 *
 * To be built with sanitizers, and run with abort_on_error=1 in ASAN_OPTIONS and UBSAN_OPTIONS, so that whatever is
 * found, the seed of the case is the last line. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model.h"

#define MOST_INPUTS 320
#define MOST_OUTPUTS 12

static volatile unsigned long current;

static void tell_seed(int number)
{
    (void)number;
    fprintf(stderr, "found by: fuzz 0 %lu (%d-byte numbers)\n", current, (int)sizeof(real));
    fflush(stderr);
    _Exit(1);
}

static void require(int holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "FAILED %s\n", what);
    abort();
}

static size_t up_to(size_t most, uint64_t *seed) { return 1 + random_below(seed, most); }

/* Convolutions and pools on a small series or image, in front of what else there is. */
static void lay_windows(shape *s, uint64_t *seed)
{
    const size_t channels = up_to(3, seed), n = up_to(4, seed);
    sn_size size = random_below(seed, 2) ? (sn_size){1, up_to(24, seed)} : (sn_size){up_to(7, seed), up_to(7, seed)};
    s->input = size;
    s->fan_in = channels * size.height * size.width;
    if (s->n_hidden < n) s->n_hidden = n;
    for (size_t l = 0; l < n; l++) {
        laying *laid = &s->laid[l];
        laid->kind = (sn_kind)up_to(SN_MEAN_POOL, seed);
        laid->same = random_below(seed, 3) != 0;
        laid->kernel = (sn_size){up_to(size.height, seed), up_to(size.width < 9 ? size.width : 9, seed)};
        if (laid->same && size.height > 1) laid->kernel.height += random_below(seed, 3);
        if (laid->same) laid->kernel.width += random_below(seed, 3);
        laid->stride = (sn_size){up_to(3, seed), up_to(3, seed)};
        for (int i = 0; i < 2; i++) {
            size_t *side = i ? &size.width : &size.height;
            const size_t kernel = i ? laid->kernel.width : laid->kernel.height;
            const size_t stride = i ? laid->stride.width : laid->stride.height;
            *side = laid->same ? (*side + stride - 1) / stride : (*side - kernel) / stride + 1;
        }
    }
}

static shape random_shape(uint64_t *seed)
{
    shape s = {.eps = 1e-8};
    s.fan_in = random_below(seed, 5) ? 1 + random_below(seed, 40) : 0;
    if (!random_below(seed, 20)) s.fan_in = 240 + random_below(seed, 60); /* Long rows have a loop of their own. */
    s.fan_out = random_below(seed, 3) ? 1 + random_below(seed, 6) : 1;
    s.n_hidden = random_below(seed, 5);
    if (random_below(seed, 2)) lay_windows(&s, seed);
    for (size_t l = 0; l < s.n_hidden; l++) {
        s.hidden[l] = 1 + random_below(seed, 24);
        s.activation[l] = (sn_activation)random_below(seed, SN_IDENTITY + 1);
    }
    s.loss = (sn_loss)random_below(seed, SN_RECONSTRUCTION + 1);
    if (s.loss == SN_RECONSTRUCTION && s.input.width) s.loss = SN_HUBER;
    if (s.loss == SN_RECONSTRUCTION) s.fan_in = s.fan_out;
    s.method = (sn_method)random_below(seed, SN_ADAM + 1);
    s.n_rates = 1 + random_below(seed, MOST_RATES);
    for (size_t k = 0; k < s.n_rates; k++) s.rates[k] = pow(10, uniform(seed, -6, -1));
    s.standardised = random_below(seed, 3) != 0;
    s.misaligned = random_below(seed, 4);
    return s;
}

/* Hidden rows of any length, also zero: a network sees them before its first feature. */
static void scale_rows(model *m, uint64_t *seed)
{
    for (size_t k = 0; k < m->learner.mixture.n; k++)
        for (size_t l = 0; l < m->shape.n_hidden; l++) {
            const sn_layer *layer = &m->learner.networks[k].layers[l];
            for (size_t i = 0; layer->W.value && i < layer->fan_out; i++) {
                const double scale = random_below(seed, 8) ? pow(10, uniform(seed, -8, 6)) : 0.0;
                real *w = (real *)layer->W.value + i * layer->fan_in;
                for (size_t j = 0; j < layer->fan_in; j++) w[j] *= (real)scale;
            }
        }
    model_prepare(m);
}

/* What the Python side lets through: whatever a float holds, up to 1e38. */
static double wild(uint64_t *seed)
{
    const double u = uniform(seed, -1, 1);
    switch (random_below(seed, 12)) {
    case 0: return 0.0;
    case 1: return u * 1e38;
    case 2: return u < 0 ? -1e38 : 1e38;
    case 3: return (double)(float)(u * 1e-38);
    case 4: return (double)(float)(u * 1e-44);
    case 5: return u * 1e6;
    case 6: return -0.0;
    default: return u;
    }
}

typedef struct {
    double x[MOST_INPUTS], target[MOST_OUTPUTS], weight;
    uint8_t present[MOST_INPUTS];
    int complete;
} sample;

static void next_sample(const shape *s, int tame, uint64_t *seed, sample *to)
{
    const double weights[] = {0.0, 1e-300, 1e-3, 3.0, 1e300};
    to->complete = random_below(seed, 2) != 0;
    for (size_t j = 0; j < s->fan_in; j++) {
        to->present[j] = to->complete || random_below(seed, 3) != 0;
        to->x[j] = !to->present[j] ? 0.0 : tame ? uniform(seed, -2, 2) : wild(seed);
    }
    for (size_t k = 0; k < s->fan_out; k++) {
        to->target[k] = s->loss == SN_SIGMOID_CROSS_ENTROPY ? (double)random_below(seed, 2)
                        : tame                              ? uniform(seed, -2, 2)
                                                            : wild(seed);
        if (!random_below(seed, 8)) to->target[k] = NAN; /* not known */
    }
    if (s->loss == SN_CROSS_ENTROPY) to->target[0] = (double)random_below(seed, s->fan_out);
    to->weight = random_below(seed, 8) ? 1.0 : weights[random_below(seed, 5)];
}

static void learn(model *m, const sample *s)
{
    model_learn(m, s->x, s->complete ? NULL : s->present, s->target, s->weight);
}

static void require_sane(const model *m)
{
    double sum = 0;
    for (size_t k = 0; k < m->shape.fan_out; k++) {
        const double p = m->prediction[k];
        require(isfinite(p) != 0, "a prediction is finite");
        if (m->shape.loss <= SN_SIGMOID_CROSS_ENTROPY) require(p >= 0 && p <= 1 + 1e-12, "probabilities are up to 1");
        sum += p;
    }
    /* Softmax and the shares of five replicas are rounded in double. */
    if (m->shape.loss == SN_CROSS_ENTROPY) require(fabs(sum - 1) < 1e-12, "probabilities sum to 1");
}

/* A new learner with the same arrays goes on as the old one would. */
static model *restarted(model *m, const sample *s)
{
    model *again = model_new(&m->shape, 1);
    model_copy(again, m);
    learn(m, s);
    learn(again, s);
    require(model_equal(m, again), "a learner that starts anew has the same bits");
    model_free(m);
    return again;
}

/* New inputs and outputs are zeros; what the old outputs say stays, but for the order of sums. */
static model *grown(model *m, const sample *s, uint64_t *seed)
{
    shape larger = m->shape;
    /* The very first inputs bring weights of their own, and with them another function. */
    const int comparable = larger.fan_in > 0;
    real h[MOST_INPUTS] = {0};
    if (larger.fan_in < MOST_INPUTS - 8 && !larger.input.width) larger.fan_in += random_below(seed, 8);
    if (larger.fan_out < MOST_OUTPUTS - 2) larger.fan_out += random_below(seed, 3);
    if (larger.loss == SN_RECONSTRUCTION) larger.fan_in = larger.fan_out;
    model *more = model_new(&larger, 1);
    model_copy(more, m);
    for (size_t j = 0; j < m->shape.fan_in; j++) h[j] = (real)(s->x[j] < 5 ? s->x[j] > -5 ? s->x[j] : -5 : 5);
    for (size_t k = 0; comparable && k < m->learner.mixture.n; k++) {
        real before[MOST_OUTPUTS];
        memcpy(before, SN_BUILD(forward)(&m->learner.networks[k], h, m->workspace), m->shape.fan_out * sizeof(real));
        const real *after = SN_BUILD(forward)(&more->learner.networks[k], h, more->workspace);
        for (size_t o = 0; o < larger.fan_out; o++) {
            const double old = o < m->shape.fan_out ? (double)before[o] : 0.0, now = (double)after[o];
            /* Roundings of 1e-7 in the first layer; four layers and gains that have been learned multiply them. */
            require(fabs(now - old) <= 1e-3 * (1 + fabs(old)), "growth changes no output");
        }
    }
    model_free(m);
    return more;
}

static void run_case(uint64_t seed)
{
    random_bits(&seed);
    random_bits(&seed);
    const shape s = random_shape(&seed);
    const int tame = random_below(&seed, 3) == 0;
    model *m = model_new(&s, random_bits(&seed));
    sample now;
    if (random_below(&seed, 3) == 0) scale_rows(m, &seed);
    for (size_t i = 0, n = random_below(&seed, 400); i < n; i++) {
        next_sample(&m->shape, tame, &seed, &now);
        model_predict(m, now.x, now.complete ? NULL : now.present);
        require_sane(m);
        learn(m, &now);
        require_sane(m);
        if (random_below(&seed, 50) == 0) m = restarted(m, &now);
        if (random_below(&seed, 50) == 0) m = grown(m, &now, &seed);
        if (i % 16 == 0 || i + 1 == n) require(model_is_finite(m), "what is learned is finite");
    }
    model_free(m);
}

int main(int n, char **arguments)
{
    const double seconds = n > 1 ? atof(arguments[1]) : 1;
    const unsigned long first = n > 2 ? strtoul(arguments[2], NULL, 10) : (unsigned long)time(NULL);
    const time_t start = time(NULL);
    signal(SIGABRT, tell_seed);
    for (current = first; current == first || difftime(time(NULL), start) < seconds; current++) run_case(current);
    printf("%lu cases from seed %lu on, nothing found (%d-byte numbers)\n", current - first, first, (int)sizeof(real));
    return 0;
}
