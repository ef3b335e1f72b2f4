/* SPDX-License-Identifier: BSD-2-Clause */
/* TEST lines and the end of a run. */
#include "lib/guest.h"

static u32 lines, failures;

static void line(const char *name, const char *result, const char *reason)
{
	__atomic_fetch_add(&lines, 1, __ATOMIC_RELAXED);
	print("TEST %s %s%s%s\n", name, result, *reason ? " " : "", reason);
}

#define REASON(buf, fmt) do {					\
	va_list args_;						\
								\
	va_start(args_, fmt);					\
	print_to(buf, sizeof(buf), fmt, args_);			\
	va_end(args_);						\
} while (0)

void test_pass(const char *name)
{
	line(name, "PASS", "");
}

static void fail_line(const char *name, const char *reason)
{
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
	line(name, "FAIL", reason);
}

void test_fail(const char *name, const char *fmt, ...)
{
	char reason[160];

	REASON(reason, fmt);
	fail_line(name, reason);
}

void test_skip(const char *name, const char *fmt, ...)
{
	char reason[160];

	REASON(reason, fmt);
	line(name, "SKIP", reason);
}

bool test_check(const char *name, bool ok, const char *fmt, ...)
{
	char reason[160];

	REASON(reason, fmt);
	if (ok)
		test_pass(name);
	else
		fail_line(name, reason);
	return ok;
}

bool test_trap(const char *name, struct trap t, u32 vector, u32 error)
{
	if (t.vector == vector && (vector == VEC_NONE || t.error == error)) {
		test_pass(name);
		return true;
	}
	if (t.vector == VEC_NONE)
		test_fail(name, "no exception, wanted vector %u", vector);
	else if (vector == VEC_NONE)
		test_fail(name, "vector %u error 0x%x at 0x%lx, wanted none",
			  t.vector, t.error, t.rip);
	else
		test_fail(name, "vector %u error 0x%x, wanted %u error 0x%x",
			  t.vector, t.error, vector, error);
	return false;
}

bool test_tcg_gap(const char *name, const char *gap)
{
	if (!cpu_tcg())
		return false;
	test_skip(name, "TCG %s", gap);
	return true;
}

bool test_bare_gap(const char *name, const char *gap)
{
	if (cpu_noexit())
		return false;
	test_skip(name, "no Noexit: %s", gap);
	return true;
}

bool test_equal(const char *name, u64 got, u64 want)
{
	return test_check(name, got == want, "0x%lx, wanted 0x%lx", got, want);
}

static char *append(char *to, const char *end, const char *s)
{
	while (*s && to < end)
		*to++ = *s++;
	return to;
}

const char *test_name(const char *a, const char *b, const char *c)
{
	static char name[64];
	const char *end = name + sizeof(name) - 3;
	char *p = append(name, end, a);

	*p++ = '.';
	p = append(p, end, b);
	*p++ = '.';
	p = append(p, name + sizeof(name) - 1, c);
	*p = 0;
	return name;
}

/* Every way that a platform may offer, once the UART has sent all. */
void power_off(u32 code)
{
	const char *s;

	cli();
	wait_for(100000, inb(PORT_COM1 + 5) & BIT(6));
	outl(code, PORT_DEBUG_EXIT);
	outw(0x2000, PORT_ACPI_OFF);
	for (s = "Shutdown"; *s; s++)
		outb((u8)*s, PORT_SHUTDOWN);
	for (;;)
		asm volatile("cli; hlt");
}

void test_end(void)
{
	print("END %u\n", lines);
	power_off(failures ? 1 : 0);
}
