#include "semihosting.h"

#include <stdint.h>
#include <string.h>

enum { OPEN = 0x01, PRINT = 0x04, WRITE = 0x05, READ = 0x06, EXIT = 0x18 };
enum { FINISHED = 0x20026, FAILED = 0x20023 };

static int call(int operation, uintptr_t argument)
{
    register int r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void print(const char *text) { call(PRINT, (uintptr_t)text); }

void print_number(int number)
{
    char digits[12], *d = &digits[sizeof digits - 1];
    unsigned rest = number < 0 ? 0u - (unsigned)number : (unsigned)number;
    *d = 0;
    do *--d = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0) *--d = '-';
    print(d);
}

int open_file(const char *name, int to_write)
{
    const uintptr_t block[] = {(uintptr_t)name, to_write ? 5 : 1, strlen(name)}; /* "wb" or "rb" */
    return call(OPEN, (uintptr_t)block);
}

size_t read_file(int file, void *to, size_t n)
{
    const uintptr_t block[] = {(uintptr_t)file, (uintptr_t)to, n};
    return (size_t)call(READ, (uintptr_t)block);
}

size_t write_file(int file, const void *from, size_t n)
{
    const uintptr_t block[] = {(uintptr_t)file, (uintptr_t)from, n};
    return (size_t)call(WRITE, (uintptr_t)block);
}

void leave(int status)
{
    call(EXIT, status ? FAILED : FINISHED);
    for (;;) {}
}
