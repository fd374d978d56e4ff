void model_learn(const float *x, const float *y)
{
    static double targets[OUTPUTS];
    for (int k = 0; k < OUTPUTS; k++) targets[k] = isfinite(y[k]) ? (double)bounded(y[k]) : (double)NAN;
    const double weight = read_features(x);
    /* The learner itself is constant: what it learns is in the arrays that it points to. */
    sn_learner_learn((sn_learner *)&learner, values, present, targets, weight, prediction, workspace);
}
