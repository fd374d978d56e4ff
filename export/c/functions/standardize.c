/* What is beyond is no measurement. */
#define FARTHEST 1e38f

/* An absent feature is its mean, which is 0 after standardising. */
static const float *standardized(const float *x)
{
    static float h[MODEL_FEATURES];
    for (int i = 0; i < MODEL_FEATURES; i++) {
        const float z = (x[i] - weights.center[i]) * weights.inverse_sd[i];
        h[i] = fabsf(x[i]) <= FARTHEST ? (z < CLIP ? (z > -CLIP ? z : -CLIP) : CLIP) : 0.0f;
    }
    return h;
}
