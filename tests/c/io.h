/* The samples that a program here reads, and what it writes: both are files of floats, on every machine. */
#ifndef STREAMNORM_TEST_IO_H
#define STREAMNORM_TEST_IO_H

void begin(void);                     /* opens samples.bin and predictions.bin in the directory it runs in */
int read_floats(float *x, int n);     /* 0 at the end */
void write_floats(const float *x, int n);
void end(void);

#endif
