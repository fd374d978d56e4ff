/* Samples [restart, channels, y] in; of each 1 and the window, the prediction from it, and then it is learned, or 0. */
#include "io.h"
#include "model.h"

#define OUTPUTS (1 + MODEL_CLASSES + MODEL_FEATURES)

int main(void)
{
    static float sample[MODEL_CHANNELS + 2], out[OUTPUTS];
    begin();
    while (read_floats(sample, MODEL_CHANNELS + 2)) {
        for (int i = 0; i < OUTPUTS; i++) out[i] = 0.0f;
        if (sample[0] > 0.0f) model_restart();
        if (model_push(sample + 1)) {
            out[0] = 1.0f;
            for (int i = 0; i < MODEL_FEATURES; i++) out[1 + MODEL_CLASSES + i] = model_window()[i];
            model_predict(model_window(), out + 1);
#ifdef LEARN
            model_learn(model_window(), (int)sample[MODEL_CHANNELS + 1]);
#endif
        }
        write_floats(out, OUTPUTS);
    }
    end();
    return 0;
}
