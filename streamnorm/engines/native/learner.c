#include "learner.h"

#include <string.h>

#include "loss.h"
#include "repeats.h"

/* The parts of the workspace; the rest is the networks'. */
typedef struct {
    double *p, *aim, *blame;
    uint8_t *known;
    real *h, *delta, *later_output, *later_delta;
    void *rest;
} desk;

static size_t doubles_of(const sn_learner *learner)
{
    return 2 * learner->fan_out + learner->mixture.n + (learner->fan_out + 7) / 8;
}

/* What follows is a whole number of doubles further on, whatever real is. */
static size_t reals_of(const sn_learner *learner) { return (learner->fan_in + 3 * learner->fan_out + 1) / 2 * 2; }

static void lay_out(const sn_learner *learner, void *workspace, desk *d)
{
    d->p = workspace;
    d->aim = d->p + learner->fan_out;
    d->blame = d->aim + learner->fan_out;
    d->known = (uint8_t *)(d->blame + learner->mixture.n);
    d->h = (real *)(d->p + doubles_of(learner));
    d->delta = d->h + learner->fan_in;
    d->later_output = d->delta + learner->fan_out;
    d->later_delta = d->later_output + learner->fan_out;
    d->rest = d->h + reals_of(learner);
}

size_t SN_BUILD(learner_workspace)(const sn_learner *learner)
{
    return doubles_of(learner) * sizeof(double) + reals_of(learner) * sizeof(real) +
           SN_BUILD(workspace)(learner->networks);
}

void SN_BUILD(learner_prepare)(sn_learner *learner, void *workspace)
{
    for (size_t k = 0; k < learner->mixture.n; k++) SN_BUILD(prepare)(&learner->networks[k], workspace);
}

/* An absent feature is its mean, which is 0 after standardising. */
static void standardize(const sn_learner *learner, const double *restrict x, const uint8_t *restrict present,
                        real *restrict h)
{
    const sn_standardizer *s = &learner->features;
    const double *restrict center = s->center, *restrict inverse_sd = s->inverse_sd;
    const double clip = s->clip;
    const size_t n = s->n;
    if (center)
        for (size_t p = 0; p < learner->fan_in; p += n)
            for (size_t j = 0; j < n; j++)
                h[p + j] = (real)(float)sn_bounded((x[p + j] - center[j]) * inverse_sd[j], clip);
    else
        for (size_t j = 0; j < learner->fan_in; j++) h[j] = (real)(float)sn_bounded(x[j], clip);
    if (present)
        for (size_t j = 0; j < learner->fan_in; j++) h[j] *= (real)present[j];
}

static void copy_parameter(const sn_parameter *to, const sn_parameter *from, size_t n)
{
    if (to->value) memcpy(to->value, from->value, n * sizeof(real));
    if (to->m) memcpy(to->m, from->m, n * sizeof(real));
    if (to->v) memcpy(to->v, from->v, n * sizeof(real));
}

static void copy_rows(const sn_layer *to, const sn_layer *from)
{
    for (size_t i = 0; i < from->fan_out; i++) {
        const size_t a = i * to->stride, b = i * from->stride;
        memcpy((real *)to->W.value + a, (const real *)from->W.value + b, from->fan_in * sizeof(real));
        if (to->W.m) memcpy((real *)to->W.m + a, (const real *)from->W.m + b, from->fan_in * sizeof(real));
        if (to->W.v) memcpy((real *)to->W.v + a, (const real *)from->W.v + b, from->fan_in * sizeof(real));
    }
}

static void copy_network(sn_network *to, const sn_network *from)
{
    for (size_t l = 0; l < from->n_layers; l++) {
        const sn_layer *a = &to->layers[l], *b = &from->layers[l];
        if (!b->W.value) continue;
        copy_rows(a, b);
        copy_parameter(&a->g, &b->g, b->fan_out);
        copy_parameter(&a->b, &b->b, b->fan_out);
        if (b->last) memcpy(a->last, b->last, b->fan_out * sizeof(int64_t));
        if (b->square) memcpy(a->square, b->square, b->fan_out * sizeof(real));
        if (b->reach) memcpy(a->reach, b->reach, 2 * b->fan_out * sizeof(real));
    }
    *to->step = *from->step;
}

/* Weighs the replicas; those that are lost start again from the leader. */
static void mix(sn_learner *learner, const double *losses, double weight)
{
    const sn_mixture *mixture = &learner->mixture;
    sn_weigh(mixture, losses, weight);
    const size_t leader = sn_leader(mixture, losses);
    for (size_t k = 0; k < mixture->n; k++) {
        if (!isfinite(losses[leader]) || !sn_is_lost(mixture, k, losses[k], leader)) continue;
        copy_network(&learner->networks[k], &learner->networks[leader]);
        mixture->smoothed[k] = mixture->smoothed[leader];
    }
}

