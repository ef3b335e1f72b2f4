/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/string.h"

#include "tests/unit/test.h"

TEST(copies_what_fits)
{
	char buf[4] = "###";

	EXPECT_EQ(str_copy(buf, sizeof(buf), "ab"), 2);
	EXPECT_STR(buf, "ab");
	EXPECT_EQ(str_copy(buf, sizeof(buf), "abc"), 3);
	EXPECT_STR(buf, "abc");
}

TEST(cuts_and_terminates)
{
	char buf[4];

	EXPECT_EQ(str_copy(buf, sizeof(buf), "abcdef"), 6);
	EXPECT_STR(buf, "abc");
	EXPECT_EQ(str_copy(buf, 1, "x"), 1);
	EXPECT_STR(buf, "");
}

TEST(no_room_writes_nothing)
{
	char c = '#';

	EXPECT_EQ(str_copy(&c, 0, "abc"), 3);
	EXPECT_EQ(c, '#');
}
