/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/escape.h"

#include "tests/unit/test.h"

static void strip(const char *text, char *out)
{
	enum escape_state state = ESCAPE_NONE;

	for (; *text; text++)
		if (!escape_skip(&state, *text))
			*out++ = *text;
	*out = '\0';
}

TEST(strips_sequences)
{
	char out[64];

	strip("a\033[1;31mred\033[0m b\033cc", out);
	EXPECT_STR(out, "ared bc");
	strip("\033[6n\033[?25l# ", out);
	EXPECT_STR(out, "# ");
}

TEST(unfinished_sequence_ends_with_the_line)
{
	char out[64];

	strip("\033[12\nnext", out);
	EXPECT_STR(out, "\nnext");
}
