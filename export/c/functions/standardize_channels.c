/* An absent value is its channel's mean, which is 0 after standardising. */
static const float *standardized(const float *x)
{
    static float h[MODEL_FEATURES];
    for (int i = 0; i < MODEL_FEATURES; i += MODEL_CHANNELS)
        for (int c = 0; c < MODEL_CHANNELS; c++) {
            const float z = (bounded(x[i + c]) - weights.center[c]) * weights.inverse_sd[c];
            h[i + c] = isfinite(x[i + c]) ? (z < CLIP ? (z > -CLIP ? z : -CLIP) : CLIP) : 0.0f;
        }
    return h;
}
