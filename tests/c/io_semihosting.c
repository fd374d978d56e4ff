#include "io.h"
#include "semihosting.h"

static int samples, predictions;

void begin(void)
{
    samples = open_file("samples.bin", 0);
    predictions = open_file("predictions.bin", 1);
    if (samples < 0 || predictions < 0) leave(2);
}

int read_floats(float *x, int n) { return read_file(samples, x, (size_t)n * sizeof(float)) == 0; }

void write_floats(const float *x, int n)
{
    if (write_file(predictions, x, (size_t)n * sizeof(float))) leave(2);
}

void end(void) {}
