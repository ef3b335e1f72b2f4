/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/font8x16.h"

#include "tests/unit/test.h"

static bool same(char a, char b)
{
	for (u32 y = 0; y < FONT_HEIGHT; y++)
		if (font_row(a, y) != font_row(b, y))
			return false;
	return true;
}

TEST(every_character_differs)
{
	for (char a = ' '; a < 0x7f; a++)
		for (char b = ' '; b < a; b++)
			EXPECT(!same(a, b));
}

TEST(characters_do_not_touch)
{
	for (char c = ' '; c < 0x7f; c++)
		for (u32 y = 0; y < FONT_HEIGHT; y++)
			EXPECT_EQ(font_row(c, y) & 0x83, 0);
}

TEST(unknown_is_a_question_mark)
{
	EXPECT(same('\x7f', '?'));
	EXPECT(same((char)0xff, '?'));
	EXPECT(same('\0', '?'));
}
