/* Test, then train: the model predicts every sample of the stream before it learns it. */
#include "model.h"
#include "semihosting.h"
#include "stream.h"

static int predicted(const float *x)
{
    float probabilities[MODEL_CLASSES];
    int best = 0;
    model_predict(x, probabilities);
    for (int k = 1; k < MODEL_CLASSES; k++)
        if (probabilities[k] > probabilities[best]) best = k;
    return best;
}

int main(void)
{
    int right = 0;
    for (int i = 0; i < SAMPLES; i++) {
        right += predicted(stream_x[i]) == stream_y[i];
        model_learn(stream_x[i], stream_y[i]);
    }
    print_number(right);
    print(" of ");
    print_number(SAMPLES);
    print(" right on the device\n");
    return 0;
}
