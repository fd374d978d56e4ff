/* A layer of filters: forward over four positions and many filters at once; backward only where there is an error, which
 * behind a pool of largest values is seldom. */

/* w_i / r_i, filters side by side. */
static void transpose(const sn_layer *layer, const real *r, real *to)
{
    const size_t n = layer->fan_out, pitch = aligned(n);
    for (size_t i = 0; i < n; i++) {
        const real *w = (const real *)layer->W.value + i * layer->stride, scale = 1 / r[i];
        for (size_t j = 0; j < layer->fan_in; j++) to[j * pitch + i] = w[j] * scale;
    }
    for (size_t j = 0; j < layer->fan_in; j++)
        for (size_t i = n; i < pitch; i++) to[j * pitch + i] = 0;
}

/* u and z of some filters, from i on, at one position. */
static void put(const sn_layer *layer, size_t i, const real *restrict s, real *restrict u, real *restrict z)
{
    const real *restrict g = layer->g.value, *restrict b = layer->b.value;
    const size_t end = i + FILTERS < layer->fan_out ? i + FILTERS : layer->fan_out;
    for (; i < end; i++) {
        u[i] = *s;
        z[i] = g[i] * *s++ + b[i];
    }
}

static void convolve(const sn_layer *layer, const trace *t)
{
    const sn_grid *grid = &layer->grid;
    const real *square = layer->square, *row = t->padded;
    const size_t n = layer->fan_out, positions = grid->out.height * grid->out.width;
    const walk patch = {grid->kernel.height, grid->kernel.width * grid->channels, line_of(grid), 1};
    size_t x = 0;
    for (size_t i = 0; i < n; i++) {
        const real norm = MATH(sqrt)(square[i]);
        t->r[i] = norm > SMALLEST_NORM ? norm : SMALLEST_NORM;
    }
    transpose(layer, t->r, t->sums);
    for (size_t p = 0; p < positions; p += WALKS) {
        const real *at[WALKS];
        real s[WALKS][FILTERS];
        for (size_t k = 0; k < WALKS; k++) {
            at[k] = row + x * grid->stride.width * grid->channels;
            if (p + k + 1 < positions && ++x == grid->out.width) {
                x = 0;
                row += grid->stride.height * line_of(grid);
            }
        }
        for (size_t i = 0; i < n; i += FILTERS) {
            tile(&patch, at, t->sums + i, aligned(n), s);
            for (size_t k = p; k < p + WALKS && k < positions; k++)
                put(layer, i, s[k - p], t->u + k * n, t->z + k * n);
        }
    }
}

/* Sums of e, of e u and of |e| over positions. */
static void sum_errors(const sn_layer *layer, const trace *t)
{
    const size_t n = layer->fan_out, outputs = outputs_of(layer);
    real *restrict of_b = t->of_b, *restrict of_g = t->of_g, *restrict awake = t->awake;
    for (size_t i = 0; i < n; i++) of_b[i] = of_g[i] = awake[i] = 0;
    for (size_t p = 0; p < outputs; p += n) {
        const real *restrict e = t->e + p, *restrict u = t->u + p;
        for (size_t i = 0; i < n; i++) {
            of_b[i] += e[i];
            of_g[i] += e[i] * u[i];
            awake[i] += MATH(fabs)(e[i]);
        }
    }
}

/* Adds a patch, times the error of each filter, to the filters' rows. */
static void add_to_rows(const size_t *here, size_t n_here, const real *restrict e, const real *restrict h, size_t n,
                        size_t pitch, real *restrict rows)
{
    size_t k = 0;
    for (; k + 4 <= n_here; k += 4) {
        const size_t *i = here + k;
        real *r0 = rows + i[0] * pitch, *r1 = rows + i[1] * pitch, *r2 = rows + i[2] * pitch, *r3 = rows + i[3] * pitch;
        const real e0 = e[i[0]], e1 = e[i[1]], e2 = e[i[2]], e3 = e[i[3]];
        for (size_t j = 0; j < n; j++) {
            r0[j] += e0 * h[j];
            r1[j] += e1 * h[j];
            r2[j] += e2 * h[j];
            r3[j] += e3 * h[j];
        }
    }
    for (; k < n_here; k++) {
        real *r0 = rows + here[k] * pitch;
        const real e0 = e[here[k]];
        for (size_t j = 0; j < n; j++) r0[j] += e0 * h[j];
    }
}

