/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler and we expect of <string.h>. Metal only: the host build
 * uses libc's, which the sanitizers watch.
 *
 * The compiler may turn a loop that copies into a call of memcpy(); not in the
 * function of that name itself, so each loop stands in its own function.
 */
#include "core/string.h"

#include <hw/string.h>

void *memcpy(void *dst, const void *src, size_t n)
{
	void *to = dst;
	u8 *tail;
	const u8 *from;

	if (n >= 8)
		rep_movsq(&to, &src, n / 8);
	tail = to;
	from = src;
	for (size_t i = 0; i < n % 8; i++)
		tail[i] = from[i];
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	u8 *to = dst;
	const u8 *from = src;

	/* Ascending order is right unless @dst starts inside of @src. */
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	while (n--)
		to[n] = from[n];
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *to = dst;
	u8 *tail;

	if (n >= 8)
		rep_stosq(&to, (u8)c * 0x0101010101010101ull, n / 8);
	tail = to;
	for (size_t i = 0; i < n % 8; i++)
		tail[i] = (u8)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < n; i++) {
		if (x[i] != y[i])
			return x[i] - y[i];
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t len = 0;

	while (s[len])
		len++;
	return len;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i] || !a[i])
			return (u8)a[i] - (u8)b[i];
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, ~(size_t)0);
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}
