/* Prints what the calls of a model take: ticks of SysTick for all predictions, for all learning steps, bytes of stack. */
#include <stdint.h>

#include "model.h"
#include "semihosting.h"
#include "stream.h"

#define CONTROL (*(volatile uint32_t *)0xE000E010)
#define RELOAD (*(volatile uint32_t *)0xE000E014)
#define NOW (*(volatile uint32_t *)0xE000E018)
#define MASK 0xFFFFFFu /* it counts down in 24 bits */

#define PAINT 0xA5A5A5A5u

extern uint32_t bss_end[];

#ifndef EMPTY
static float prediction[OUTPUTS];

static uint32_t predicting(void)
{
    uint32_t sum = 0, before = NOW;
    for (int i = 0; i < SAMPLES; i++) {
        model_predict(stream_x[i], prediction);
        const uint32_t after = NOW;
        sum += (before - after) & MASK;
        before = after;
    }
    return sum;
}

static uint32_t learning(void)
{
    uint32_t sum = 0;
#ifdef LEARN
    uint32_t before = NOW;
    for (int i = 0; i < SAMPLES; i++) {
        model_learn(stream_x[i], stream_y[i]);
        const uint32_t after = NOW;
        sum += (before - after) & MASK;
        before = after;
    }
#endif
    return sum;
}
#else
static uint32_t predicting(void) { return 0; }
static uint32_t learning(void) { return 0; }
#endif

int main(void)
{
    /* Below its own frame nothing is in use yet. */
    uint32_t *const here = (uint32_t *)__builtin_frame_address(0), *const end = here - 32;
    volatile uint32_t *deepest = bss_end;
    for (volatile uint32_t *p = bss_end; p < end; p++) *p = PAINT;
    RELOAD = MASK;
    NOW = 0;
    CONTROL = 5; /* enabled, on the clock of the core */
    print_number((int)predicting());
    print(" ");
    print_number((int)learning());
    print(" ");
    while (deepest < end && *deepest == PAINT) deepest++;
    print_number((int)(4 * (here - deepest)));
    print("\n");
    return 0;
}
