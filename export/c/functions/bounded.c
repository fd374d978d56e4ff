/* What is not finite is no measurement. What is, but lies beyond, counts as this: differences still fit a float. */
#define FARTHEST 1e38f

static float bounded(float x) { return x < FARTHEST ? (x > -FARTHEST ? x : -FARTHEST) : FARTHEST; }
