void model_learn(const float *x, const float *y)
{
    static double labels[OUTPUTS];
    for (int k = 0; k < OUTPUTS; k++) labels[k] = isfinite(y[k]) ? (y[k] > 0.5f ? 1.0 : 0.0) : (double)NAN;
    const double weight = read_features(x);
    /* The learner itself is constant: what it learns is in the arrays that it points to. */
    sn_learner_learn((sn_learner *)&learner, values, present, labels, weight, prediction, workspace);
}