/* One step of a replica, whose output and delta for the sample are on the desk. */
static void step(const sn_learner *learner, size_t r, const real *o, const double *aim, double weight, const desk *d)
{
    sn_network *network = &learner->networks[r];
    const sn_promise promise = SN_BUILD(propose)(network, d->h, d->delta, weight, d->rest);
    if (promise.error == 0.0) return;
    const double rate = implicit_rate(network->optimizer.learning_rate, &promise);
    const double mended = rate * promise.decrease / promise.error;
    const follower f = {learner->loss, learner->fan_out, aim, d->later_output, d->later_delta, d->p};
    const double count = weight > 1.0 ? repeats(&f, o, d->delta, mended, weight) : weight;
    SN_BUILD(move)(network, d->h, count * rate, d->rest);
}

/* What is told of a mixed prediction: values in the target's unit, or how far off a reconstruction is. */
static void tell(const sn_learner *learner, const real *h, const uint8_t *present, double *prediction)
{
    const sn_standardizer *s = &learner->target;
    for (size_t k = 0; s->mean && k < learner->fan_out; k++) prediction[k] = s->mean[k] + s->sd[k] * prediction[k];
    if (learner->loss == SN_RECONSTRUCTION)
        for (size_t k = 0; k < learner->fan_out; k++)
            prediction[k] = present && !present[k] ? 0.0 : prediction[k] - (double)h[k];
}

/* What the network is to say: the target in its standard deviations, or its own input. NAN where it is not known. */
static const double *aim_at(const sn_learner *learner, const double *target, const uint8_t *present, const desk *d)
{
    const sn_standardizer *s = &learner->target;
    if (learner->loss == SN_RECONSTRUCTION)
        for (size_t k = 0; k < learner->fan_out; k++) d->aim[k] = present && !present[k] ? NAN : (double)d->h[k];
    else if (s->mean)
        for (size_t k = 0; k < learner->fan_out; k++)
            d->aim[k] = isnan(target[k]) ? NAN : sn_standardized(s, k, target[k]);
    else
        return target;
    return d->aim;
}

/* Whether anything is known of what the network is to say. */
static int is_told(const sn_learner *learner, const double *aim)
{
    int told = learner->loss == SN_CROSS_ENTROPY;
    for (size_t k = 0; !told && k < learner->fan_out; k++) told = !isnan(aim[k]);
    return told;
}

static void update_target(const sn_learner *learner, const double *target, const desk *d)
{
    for (size_t k = 0; k < learner->fan_out; k++) {
        d->known[k] = (uint8_t)!isnan(target[k]);
        d->aim[k] = d->known[k] ? target[k] : 0.0;
    }
    sn_update(&learner->target, d->aim, d->known);
}

void SN_BUILD(learner_predict)(const sn_learner *learner, const double *x, const uint8_t *present, double *prediction,
                               void *workspace)
{
    const size_t n = learner->fan_out;
    desk d;
    lay_out(learner, workspace, &d);
    standardize(learner, x, present, d.h);
    for (size_t k = 0; k < n; k++) prediction[k] = 0.0;
    for (size_t r = 0; r < learner->mixture.n; r++) {
        const double share = learner->mixture.weights[r];
        predicted(learner->loss, SN_BUILD(forward)(&learner->networks[r], d.h, d.rest), n, d.p);
        for (size_t k = 0; k < n; k++) prediction[k] += share * d.p[k];
    }
    tell(learner, d.h, present, prediction);
}

static void see(const sn_learner *learner, const uint8_t *restrict present)
{
    const int64_t now = ++*learner->clock;
    for (size_t j = 0; j < learner->fan_in; j++)
        learner->seen[j] = !present || present[j] ? now : learner->seen[j];
}

void SN_BUILD(learner_learn)(sn_learner *learner, const double *x, const uint8_t *present, const double *target,
                             double weight, double *prediction, void *workspace)
{
    const size_t n = learner->fan_out;
    desk d;
    lay_out(learner, workspace, &d);
    standardize(learner, x, present, d.h);
    const double *aim = aim_at(learner, target, present, &d);
    /* Without a target there is nothing to judge the replicas by. */
    const double most = weight < LARGEST_WEIGHT ? weight : LARGEST_WEIGHT, counted = is_told(learner, aim) ? most : 0.0;
    for (size_t k = 0; k < n; k++) prediction[k] = 0.0;
    for (size_t r = 0; r < learner->mixture.n; r++) {
        const double share = learner->mixture.weights[r];
        const real *o = SN_BUILD(forward)(&learner->networks[r], d.h, d.rest);
        d.blame[r] = judged(learner->loss, o, n, aim, d.p, d.delta);
        for (size_t k = 0; k < n; k++) prediction[k] += share * d.p[k];
        if (counted > 0.0) step(learner, r, o, aim, counted, &d);
    }
    if (counted > 0.0 && learner->mixture.n > 1) mix(learner, d.blame, counted);
    tell(learner, d.h, present, prediction);
    if (learner->features.mean && learner->features.n < learner->fan_in)
        sn_update_channels(&learner->features, learner->fan_in, x, present);
    else if (learner->features.mean)
        sn_update(&learner->features, x, present);
    if (learner->seen) see(learner, present);
    if (learner->target.mean) update_target(learner, target, &d);
}
