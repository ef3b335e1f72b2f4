/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/printf.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

/* Formats are made at run time here, or must escape the compiler's check. */
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-security"

static const char *volatile spec_string = "%s";
static const char *volatile spec_wide = "%99999999999d";
static const char *volatile spec_star = "%*d";

static u32 state = 12345;

static u32 next(void)
{
	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static u64 next64(void)
{
	u64 v = (u64)next() << 42 ^ (u64)next() << 21 ^ next();

	/* Small numbers and the extremes are as likely as the rest. */
	switch (next() % 6) {
	case 0:
		return 0;
	case 1:
		return v % 100;
	case 2:
		return ~0ull - v % 3;
	case 3:
		return 1ull << (next() % 64);
	default:
		return v >> (next() % 64);
	}
}

/* Evaluates its arguments twice. */
#define COMPARE(size, ...)                                             \
	do {                                                           \
		char ours_[400], theirs_[400];                         \
		int a_, b_;                                            \
		memset(ours_, '#', sizeof(ours_));                     \
		memset(theirs_, '#', sizeof(theirs_));                 \
		a_ = format(ours_, size, __VA_ARGS__);                 \
		b_ = snprintf(theirs_, size, __VA_ARGS__);             \
		EXPECT_EQ(a_, b_);                                     \
		EXPECT_MEM(ours_, theirs_, sizeof(ours_));             \
	} while (0)

static void make_spec(char *spec, const char *length, const char *conversions)
{
	char width[16] = "";

	if (next() % 2)
		snprintf(width, sizeof(width), "%u", next() % 40);
	/* '-' makes libc ignore '0'; both are allowed. */
	sprintf(spec, "<%%%s%s%s%s%c>", next() % 3 ? "" : "-",
		next() % 3 ? "" : "0", width, length,
		conversions[next() % strlen(conversions)]);
}

TEST(integers_as_libc_prints_them)
{
	char spec[64];

	for (u32 i = 0; i < 20000; i++) {
		size_t size = next() % 3 ? 400 : next() % 30;
		u64 value = next64();

		make_spec(spec, "", "dixXu");
		COMPARE(size, spec, (int)value);
		make_spec(spec, "l", "dixXu");
		COMPARE(size, spec, (long)value);
		make_spec(spec, "ll", "dixXu");
		COMPARE(size, spec, (long long)value);
		make_spec(spec, "z", "ux");
		COMPARE(size, spec, (size_t)value);
		make_spec(spec, "h", "dux");
		COMPARE(size, spec, (int)value);
		make_spec(spec, "hh", "dux");
		COMPARE(size, spec, (int)value);
	}
}

TEST(strings_and_characters_as_libc_prints_them)
{
	static const char *const texts[] = { "", "a", "noexit", "0123456789" };
	char spec[64];

	for (u32 i = 0; i < 5000; i++) {
		const char *text = texts[next() % 4];
		size_t size = next() % 3 ? 400 : next() % 12;
		int c = 'a' + (int)(next() % 26);
		int precision = (int)(next() % 12);
		int width = (int)(next() % 20) - 10;

		sprintf(spec, "[%%%s%us]", next() % 2 ? "-" : "",
			1 + next() % 20);
		COMPARE(size, spec, text);
		sprintf(spec, "[%%%s5c]", next() % 2 ? "-" : "");
		COMPARE(size, spec, c);
		COMPARE(size, "%.*s|%.3s|%*s", precision, text, text,
			width, text);
	}
}

TEST(pointers_percent_and_prefix)
{
	COMPARE(100, "%p %18p %-18p|", (void *)0x1234, (void *)0xfff, "x");
	COMPARE(100, "%%|100%%|%d%%", 5);
	COMPARE(100, "%#x %#lx %#X %#x", 255, 1ul << 40, 48879, 0);
	COMPARE(100, "%#010x|%-#10x|%#10x", 255, 255, 255);
	COMPARE(100, "%d %d %ld %ld", INT_MIN, INT_MAX, LONG_MIN, LONG_MAX);
}

TEST(null_string_is_named)
{
	char buf[16];

	EXPECT_EQ(format(buf, sizeof(buf), spec_string, NULL), 6);
	EXPECT_STR(buf, "(null)");
}

TEST(precision_bounds_the_reading)
{
	char text[3] = { 'a', 'b', 'c' };	/* not terminated */
	char buf[16];

	EXPECT_EQ(format(buf, sizeof(buf), "%.3s", text), 3);
	EXPECT_STR(buf, "abc");
}

TEST(unknown_conversion_is_shown)
{
	char buf[32];

	format(buf, sizeof(buf), "a %q b %5");
	EXPECT_STR(buf, "a %q b %5");
	format(buf, sizeof(buf), "%");
	EXPECT_STR(buf, "%");
}

TEST(no_room_writes_nothing)
{
	char c = '#';

	EXPECT_EQ(format(&c, 0, "abc"), 3);
	EXPECT_EQ(c, '#');
	EXPECT_EQ(format(&c, 1, "abc"), 3);
	EXPECT_EQ(c, '\0');
}

TEST(absurd_width_is_cut)
{
	char buf[300];

	EXPECT_EQ(format(buf, sizeof(buf), spec_wide, 1), 255);
	EXPECT_EQ(format(buf, sizeof(buf), spec_star, INT_MIN, 1), 255);
}
