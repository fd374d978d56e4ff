static double values[MODEL_FEATURES], prediction[OUTPUTS];
static uint8_t present[MODEL_FEATURES];

/* What the sample counts: of an array without any value there is nothing to learn. */
static double read_features(const float *x)
{
    int n = 0;
    for (int i = 0; i < MODEL_FEATURES; i++) {
        present[i] = isfinite(x[i]) ? 1 : 0;
        values[i] = present[i] ? (double)bounded(x[i]) : 0.0;
        n += present[i];
    }
    return n >= FEWEST ? 1.0 : 0.0;
}

void model_predict(const float *x, float *out)
{
    read_features(x);
    sn_learner_predict(&learner, values, present, prediction, workspace);
    for (int k = 0; k < OUTPUTS; k++) out[k] = (float)prediction[k];
}
