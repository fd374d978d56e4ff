/* Numbers side by side in a register, by the compiler's own vectors: loops over positions and filters at once are more
 * than it finds by itself. Where there are none it is one number, and the same source keeps eight sums in registers. */

#if defined(__SSE2__) || defined(__ARM_NEON)
typedef real lanes __attribute__((vector_size(32), aligned(sizeof(real)), may_alias));
#else
typedef real lanes;
#endif
#define LANES (sizeof(lanes) / sizeof(real))

/* So many walks and filters at once: eight sums. */
#define WALKS 4
#define FILTERS (2 * LANES)

/* Where a sum runs over an input: rows, numbers in each, and from one of them to the next. */
typedef struct {
    size_t height, width, line, step;
} walk;

/* Four walks over an input, each times two lanes of what stands beside every step, `pitch` apart, and summed. */
static void tile(const walk *over, const real *const *at, const real *w, size_t pitch, real (*s)[FILTERS])
{
    const size_t width = over->width * over->step, line = over->line, step = over->step;
    const real *h0 = at[0], *h1 = at[1], *h2 = at[2], *h3 = at[3];
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, t0 = {0}, t1 = {0}, t2 = {0}, t3 = {0};
    for (size_t y = 0; y < over->height; y++, h0 += line, h1 += line, h2 += line, h3 += line)
        for (size_t j = 0; j < width; j += step, w += pitch) {
            const lanes v = *(const lanes *)w, x = *(const lanes *)(w + LANES);
            s0 += h0[j] * v;
            s1 += h1[j] * v;
            s2 += h2[j] * v;
            s3 += h3[j] * v;
            t0 += h0[j] * x;
            t1 += h1[j] * x;
            t2 += h2[j] * x;
            t3 += h3[j] * x;
        }
    *(lanes *)s[0] = s0;
    *(lanes *)s[1] = s1;
    *(lanes *)s[2] = s2;
    *(lanes *)s[3] = s3;
    *(lanes *)(s[0] + LANES) = t0;
    *(lanes *)(s[1] + LANES) = t1;
    *(lanes *)(s[2] + LANES) = t2;
    *(lanes *)(s[3] + LANES) = t3;
}
