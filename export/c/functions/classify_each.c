void model_predict(const float *x, float *probabilities)
{
    const float *h = standardized(x);
    for (int k = 0; k < MODEL_LABELS; k++) probabilities[k] = 0.0f;
    for (int r = 0; r < REPLICAS; r++) {
        const float *o = sn_forward(&networks[r], h, workspace);
        for (int k = 0; k < MODEL_LABELS; k++) probabilities[k] += weights.share[r] * 0.5f * (1.0f + tanhf(0.5f * o[k]));
    }
}
