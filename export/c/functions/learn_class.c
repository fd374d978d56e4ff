void model_learn(const float *x, int y)
{
    const double label = (double)y;
    if (y < 0 || y >= MODEL_CLASSES) return;
    const double weight = read_features(x);
    /* The learner itself is constant: what it learns is in the arrays that it points to. */
    sn_learner_learn((sn_learner *)&learner, values, present, &label, weight, prediction, workspace);
}
