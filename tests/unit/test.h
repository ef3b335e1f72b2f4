/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unit-test harness. A test registers itself:
 *
 *	TEST(parses_sizes)
 *	{
 *		EXPECT_EQ(parse("64M"), 64 << 20);
 *	}
 *
 * A failed expectation prints file:line and both values and the test goes on;
 * EXPECT... return from the test only in their ASSERT form. Each macro
 * evaluates its arguments once.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <stdbool.h>
#include <stddef.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *test);
bool test_expect(bool ok, const char *file, int line, const char *text);
bool test_expect_eq(unsigned long long a, unsigned long long b,
		    const char *file, int line, const char *text_a,
		    const char *text_b);
bool test_expect_str(const char *a, const char *b, const char *file, int line,
		     const char *text_a);
bool test_expect_mem(const void *a, const void *b, size_t len_bytes,
		     const char *file, int line, const char *text_a);

#define TEST(test_name)                                                   \
	static void test_##test_name(void);                               \
	__attribute__((constructor)) static void register_##test_name(void) \
	{                                                                 \
		static struct test self = { #test_name, test_##test_name, \
					    NULL };                       \
		test_register(&self);                                     \
	}                                                                 \
	static void test_##test_name(void)

#define EXPECT(cond) test_expect(!!(cond), __FILE__, __LINE__, #cond)

/* Integers and, by their address, pointers. */
#define EXPECT_EQ(a, b)                                                  \
	test_expect_eq((unsigned long long)(a), (unsigned long long)(b), \
		       __FILE__, __LINE__, #a, #b)

#define EXPECT_STR(a, b) test_expect_str((a), (b), __FILE__, __LINE__, #a)

#define EXPECT_MEM(a, b, len_bytes) \
	test_expect_mem((a), (b), (len_bytes), __FILE__, __LINE__, #a)

/* For what the rest of a test cannot do without. */
#define ASSERT_TRUE(cond)             \
	do {                          \
		if (!EXPECT(cond))    \
			return;       \
	} while (0)

#endif
