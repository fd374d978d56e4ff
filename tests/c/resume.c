/* The first half is learned, then the state is kept; the second half is learned twice, the second time from there. */
#include <string.h>

#include "io.h"
#include "model.h"

#define SAMPLES 200

int main(void)
{
    static float x[SAMPLES][MODEL_FEATURES + 1], prediction[MODEL_CLASSES];
    static struct model_state kept;
    begin();
    if (!read_floats(x[0], SAMPLES * (MODEL_FEATURES + 1))) return 1;
    for (int i = 0; i < SAMPLES / 2; i++) model_learn(x[i], (int)x[i][MODEL_FEATURES]);
    memcpy(&kept, &model_state, sizeof kept);
    for (int time = 0; time < 2; time++) {
        memcpy(&model_state, &kept, sizeof kept);
        for (int i = SAMPLES / 2; i < SAMPLES; i++) {
            model_predict(x[i], prediction);
            write_floats(prediction, MODEL_CLASSES);
            model_learn(x[i], (int)x[i][MODEL_FEATURES]);
        }
    }
    end();
    return 0;
}
