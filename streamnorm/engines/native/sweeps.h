/* Sweeps over weight rows: all that costs time in a step. Plain loops, four rows at a time where that saves reads. */

/* s = W h */
static void products(const real *restrict W, size_t rows, size_t n, size_t stride, const real *restrict h,
                     real *restrict s)
{
    size_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const real *w0 = W + i * stride, *w1 = w0 + stride, *w2 = w1 + stride, *w3 = w2 + stride;
        real s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (size_t j = 0; j < n; j++) {
            s0 += w0[j] * h[j];
            s1 += w1[j] * h[j];
            s2 += w2[j] * h[j];
            s3 += w3[j] * h[j];
        }
        s[i] = s0;
        s[i + 1] = s1;
        s[i + 2] = s2;
        s[i + 3] = s3;
    }
    for (; i < rows; i++) {
        const real *w = W + i * stride;
        real s0 = 0;
        for (size_t j = 0; j < n; j++) s0 += w[j] * h[j];
        s[i] = s0;
    }
}

/* Where e_i is zero the unit is idle: nothing touches its row. Returns how many are not. */
static size_t gather(size_t n, const real *restrict e, size_t *restrict active)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        active[count] = i;
        count += MATH(fabs)(e[i]) > 0;
    }
    return count;
}

/* dh += sum over the active rows of c_i w_i */
static void add_rows(const real *restrict W, const size_t *restrict active, size_t n_active, size_t n,
                     const real *restrict c, real *restrict dh)
{
    size_t k = 0;
    for (; k + 4 <= n_active; k += 4) {
        const size_t *i = active + k;
        const real *w0 = W + i[0] * n, *w1 = W + i[1] * n, *w2 = W + i[2] * n, *w3 = W + i[3] * n;
        const real c0 = c[i[0]], c1 = c[i[1]], c2 = c[i[2]], c3 = c[i[3]];
        for (size_t j = 0; j < n; j++) dh[j] += c0 * w0[j] + c1 * w1[j] + c2 * w2[j] + c3 * w3[j];
    }
    for (; k < n_active; k++) {
        const real *w = W + active[k] * n;
        const real c0 = c[active[k]];
        for (size_t j = 0; j < n; j++) dh[j] += c0 * w[j];
    }
}

/* dh = sum over the active rows of c_i w_i */
static void transposed(const real *W, const size_t *active, size_t n_active, size_t n, const real *c, real *dh)
{
    for (size_t j = 0; j < n; j++) dh[j] = 0;
    add_rows(W, active, n_active, n, c, dh);
}

/* w <- keep w - c h; returns |w|^2 */
static real descend_part(real *restrict w, size_t n, real keep, real c, const real *restrict h)
{
    real square = 0;
    for (size_t j = 0; j < n; j++) {
        const real t = keep * w[j] - c * h[j];
        w[j] = t;
        square += t * t;
    }
    return square;
}

/* w <- w - rate d; returns |w|^2 */
static real follow(real *restrict w, size_t n, real rate, const real *restrict d)
{
    real square = 0;
    for (size_t j = 0; j < n; j++) {
        const real t = w[j] - rate * d[j];
        w[j] = t;
        square += t * t;
    }
    return square;
}

#define LONG 256

/* The same for a long row, in four quarters side by side: one sum alone would wait for its own additions. */
static real descend_quarters(real *restrict w0, real *restrict w1, real *restrict w2, real *restrict w3, size_t n,
                             real keep, real c, const real *restrict h0, const real *restrict h1,
                             const real *restrict h2, const real *restrict h3)
{
    real s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (size_t j = 0; j < n; j++) {
        const real t0 = keep * w0[j] - c * h0[j], t1 = keep * w1[j] - c * h1[j];
        const real t2 = keep * w2[j] - c * h2[j], t3 = keep * w3[j] - c * h3[j];
        w0[j] = t0;
        w1[j] = t1;
        w2[j] = t2;
        w3[j] = t3;
        s0 += t0 * t0;
        s1 += t1 * t1;
        s2 += t2 * t2;
        s3 += t3 * t3;
    }
    return (s0 + s1) + (s2 + s3);
}

static real descend(real *w, size_t n, real keep, real c, const real *h)
{
    if (n < LONG) return descend_part(w, n, keep, c, h);
    const size_t q = n / 4;
    const real quarters = descend_quarters(w, w + q, w + 2 * q, w + 3 * q, q, keep, c, h, h + q, h + 2 * q, h + 3 * q);
    return quarters + descend_part(w + 4 * q, n - 4 * q, keep, c, h + 4 * q);
}

/* x <- x - rate d */
static void subtract(real *restrict x, size_t n, real rate, const real *restrict d)
{
    for (size_t i = 0; i < n; i++) x[i] -= rate * d[i];
}

static real squared_norm(const real *restrict h, size_t n)
{
    real sum = 0;
    for (size_t j = 0; j < n; j++) sum += h[j] * h[j];
    return sum;
}
