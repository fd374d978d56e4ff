/* Inputs with positions: the zeros around them, and the patches that a kernel meets. */

static size_t numbers(const sn_grid *grid, sn_size size) { return size.height * size.width * grid->channels; }

/* From a row of the padded input to the next. */
static size_t line_of(const sn_grid *grid) { return grid->padded.width * grid->channels; }

static int is_padded(const sn_grid *grid)
{
    return grid->padded.height > grid->size.height || grid->padded.width > grid->size.width;
}

/* The input with zeros around. */
static void pad(const sn_grid *grid, const real *h, real *to)
{
    const size_t width = grid->size.width * grid->channels, line = line_of(grid);
    memset(to, 0, numbers(grid, grid->padded) * sizeof(real));
    to += grid->before.height * line + grid->before.width * grid->channels;
    for (size_t y = 0; y < grid->size.height; y++) memcpy(to + y * line, h + y * width, width * sizeof(real));
}

/* What of a padded input is no padding. */
static void crop(const sn_grid *grid, const real *from, real *h)
{
    const size_t width = grid->size.width * grid->channels, line = line_of(grid);
    from += grid->before.height * line + grid->before.width * grid->channels;
    for (size_t y = 0; y < grid->size.height; y++) memcpy(h + y * width, from + y * line, width * sizeof(real));
}

/* The patch that begins here, in one piece: its rows put together in `room`; a single one is that already. */
static const real *patch(const sn_grid *grid, const real *from, real *room)
{
    const size_t width = grid->kernel.width * grid->channels, line = line_of(grid);
    if (grid->kernel.height == 1) return from;
    for (size_t y = 0; y < grid->kernel.height; y++)
        for (size_t j = 0; j < width; j++) room[y * width + j] = from[y * line + j];
    return room;
}

/* Adds a patch in one piece to where its rows lie. */
static void add_patch(const sn_grid *grid, const real *restrict piece, real *restrict to)
{
    const size_t width = grid->kernel.width * grid->channels, line = line_of(grid);
    for (size_t y = 0; y < grid->kernel.height; y++)
        for (size_t j = 0; j < width; j++) to[y * line + j] += piece[y * width + j];
}
