/* What runs before main on a bare Cortex-M, and where it ends up. */
#include <stdint.h>

#include "semihosting.h"

extern uint32_t data_start[], data_end[], data_values[], bss_start[], bss_end[];

int main(void);

void reset(void)
{
#ifdef __ARM_FP
    /* The coprocessors 10 and 11 are the floating-point unit. */
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm__ volatile("dsb\n isb");
#endif
    for (uint32_t *to = data_start, *from = data_values; to < data_end;) *to++ = *from++;
    for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
    leave(main());
}

static void fault(void) { leave(3); }

/* The linker puts the top of the stack in front of them. */
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    reset, fault, fault, fault, fault, fault,
};
