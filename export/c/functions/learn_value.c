void model_learn(const float *x, float y)
{
    const double target = (double)bounded(y);
    if (!isfinite(y)) return;
    const double weight = read_features(x);
    /* The learner itself is constant: what it learns is in the arrays that it points to. */
    sn_learner_learn((sn_learner *)&learner, values, present, &target, weight, prediction, workspace);
}
