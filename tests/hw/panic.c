/* SPDX-License-Identifier: BSD-2-Clause */
/* panic() of the host build. */

#include <stdio.h>
#include <stdlib.h>

#include <hw/panic.h>

#include "core/panic.h"

jmp_buf hw_panic_jmp;
int hw_panic_expected;

void panic(const char *fmt, ...)
{
	va_list args;

	if (hw_panic_expected)
		longjmp(hw_panic_jmp, 1);
	va_start(args, fmt);
	fprintf(stderr, "panic: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	abort();
}
