static void add_softmax(const float *o, float share, float *probabilities)
{
    static float p[MODEL_CLASSES];
    float most = o[0], sum = 0.0f;
    for (int k = 1; k < MODEL_CLASSES; k++) most = o[k] > most ? o[k] : most;
    for (int k = 0; k < MODEL_CLASSES; k++) sum += p[k] = expf(o[k] - most);
    for (int k = 0; k < MODEL_CLASSES; k++) probabilities[k] += share * (p[k] / sum);
}

void model_predict(const float *x, float *probabilities)
{
    const float *h = standardized(x);
    for (int k = 0; k < MODEL_CLASSES; k++) probabilities[k] = 0.0f;
    for (int r = 0; r < REPLICAS; r++)
        add_softmax(sn_forward(&networks[r], h, workspace), weights.share[r], probabilities);
}
