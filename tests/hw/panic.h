/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic() of the host build: ends the test program, unless the test said that
 * it expects one. Needs tests/unit/test.h before it.
 */
#ifndef TESTS_HW_PANIC_H
#define TESTS_HW_PANIC_H

#include <setjmp.h>

extern jmp_buf hw_panic_jmp;
extern int hw_panic_expected;

#define EXPECT_PANIC(statement)                       \
	do {                                          \
		hw_panic_expected = 1;                \
		if (!setjmp(hw_panic_jmp)) {          \
			statement;                    \
			EXPECT(!"panic in " #statement); \
		}                                     \
		hw_panic_expected = 0;                \
	} while (0)

#endif
