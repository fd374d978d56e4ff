void model_predict(const float *x, float *value)
{
    const float *h = standardized(x);
    float mixed = 0.0f;
    for (int r = 0; r < REPLICAS; r++) mixed += weights.share[r] * *sn_forward(&networks[r], h, workspace);
    *value = weights.target_mean[0] + weights.target_sd[0] * mixed;
}
