/* The kernel alone, without Python, on samples that are standardised already: `kernel METHOD FEATURES WIDTH... CLASSES`.
 *
 * Answers the questions that worker.py answers, and two more: how long it takes only to read all weights and then to read
 * and write every other row, as a step must that knows the output before it moves the half of the units that is awake.
 * `naive` is that as one would write it down, `sweep` as fast as the memory gives it.
 */
#define _POSIX_C_SOURCE 199309L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include BUILD /* One of the library's own, such as builds/float_avx2.c. */

#define TURN 3e-3
#define WARM_UP 0.3
#define MOST_LAYERS 8

typedef struct {
    sn_network network;
    sn_layer layers[MOST_LAYERS];
    int64_t step;
    size_t fan_in, fan_out;
    float *delta;
    double *p;
    void *workspace;
} bench;

typedef struct {
    float *x;      /* [n, fan_in] */
    double *label; /* [n] */
} samples;

static uint64_t state = 42;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 33) + 0.5) / 2147483648.0;
}

static float gaussian(void) { return (float)(sqrt(-2.0 * log(uniform())) * cos(6.283185307179586 * uniform())); }

static float *filled(size_t n, float value)
{
    float *x = malloc(n * sizeof(float));
    for (size_t i = 0; i < n; i++) x[i] = value;
    return x;
}

static sn_parameter parameter(size_t n, float value)
{
    const sn_parameter made = {filled(n, value), filled(n, 0), filled(n, 0)};
    return made;
}

/* With the constants that streamnorm's optimisers have. */
static sn_optimizer optimizer(const char *method)
{
    const sn_optimizer sgd = {SN_SGD, 0.03}, rmsprop = {SN_RMSPROP, 0.003, 0.0, 0.99, 1e-8},
                       adam = {SN_ADAM, 0.001, 0.9, 0.999, 1e-8};
    return strcmp(method, "SGD") == 0 ? sgd : strcmp(method, "RMSprop") == 0 ? rmsprop : adam;
}

static void build_bench(bench *b, int argc, char **argv)
{
    b->network.n_layers = (size_t)argc - 3;
    b->network.layers = b->layers;
    b->network.optimizer = optimizer(argv[1]);
    b->network.step = &b->step;
    for (size_t l = 0; l < b->network.n_layers; l++) {
        sn_layer *layer = &b->layers[l];
        const size_t m = layer->fan_in = layer->stride = (size_t)atoi(argv[l + 2]), n = layer->fan_out = (size_t)atoi(argv[l + 3]);
        const int is_head = l + 1 == b->network.n_layers;
        layer->activation = is_head ? SN_IDENTITY : SN_RELU;
        layer->mean = is_head ? 0.0 : 0.3989422804014327;
        layer->sd = is_head ? 1.0 : 0.5837772700315337;
        layer->W = parameter(n * m, 0);
        layer->b = parameter(n, 0);
        layer->last = calloc(n, sizeof(int64_t));
        if (is_head) continue;
        for (size_t j = 0; j < n * m; j++) ((float *)layer->W.value)[j] = gaussian() / sqrtf((float)m);
        layer->g = parameter(n, 1 / 1.21f);
        layer->square = filled(n, 0);
    }
    b->fan_in = b->layers[0].fan_in;
    b->fan_out = b->layers[b->network.n_layers - 1].fan_out;
    b->delta = filled(b->fan_out, 0);
    b->p = malloc(b->fan_out * sizeof(double));
    b->workspace = malloc(SN_BUILD(workspace)(&b->network));
    SN_BUILD(prepare)(&b->network, b->workspace);
}

/* As stream.py makes them. */
static samples new_samples(const bench *b, size_t n)
{
    samples s = {malloc(n * b->fan_in * sizeof(float)), malloc(n * sizeof(double))};
    for (size_t j = 0; j < n * b->fan_in; j++) s.x[j] = gaussian();
    for (size_t i = 0; i < n; i++) {
        const float *x = s.x + i * b->fan_in;
        size_t best = 0;
        for (size_t k = 1; k < b->fan_out; k++)
            if (x[k] * x[k + 1] > x[best] * x[best + 1]) best = k;
        s.label[i] = (double)best;
    }
    return s;
}

