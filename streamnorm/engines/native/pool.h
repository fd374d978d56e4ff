/* Pools: the largest or the mean of each patch, channel by channel, as (p - m) / d. */

static void normalize_pool(const sn_layer *layer, real *restrict a)
{
    const real mean = (real)layer->mean, sd = (real)layer->sd;
    for (size_t k = 0, n = outputs_of(layer); k < n; k++) a[k] = (a[k] - mean) / sd;
}

/* The first of equals stays. */
static void take_larger(size_t channels, const real *restrict h, place first, real *restrict most,
                        place *restrict places)
{
    for (size_t c = 0; c < channels; c++) {
        const int more = h[c] > most[c];
        most[c] = more ? h[c] : most[c];
        places[c] = more ? first + (place)c : places[c];
    }
}

static void take_largest(const sn_layer *layer, const trace *t)
{
    const sn_grid *grid = &layer->grid;
    const size_t n = grid->channels, line = line_of(grid), width = grid->kernel.width * n;
    real *a = t->a;
    place *places = t->places;
    for (size_t y = 0; y < grid->out.height; y++)
        for (size_t x = 0; x < grid->out.width; x++, a += n, places += n) {
            const size_t start = y * grid->stride.height * line + x * grid->stride.width * n;
            const size_t end = start + grid->kernel.height * line;
            for (size_t c = 0; c < n; c++) {
                a[c] = t->padded[start + c];
                places[c] = (place)(start + c);
            }
            for (size_t at = start + n; at < start + width; at += n) take_larger(n, t->padded + at, (place)at, a, places);
            for (size_t row = start + line; row < end; row += line)
                for (size_t at = row; at < row + width; at += n) take_larger(n, t->padded + at, (place)at, a, places);
        }
    normalize_pool(layer, t->a);
}

static void take_mean(const sn_layer *layer, const trace *t)
{
    const sn_grid *grid = &layer->grid;
    const size_t n = grid->channels, line = line_of(grid), width = grid->kernel.width * n;
    const real share = 1 / (real)(grid->kernel.height * grid->kernel.width);
    real *restrict a = t->a;
    for (size_t y = 0; y < grid->out.height; y++)
        for (size_t x = 0; x < grid->out.width; x++, a += n) {
            const real *restrict h = t->padded + y * grid->stride.height * line + x * grid->stride.width * n;
            for (size_t c = 0; c < n; c++) a[c] = 0;
            for (size_t i = 0; i < grid->kernel.height; i++, h += line)
                for (size_t j = 0; j < width; j += n)
                    for (size_t c = 0; c < n; c++) a[c] += h[j + c];
            for (size_t c = 0; c < n; c++) a[c] *= share;
        }
    normalize_pool(layer, t->a);
}

static void give_to_mean(const sn_layer *layer, const real *restrict e, real *restrict dh)
{
    const sn_grid *grid = &layer->grid;
    const size_t n = grid->channels, line = line_of(grid), width = grid->kernel.width * n;
    const real share = 1 / ((real)(grid->kernel.height * grid->kernel.width) * (real)layer->sd);
    for (size_t y = 0; y < grid->out.height; y++)
        for (size_t x = 0; x < grid->out.width; x++, e += n) {
            real *to = dh + y * grid->stride.height * line + x * grid->stride.width * n;
            for (size_t i = 0; i < grid->kernel.height; i++, to += line)
                for (size_t j = 0; j < width; j += n)
                    for (size_t c = 0; c < n; c++) to[j + c] += share * e[c];
        }
}

/* dL/dh of a pool. */
static void unpool(const sn_layer *layer, const trace *t, const parts *p)
{
    const sn_grid *grid = &layer->grid;
    real *dh = is_padded(grid) ? p->padded : p->dh;
    memset(dh, 0, numbers(grid, grid->padded) * sizeof(real));
    if (layer->kind == SN_MAX_POOL)
        for (size_t k = 0, n = outputs_of(layer); k < n; k++) dh[t->places[k]] += t->e[k] / (real)layer->sd;
    else
        give_to_mean(layer, t->e, dh);
    if (is_padded(grid)) crop(grid, dh, p->dh);
}
