/* How the workspace is divided: what layers leave there for those who come later, and scratch for all. */

/* Every array of it starts at a cache line: vectors across two lines cost twice. */
#define LINE 64
#define IN_LINE (LINE / sizeof(real))

static size_t aligned(size_t n) { return (n + IN_LINE - 1) / IN_LINE * IN_LINE; }

/* The parts of the workspace. */
typedef struct {
    size_t *active;              /* of all layers */
    real *traces;                /* of all layers */
    real *dh;                    /* [most inputs or outputs of a layer] */
    real *keep_m, *keep_v;       /* [widest] each */
    real *padded;                /* [largest padded input], if the network learns */
    real *z, *sums;              /* of one layer with positions at a time, if it does not */
    real *directions;            /* for all parameters, if the optimiser has state */
    real *spare;                 /* [longest] */
} parts;

/* What a layer leaves there. */
typedef struct {
    const real *h;               /* its input */
    const real *padded;          /* its input with zeros around, in `margin` if there are any */
    real *margin;
    real *u, *z, *e, *a;         /* all outputs each; the head's output is its z, and e of a pool is dL/da */
    real *r, *c, *q;             /* [fan_out] each: dL/dw_i = c_i row_i - q_i w_i */
    real *of_b, *of_g, *awake;   /* [fan_out] each: sums over positions of e, e u, and |e| */
    real *sums;                  /* of a convolution: the weights transposed, and then for each row the sum of e h */
    const real *rows;            /* row_i, each `pitch` behind the one before: the input for all of a dense layer */
    size_t pitch;
    place *places;               /* of a pool of largest values: where in its input these are */
    size_t *n_active, *active;   /* units with an error */
    size_t *here;                /* [fan_out]: filters with an error at one position */
    real *directions;            /* of b, of g, and of the rows of active units */
} trace;

typedef struct {
    size_t numbers, indices, directions;
} room;

#define TRACE 7

static size_t inputs_of(const sn_layer *layer)
{
    return layer->kind == SN_DENSE ? layer->fan_in : numbers(&layer->grid, layer->grid.size);
}

static size_t outputs_of(const sn_layer *layer)
{
    const sn_size out = layer->grid.out;
    return layer->kind == SN_DENSE ? layer->fan_out : out.height * out.width * layer->fan_out;
}

static size_t margin_of(const sn_layer *layer)
{
    return is_padded(&layer->grid) ? aligned(numbers(&layer->grid, layer->grid.padded)) : 0;
}

static size_t sums_of(const sn_layer *layer)
{
    const size_t by_row = layer->fan_out * aligned(layer->fan_in), by_column = layer->fan_in * aligned(layer->fan_out);
    return by_row > by_column ? by_row : by_column;
}

/* A network that only predicts has no steps to count, and keeps of a layer with positions what the next one reads. */
static int learns(const sn_network *network) { return network->step != NULL; }

static APART room room_on_grid(const sn_network *network, const sn_layer *layer)
{
    const size_t n = aligned(layer->fan_out), outputs = aligned(outputs_of(layer)), margin = margin_of(layer);
    const room predicting = {margin + n + outputs, 0, 0};
    const room pool = {3 * outputs + margin, 0, 0};
    const room convolution = {4 * outputs + 6 * n + sums_of(layer) + margin, 1 + 2 * layer->fan_out,
                              2 * n + layer->fan_out * aligned(layer->fan_in)};
    if (!learns(network)) return predicting;
    return layer->kind == SN_CONVOLUTION ? convolution : pool;
}

static inline room room_of(const sn_network *network, const sn_layer *layer)
{
    const size_t n = aligned(layer->fan_out);
    const room dense = {TRACE * n, 1 + layer->fan_out, 2 * n + layer->fan_out * aligned(layer->fan_in)};
    return layer->kind == SN_DENSE ? dense : room_on_grid(network, layer);
}

typedef struct {
    room all;
    size_t across, widest, padded, z, sums, longest;
} sizes;

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static sizes measure(const sn_network *network)
{
    sizes s = {{0, 0, 0}, 0, 0, 0, 0, 0, 0};
    for (size_t l = 0; l < network->n_layers; l++) {
        const sn_layer *layer = &network->layers[l];
        const room r = room_of(network, layer);
        s.all.numbers += r.numbers;
        s.all.indices += r.indices;
        s.all.directions += r.directions;
        s.widest = larger(s.widest, layer->fan_out);
        s.longest = larger(s.longest, layer->fan_in);
        if (layer->kind == SN_DENSE) continue;
        s.across = larger(s.across, larger(inputs_of(layer), outputs_of(layer)));
        s.padded = larger(s.padded, learns(network) ? margin_of(layer) : 0);
        s.z = larger(s.z, learns(network) ? 0 : aligned(outputs_of(layer)));
        s.sums = larger(s.sums, learns(network) || layer->kind != SN_CONVOLUTION ? 0 : sums_of(layer));
    }
    s.longest = aligned(s.longest);
    s.widest = aligned(larger(s.longest, s.widest));
    s.across = aligned(larger(s.widest, s.across));
    s.all.indices = aligned(s.all.indices);
    if (network->optimizer.method == SN_SGD) s.all.directions = 0;
    return s;
}

