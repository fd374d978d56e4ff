void model_predict(const float *x, float *values)
{
    const float *h = standardized(x);
    for (int k = 0; k < MODEL_TARGETS; k++) values[k] = weights.target_mean[k];
    for (int r = 0; r < REPLICAS; r++) {
        const float *o = sn_forward(&networks[r], h, workspace);
        for (int k = 0; k < MODEL_TARGETS; k++) values[k] += weights.target_sd[k] * (weights.share[r] * o[k]);
    }
}