static volatile float one = 1, seen;

static void write_half(const bench *b)
{
    const float keep = one;
    for (size_t l = 0; l < b->network.n_layers; l++) {
        const sn_layer *layer = &b->layers[l];
        for (size_t i = 0; i < layer->fan_out; i += 2) {
            float *w = (float *)layer->W.value + i * layer->fan_in;
            for (size_t j = 0; j < layer->fan_in; j++) w[j] *= keep;
        }
    }
}

static void naive(const bench *b)
{
    float sum = 0;
    for (size_t l = 0; l < b->network.n_layers; l++) {
        const float *w = b->layers[l].W.value;
        for (size_t i = 0; i < b->layers[l].fan_out * b->layers[l].fan_in; i++) sum += w[i];
    }
    seen = sum;
    write_half(b);
}

static void sweep(const bench *b)
{
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (size_t l = 0; l < b->network.n_layers; l++) {
        const sn_layer *layer = &b->layers[l];
        const size_t n = layer->fan_in;
        size_t i = 0;
        /* Four rows at a time, as the kernel does: one sum alone would wait for its own additions. */
        for (; i + 4 <= layer->fan_out; i += 4) {
            const float *w0 = (const float *)layer->W.value + i * n, *w1 = w0 + n, *w2 = w1 + n, *w3 = w2 + n;
            for (size_t j = 0; j < n; j++) {
                s0 += w0[j];
                s1 += w1[j];
                s2 += w2[j];
                s3 += w3[j];
            }
        }
        for (; i < layer->fan_out; i++)
            for (size_t j = 0; j < n; j++) s0 += ((const float *)layer->W.value)[i * n + j];
    }
    seen = s0 + s1 + s2 + s3;
    write_half(b);
}

static void answer(bench *b, const char *question, const float *x, const double *label)
{
    if (question[0] == 's' || question[0] == 'n') {
        (question[0] == 's' ? sweep : naive)(b);
        return;
    }
    const float *o = SN_BUILD(forward)(&b->network, x, b->workspace);
    seen = o[0];
    if (question[0] == 'p') return;
    judged(SN_CROSS_ENTROPY, o, b->fan_out, label, b->p, b->delta);
    const sn_promise promise = SN_BUILD(propose)(&b->network, x, b->delta, 1.0, b->workspace);
    if (promise.error > 0.0)
        SN_BUILD(move)(&b->network, x, implicit_rate(b->network.optimizer.learning_rate, &promise), b->workspace);
}

static double run(bench *b, const char *question, size_t n)
{
    const samples s = new_samples(b, n);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t i = 0; i < n; i++) answer(b, question, s.x + i * b->fan_in, s.label + i);
    clock_gettime(CLOCK_MONOTONIC, &end);
    free(s.x);
    free(s.label);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

static size_t warmed_up(bench *b, const char *question)
{
    size_t n = 8;
    for (double spent = 0.0; spent < WARM_UP;) {
        const double seconds = run(b, question, n);
        spent += seconds;
        n = (size_t)((double)n * TURN / seconds) + 1;
    }
    return n;
}

int main(int argc, char **argv)
{
    static bench b;
    static size_t block[256];
    char question[32];
    if (argc < 4 || argc > MOST_LAYERS + 3) return 1;
    build_bench(&b, argc, argv);
    puts("");
    fflush(stdout);
    while (fgets(question, sizeof question, stdin)) {
        size_t *n = &block[(unsigned char)question[0]];
        if (!*n) *n = warmed_up(&b, question);
        run(&b, question, *n / 20 + 1);
        printf("%.9g\n", run(&b, question, *n) / (double)*n * 1e6);
        fflush(stdout);
    }
    return 0;
}
