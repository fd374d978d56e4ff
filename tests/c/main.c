/* Samples [x, y] in, predictions out: each before the sample is learned, where the model learns. */
#include "io.h"
#include "model.h"

#if defined MODEL_LABELS
#define OUTPUTS MODEL_LABELS
#define TARGETS OUTPUTS
#define TARGET(y) (y)
#elif defined MODEL_TARGETS
#define OUTPUTS MODEL_TARGETS
#define TARGETS OUTPUTS
#define TARGET(y) (y)
#elif defined MODEL_CLASSES
#define OUTPUTS MODEL_CLASSES
#define TARGETS 1
#define TARGET(y) (int)(y)[0]
#else
#define OUTPUTS 1
#define TARGETS 1
#define TARGET(y) (y)[0]
#endif

int main(void)
{
    static float sample[MODEL_FEATURES + TARGETS], prediction[OUTPUTS];
    begin();
    while (read_floats(sample, MODEL_FEATURES + TARGETS)) {
        model_predict(sample, prediction);
        write_floats(prediction, OUTPUTS);
#ifdef LEARN
        model_learn(sample, TARGET(sample + MODEL_FEATURES));
#endif
    }
    end();
    return 0;
}
