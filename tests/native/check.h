/* What a check says when it fails, and the checks there are. */
#ifndef STREAMNORM_TEST_CHECK_H
#define STREAMNORM_TEST_CHECK_H

#include "model.h"

/* Prints what has failed and counts it. */
void check(int holds, const char *what);
/* |got - expected| <= relative |expected| + absolute. */
void check_close(double got, double expected, double relative, double absolute, const char *what);

void check_step_by_hand(void);
void check_gradients(void);
void check_idle_rows(void);
void check_extremes(void);
void check_reach(void);
void check_kept_norms(void);
void check_alignment(void);
void check_interleaved(void);
void check_workspace(void);

/* A small stream learned by three rates, classes and values; prints predictions for another machine to compare. */
void print_stream(void);
void check_stream(void);

#endif