static parts divide(const sn_network *network, void *workspace)
{
    const sizes s = measure(network);
    parts p;
    p.active = (size_t *)(((uintptr_t)workspace + LINE - 1) / LINE * LINE);
    p.traces = (real *)(p.active + s.all.indices);
    p.dh = p.traces + s.all.numbers;
    p.keep_m = p.dh + s.across;
    p.keep_v = p.keep_m + s.widest;
    p.padded = p.keep_v + s.widest;
    p.z = p.padded + s.padded;
    p.sums = p.z + s.z;
    p.directions = p.sums + s.sums;
    p.spare = p.directions + s.all.directions;
    return p;
}

static size_t bytes_of(const sn_network *network)
{
    const sizes s = measure(network);
    const size_t scratch = s.across + 2 * s.widest + s.padded + s.z + s.sums + s.longest;
    return LINE + s.all.indices * sizeof(size_t) + (s.all.numbers + scratch + s.all.directions) * sizeof(real);
}

/* The outputs are the last that a layer leaves: the one behind it finds them in front of its own. */
static void lay_out_dense(const sn_layer *layer, trace *t)
{
    const size_t n = aligned(layer->fan_out);
    t->r = t->u + n;
    t->z = t->r + n;
    t->e = t->of_b = t->awake = t->z + n;
    t->c = t->e + n;
    t->q = t->c + n;
    t->a = t->q + n;
    t->of_g = NULL;
    t->rows = t->h;
    t->pitch = 0;
}

static void lay_out_convolution(const sn_layer *layer, trace *t)
{
    const size_t n = aligned(layer->fan_out), outputs = aligned(outputs_of(layer));
    t->z = t->u + outputs;
    t->e = t->z + outputs;
    t->r = t->e + outputs;
    t->c = t->r + n;
    t->q = t->c + n;
    t->of_b = t->q + n;
    t->of_g = t->of_b + n;
    t->awake = t->of_g + n;
    t->sums = t->awake + n;
    t->margin = t->sums + sums_of(layer);
    t->a = t->margin + margin_of(layer);
    t->rows = t->sums;
    t->pitch = aligned(layer->fan_in);
    t->here = t->active + layer->fan_out;
}

static void lay_out_pool(const sn_layer *layer, trace *t)
{
    const size_t outputs = aligned(outputs_of(layer));
    t->e = t->u;
    t->places = (place *)(t->e + outputs);
    t->margin = t->e + 2 * outputs;
    t->a = t->margin + margin_of(layer);
}

/* Of a network that only predicts. */
static void lay_out_for_one(const sn_layer *layer, const parts *p, trace *t)
{
    t->margin = t->u;
    t->r = t->margin + margin_of(layer);
    t->a = t->r + aligned(layer->fan_out);
    t->u = p->dh;
    t->places = (place *)p->dh;
    t->z = p->z;
    t->sums = p->sums;
}

static APART void lay_out_on_grid(const sn_network *network, const sn_layer *layer, const parts *p, trace *t)
{
    if (!learns(network))
        lay_out_for_one(layer, p, t);
    else if (layer->kind == SN_CONVOLUTION)
        lay_out_convolution(layer, t);
    else
        lay_out_pool(layer, t);
    if (is_padded(&layer->grid)) t->padded = t->margin;
}

static trace trace_of(const sn_network *network, const real *h, const parts *p, size_t l)
{
    const sn_layer *layer = &network->layers[l];
    room before = {0, 0, 0};
    trace t; /* What a kind of layer has no use for is left as it is. */
    for (size_t k = 0; k < l; k++) {
        const room r = room_of(network, &network->layers[k]);
        before.numbers += r.numbers;
        before.indices += r.indices;
        before.directions += r.directions;
    }
    t.u = p->traces + before.numbers;
    t.h = t.padded = l ? t.u - aligned(inputs_of(layer)) : h;
    t.n_active = p->active + before.indices;
    t.active = t.n_active + 1;
    t.directions = network->optimizer.method == SN_SGD ? NULL : p->directions + before.directions;
    if (layer->kind == SN_DENSE)
        lay_out_dense(layer, &t);
    else
        lay_out_on_grid(network, layer, p, &t);
    return t;
}
