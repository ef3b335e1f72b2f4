/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of C's <string.h> that a freestanding build must bring itself;
 * the host build takes libc's. str_copy() cuts and always ends with NUL.
 */
#ifndef CORE_STRING_H
#define CORE_STRING_H

#include "core/types.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

size_t str_copy(char *dst, size_t size_bytes, const char *src);

#endif
