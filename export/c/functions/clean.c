static const float *cleaned(const float *x)
{
    static float clean[MODEL_FEATURES];
    for (int i = 0; i < MODEL_FEATURES; i++) clean[i] = isfinite(x[i]) ? bounded(x[i]) : NAN;
    return clean;
}
