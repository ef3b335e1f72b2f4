/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the registered tests in the order of their source; an argument selects
 * those whose name contains it. The last line is `N passed, N failed`.
 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

static struct test *first;
static struct test **last = &first;
static bool current_failed;

void test_register(struct test *test)
{
	*last = test;
	last = &test->next;
}

bool test_expect(bool ok, const char *file, int line, const char *text)
{
	if (ok)
		return true;
	current_failed = true;
	printf("%s:%d: not true: %s\n", file, line, text);
	return false;
}

bool test_expect_eq(unsigned long long a, unsigned long long b,
		    const char *file, int line, const char *text_a,
		    const char *text_b)
{
	if (a == b)
		return true;
	current_failed = true;
	printf("%s:%d: %s is 0x%llx (%lld), not %s = 0x%llx (%lld)\n", file,
	       line, text_a, a, (long long)a, text_b, b, (long long)b);
	return false;
}

bool test_expect_str(const char *a, const char *b, const char *file, int line,
		     const char *text_a)
{
	if (a == b || (a && b && !strcmp(a, b)))
		return true;
	current_failed = true;
	printf("%s:%d: %s is \"%s\", not \"%s\"\n", file, line, text_a,
	       a ? a : "(null)", b ? b : "(null)");
	return false;
}

bool test_expect_mem(const void *a, const void *b, size_t len_bytes,
		     const char *file, int line, const char *text_a)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < len_bytes; i++) {
		if (x[i] == y[i])
			continue;
		current_failed = true;
		printf("%s:%d: byte %zu of %s is %02x, not %02x\n", file, line,
		       i, text_a, x[i], y[i]);
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned int passed = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct test *test = first; test; test = test->next) {
		if (argc > 1 && !strstr(test->name, argv[1]))
			continue;
		current_failed = false;
		test->run();
		if (current_failed) {
			printf("FAIL %s\n", test->name);
			failed++;
		} else {
			passed++;
		}
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
