/* What must be equal bit for bit: resumed and uninterrupted, aligned and not, by turns and alone; and the workspace. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

/* Widths that are no multiple of any vector, so that loops have a tail as well. */
static const shape BASE = {.fan_in = 37, .fan_out = 3, .n_hidden = 3, .hidden = {67, 19, 7},
                           .activation = {SN_RELU, SN_LEAKY_RELU, SN_TANH}, .loss = SN_CROSS_ENTROPY,
                           .method = SN_SGD, .n_rates = 2, .rates = {0.01, 0.1}, .eps = 1e-8, .standardised = 1};

/* Windows of 3 channels and images of 2, padded on both sides, on one and not at all; pools that overlap. */
static const shape WINDOWS = {.fan_in = 3 * 13, .fan_out = 3, .n_hidden = 5, .hidden = {19, 0, 18, 0, 7}, .input = {1, 13},
                              .laid = {{SN_CONVOLUTION, {1, 4}, {1, 1}, 1}, {SN_MAX_POOL, {1, 3}, {1, 2}, 0},
                                       {SN_CONVOLUTION, {1, 3}, {1, 2}, 1}, {SN_MEAN_POOL, {1, 3}, {1, 1}, 0}},
                              .activation = {SN_RELU, SN_IDENTITY, SN_TANH, SN_IDENTITY, SN_RELU},
                              .loss = SN_CROSS_ENTROPY, .n_rates = 2, .rates = {0.01, 0.1}, .eps = 1e-8,
                              .standardised = 1};
static const shape IMAGES = {.fan_in = 2 * 7 * 9, .fan_out = 3, .n_hidden = 4, .hidden = {5, 0, 17, 9}, .input = {7, 9},
                             .laid = {{SN_CONVOLUTION, {3, 4}, {1, 2}, 1}, {SN_MAX_POOL, {2, 2}, {2, 1}, 1},
                                      {SN_CONVOLUTION, {2, 3}, {1, 1}, 0}},
                             .activation = {SN_RELU, SN_IDENTITY, SN_LEAKY_RELU, SN_RELU},
                             .loss = SN_CROSS_ENTROPY, .n_rates = 2, .rates = {0.01, 0.1}, .eps = 1e-8,
                             .standardised = 1};

static void learn_some(model *m, int samples, uint64_t seed)
{
    double x[300], target;
    uint8_t present[300];
    for (int i = 0; i < samples; i++) {
        for (size_t j = 0; j < m->shape.fan_in; j++) {
            x[j] = uniform(&seed, -1, 1);
            present[j] = random_below(&seed, 8) != 0;
        }
        target = (double)random_below(&seed, m->shape.fan_out);
        model_learn(m, x, i % 3 ? NULL : present, &target, 1.0);
    }
}

static void check_kept_norms_of(const shape *s)
{
    model *m = model_new(s, 5);
    const sn_network *network = m->learner.networks;
    real kept[MOST_HIDDEN][67];
    learn_some(m, s->input.width ? 300 : 2000, 6);
    for (size_t l = 0; l < s->n_hidden; l++)
        if (network->layers[l].square) memcpy(kept[l], network->layers[l].square, s->hidden[l] * sizeof(real));
    model_prepare(m);
    for (size_t l = 0; l < s->n_hidden; l++)
        if (network->layers[l].square)
            check(!memcmp(kept[l], network->layers[l].square, s->hidden[l] * sizeof(real)), "a norm that was kept");
    model_free(m);
}

void check_kept_norms(void)
{
    const size_t widths[] = {1, 8, 37, 259}; /* Long rows have a loop of their own. */
    for (int method = SN_SGD; method <= SN_ADAM; method++) {
        shape s = BASE, windows = WINDOWS, images = IMAGES;
        s.method = windows.method = images.method = (sn_method)method;
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            s.fan_in = widths[w];
            check_kept_norms_of(&s);
        }
        check_kept_norms_of(&windows);
        check_kept_norms_of(&images);
    }
}

static void check_alignment_of(shape s)
{
    model *aligned = model_new(&s, 8);
    learn_some(aligned, 100, 9);
    for (s.misaligned = 1; s.misaligned < 16; s.misaligned++) {
        model *elsewhere = model_new(&s, 8);
        learn_some(elsewhere, 100, 9);
        check(model_equal(aligned, elsewhere), "the same bits wherever the arrays begin");
        model_free(elsewhere);
    }
    model_free(aligned);
}

void check_alignment(void)
{
    for (int method = SN_SGD; method <= SN_ADAM; method++) {
        shape s = BASE, windows = WINDOWS, images = IMAGES;
        s.method = windows.method = images.method = (sn_method)method;
        check_alignment_of(s);
        check_alignment_of(windows);
        check_alignment_of(images);
    }
}

void check_interleaved(void)
{
    shape s = BASE, t = BASE;
    s.method = SN_ADAM;
    t.fan_in = 9;
    model *a = model_new(&s, 1), *b = model_new(&t, 2), *a_alone = model_new(&s, 1), *b_alone = model_new(&t, 2);
    for (uint64_t i = 0; i < 200; i++) {
        learn_some(a, 1, i);
        learn_some(b, 1, i + 1000);
    }
    for (uint64_t i = 0; i < 200; i++) learn_some(a_alone, 1, i);
    for (uint64_t i = 0; i < 200; i++) learn_some(b_alone, 1, i + 1000);
    check(model_equal(a, a_alone) && model_equal(b, b_alone), "two learners by turns learn what each learns alone");
    model_free(a);
    model_free(b);
    model_free(a_alone);
    model_free(b_alone);
}

#define GUARD 64

/* Neither a byte beside the workspace is touched nor does it matter what is in it. */
static void check_workspace_of(const shape *s)
{
    model *plain = model_new(s, 4);
    learn_some(plain, 50, 5);
    for (int fill = 0; fill < 2; fill++) {
        model *m = model_new(s, 4);
        const size_t bytes = m->workspace_bytes;
        unsigned char *block = malloc(bytes + 2 * GUARD);
        unsigned char untouched[GUARD];
        if (!block) exit(2);
        memset(untouched, fill ? 0xFF : 0x55, GUARD);
        memset(block, fill ? 0xFF : 0x55, bytes + 2 * GUARD);
        m->workspace = block + GUARD;
        model_prepare(m);
        learn_some(m, 50, 5);
        check(!memcmp(block, untouched, GUARD), "nothing is written before the workspace");
        check(!memcmp(block + GUARD + bytes, untouched, GUARD), "nothing is written behind the workspace");
        check(model_equal(m, plain), "what is in the workspace does not matter");
        model_free(m);
        free(block);
    }
    model_free(plain);
}

void check_workspace(void)
{
    for (int method = SN_SGD; method <= SN_ADAM; method++) {
        shape s = BASE, windows = WINDOWS, images = IMAGES;
        s.method = windows.method = images.method = (sn_method)method;
        check_workspace_of(&windows);
        check_workspace_of(&images);
        check_workspace_of(&s);
        s.fan_in = 4; /* An odd number of units, and no array that ends where doubles could begin. */
        check_workspace_of(&s);
        s.n_hidden = 0;
        check_workspace_of(&s);
        s.n_hidden = 1;
        s.activation[0] = SN_IDENTITY;
        check_workspace_of(&s);
    }
}
