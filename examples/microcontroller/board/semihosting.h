/* Services of the machine that a board hangs on, or that emulates it: its console, its files, and the way out. */
#ifndef STREAMNORM_SEMIHOSTING_H
#define STREAMNORM_SEMIHOSTING_H

#include <stddef.h>

void print(const char *text);
void print_number(int number);

int open_file(const char *name, int to_write);
size_t read_file(int file, void *to, size_t n);     /* bytes that are missing */
size_t write_file(int file, const void *from, size_t n);
void leave(int status) __attribute__((noreturn));

#endif
