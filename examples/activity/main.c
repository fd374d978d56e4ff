/* A watch. Of every sample that comes in, what is the wearer doing? Where that is said with it, it learns. */
#include <stdio.h>

#include "model.h"

static int most_probable(const float *p)
{
    int best = 0;
    for (int k = 1; k < MODEL_CLASSES; k++)
        if (p[k] > p[best]) best = k;
    return best;
}

int main(void)
{
    float sample[MODEL_CHANNELS], probabilities[MODEL_CLASSES];
    int label;
    while (scanf("%d", &label) == 1) { /* -1 where nobody says. */
        int guess = -1;
        for (int i = 0; i < MODEL_CHANNELS; i++)
            if (scanf("%f", &sample[i]) != 1) return 1;
        if (model_push(sample)) {
            model_predict(model_window(), probabilities);
            guess = most_probable(probabilities);
            if (label >= 0) model_learn(model_window(), label);
        }
        printf("%d\n", guess);
    }
    return 0;
}