/* For each filter the sum of its patches, each times the error there. */
static void sum_long_patches(const sn_layer *layer, const trace *t, real *spare)
{
    const sn_grid *grid = &layer->grid;
    const size_t n = layer->fan_out, step = grid->stride.width * grid->channels;
    const real *e = t->e;
    memset(t->sums, 0, n * t->pitch * sizeof(real));
    for (size_t y = 0; y < grid->out.height; y++) {
        const real *row = t->padded + y * grid->stride.height * line_of(grid);
        for (size_t x = 0; x < grid->out.width; x++, e += n) {
            const size_t n_here = gather(n, e, t->here);
            if (!n_here) continue;
            const real *h = patch(grid, row + x * step, spare);
            add_to_rows(t->here, n_here, e, h, layer->fan_in, t->pitch, t->sums);
        }
    }
}

/* The same where the rows of a patch are shorter than a register: four numbers of it at once, over all positions. What
 * is read behind the last error is of other arrays, and falls to no filter. */
static void sum_short_patches(const sn_layer *layer, const trace *t)
{
    const sn_grid *grid = &layer->grid;
    const size_t n = layer->fan_out, width = grid->kernel.width * grid->channels, last = layer->fan_in - 1;
    const walk positions = {grid->out.height, grid->out.width, grid->stride.height * line_of(grid),
                            grid->stride.width * grid->channels};
    for (size_t j = 0; j <= last; j += WALKS) {
        const real *at[WALKS];
        real s[WALKS][FILTERS];
        for (size_t k = 0; k < WALKS; k++) {
            const size_t number = j + k < last ? j + k : last;
            at[k] = t->padded + number / width * line_of(grid) + number % width;
        }
        for (size_t i = 0; i < n; i += FILTERS) {
            tile(&positions, at, t->e + i, n, s);
            for (size_t k = 0; k < WALKS && j + k <= last; k++)
                for (size_t f = i; f < n && f < i + FILTERS; f++) t->sums[f * t->pitch + j + k] = s[k][f - i];
        }
    }
}

static void sum_patches(const sn_layer *layer, const trace *t, real *spare)
{
    if (layer->grid.kernel.width * layer->grid.channels < LANES)
        sum_short_patches(layer, t);
    else
        sum_long_patches(layer, t, spare);
}

/* c = g / r and q = c u / r of the summed e u, so that dL/dw = c sums - q w. Returns the layer's squared gradient. */
static real filter_gradients(const sn_layer *layer, const trace *t)
{
    const real *g = layer->g.value;
    real sum = 0;
    for (size_t i = 0; i < layer->fan_out; i++) {
        const real eu = t->of_g[i], eb = t->of_b[i], r = t->r[i];
        const real squared = squared_norm(t->sums + i * t->pitch, layer->fan_in), across = squared - eu * eu;
        t->c[i] = g[i] / r;
        t->q[i] = t->c[i] * eu / r;
        const real square = t->c[i] * t->c[i], row = square * (across > 0 ? across : 0);
        const int inside = (MATH(fabs)(t->q[i]) < LARGEST) & (square * squared < LARGEST);
        sum += eb * eb + eu * eu + (inside ? row : (real)HUGE_VAL);
    }
    return sum;
}

/* dL/dh from the errors, which come out times c: what is left of them is the rows'. */
static void convolve_back(const sn_layer *layer, const trace *t, const parts *p)
{
    const sn_grid *grid = &layer->grid;
    const size_t n = layer->fan_out, fan_in = layer->fan_in, step = grid->stride.width * grid->channels;
    real *e = t->e, *dh = is_padded(grid) ? p->padded : p->dh;
    memset(dh, 0, numbers(grid, grid->padded) * sizeof(real));
    for (size_t y = 0; y < grid->out.height; y++) {
        real *row = dh + y * grid->stride.height * line_of(grid);
        for (size_t x = 0; x < grid->out.width; x++, e += n) {
            const size_t n_here = gather(n, e, t->here);
            if (!n_here) continue;
            for (size_t i = 0; i < n; i++) e[i] *= t->c[i];
            if (grid->kernel.height == 1) {
                add_rows(layer->W.value, t->here, n_here, fan_in, e, row + x * step);
            } else {
                transposed(layer->W.value, t->here, n_here, fan_in, e, p->spare);
                add_patch(grid, p->spare, row + x * step);
            }
        }
    }
    if (is_padded(grid)) crop(grid, dh, p->dh);
}
