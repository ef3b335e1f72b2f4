/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <string.h> for the UEFI application. Weak, because libefi.a brings some of
 * these, and which ones depends on its version.
 */
#include "core/string.h"

#define __weak __attribute__((weak))

/*
 * The barrier keeps the compiler from turning a loop into a call of the very
 * function that it is the body of.
 */
#define barrier() __asm__ volatile("" : : : "memory")

__weak void *memcpy(void *dst, const void *src, size_t n)
{
	u8 *to = dst;
	const u8 *from = src;

	for (size_t i = 0; i < n; i++) {
		to[i] = from[i];
		barrier();
	}
	return dst;
}

__weak void *memset(void *dst, int c, size_t n)
{
	u8 *to = dst;

	for (size_t i = 0; i < n; i++) {
		to[i] = (u8)c;
		barrier();
	}
	return dst;
}

__weak int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

__weak size_t strlen(const char *s)
{
	size_t len = 0;

	while (s[len]) {
		len++;
		barrier();
	}
	return len;
}

__weak int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}
