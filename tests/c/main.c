/* Samples [x, y] in, predictions out: each before the sample is learned, where the model learns. */
#include "io.h"
#include "model.h"

#ifdef MODEL_CLASSES
#define OUTPUTS MODEL_CLASSES
typedef int target;
#else
#define OUTPUTS 1
typedef float target;
#endif

int main(void)
{
    static float sample[MODEL_FEATURES + 1], prediction[OUTPUTS];
    begin();
    while (read_floats(sample, MODEL_FEATURES + 1)) {
        model_predict(sample, prediction);
        write_floats(prediction, OUTPUTS);
#ifdef LEARN
        model_learn(sample, (target)sample[MODEL_FEATURES]);
#endif
    }
    end();
    return 0;
}
