/* An absent feature is its mean, which is 0 after standardising. */
static const float *standardized(const float *x)
{
    static float h[MODEL_FEATURES];
    for (int i = 0; i < MODEL_FEATURES; i++) {
        const float z = (bounded(x[i]) - weights.center[i]) * weights.inverse_sd[i];
        h[i] = isfinite(x[i]) ? (z < CLIP ? (z > -CLIP ? z : -CLIP) : CLIP) : 0.0f;
    }
    return h;
}
