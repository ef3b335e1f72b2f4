/* SPDX-License-Identifier: BSD-2-Clause */
/* Output, the TEST line protocol, and the end of a run. */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include "lib/trap.h"
#include "lib/types.h"

#define PRINTF(f, a)	__attribute__((format(printf, f, a)))

void print_init(void);

/* A line is sent in one piece even if several CPUs print. */
void print(const char *fmt, ...) PRINTF(1, 2);
int print_to(char *buf, int size, const char *fmt, va_list args);

/* Exactly one TEST line per call. */
void test_pass(const char *name);
void test_fail(const char *name, const char *fmt, ...) PRINTF(2, 3);
void test_skip(const char *name, const char *fmt, ...) PRINTF(2, 3);

/* PASS if ok, else FAIL with the reason; returns ok. */
bool test_check(const char *name, bool ok, const char *fmt, ...)
	PRINTF(3, 4);

/* PASS if the trap is this exception with this error code. */
bool test_trap(const char *name, struct trap t, u32 vector, u32 error);

/* On bare QEMU TCG, which lacks this: SKIP and true. Else false. */
bool test_tcg_gap(const char *name, const char *gap);

/* The same for what only Noexit promises: everything else may differ. */
bool test_bare_gap(const char *name, const char *gap);

/* "a.b.c", valid until the next call. */
const char *test_name(const char *a, const char *b, const char *c);

/* PASS if both numbers are equal. */
bool test_equal(const char *name, u64 got, u64 want);

/* END line, debug-exit code, power off; test_end() also counts failures. */
void test_end(void) __attribute__((noreturn));
void power_off(u32 code) __attribute__((noreturn));

/* Each program defines it. */
int main(void);

#endif
