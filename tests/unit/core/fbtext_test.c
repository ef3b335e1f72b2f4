/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/fbtext.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/font8x16.h"
#include "tests/unit/test.h"

/* EGA memory is the easiest to read back. */
#define COLUMNS 20u
#define ROWS 8u

static u16 ega[ROWS][COLUMNS];

static const struct boot_framebuffer ega_fb = {
	.base_hpa = 0xb8000,
	.pitch_bytes = COLUMNS * 2,
	.width = COLUMNS,
	.height = ROWS,
	.bpp = 16,
	.text = 1,
};

static void start_ega(void)
{
	memset(ega, 0x55, sizeof(ega));
	EXPECT_EQ(fbtext_bytes(&ega_fb), sizeof(ega));
	EXPECT_EQ(fbtext_init(&ega_fb, ega), 0);
}

static void type(const char *text)
{
	fbtext_write(text, strlen(text));
}

static const char *row(u32 y)
{
	static char text[COLUMNS + 1];
	u32 len = COLUMNS;

	for (u32 i = 0; i < COLUMNS; i++)
		text[i] = (char)ega[y][i];
	while (len && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text;
}

TEST(text_appears_when_drawn)
{
	start_ega();
	type("hello\nworld");
	EXPECT_EQ(ega[0][0], 0x5555);
	EXPECT(!fbtext_draw(~0u));
	EXPECT_EQ(ega[0][0], 0x0700 | 'h');
	EXPECT_STR(row(0), "hello");
	EXPECT_STR(row(1), "world");
	EXPECT_STR(row(7), "");
}

TEST(drawing_is_bounded)
{
	u32 calls = 1;

	start_ega();
	type("a\nb\nc");
	while (fbtext_draw(2))
		calls++;
	EXPECT_EQ(calls, 4);
	EXPECT_STR(row(2), "c");
	EXPECT(!fbtext_draw(0));
}

TEST(only_changes_are_drawn)
{
	start_ega();
	type("abc");
	fbtext_draw(~0u);
	ega[0][0] = 1;
	type("d");
	fbtext_draw(~0u);
	EXPECT_EQ(ega[0][0], 1);
	EXPECT_EQ(ega[0][3], 0x0700 | 'd');
}

TEST(control_characters_move)
{
	start_ega();
	type("abc\rX\n12\b3\b\b\b\b4\n\t9\n\033[31mred\033[0m\a");
	fbtext_draw(~0u);
	EXPECT_STR(row(0), "Xbc");
	EXPECT_STR(row(1), "43");
	EXPECT_STR(row(2), "        9");
	EXPECT_STR(row(3), "red");
}

TEST(long_lines_wrap)
{
	start_ega();
	type("0123456789012345678901234\n");
	type("0123456789012345678\t!");
	fbtext_draw(~0u);
	EXPECT_STR(row(0), "01234567890123456789");
	EXPECT_STR(row(1), "01234");
	EXPECT_STR(row(2), "0123456789012345678");
}

TEST(scrolls_by_a_quarter)
{
	start_ega();
	type("0\n1\n2\n3\n4\n5\n6\n7");
	fbtext_draw(~0u);
	EXPECT_STR(row(7), "7");
	type("\n8");
	fbtext_draw(~0u);
	EXPECT_STR(row(0), "2");
	EXPECT_STR(row(5), "7");
	EXPECT_STR(row(6), "8");
	EXPECT_STR(row(7), "");
}

TEST(refuses_what_it_cannot_draw)
{
	struct boot_framebuffer fb = ega_fb;

	EXPECT_EQ(fbtext_init(&ega_fb, NULL), -ENODEV);
	fb.base_hpa = 0;
	EXPECT_EQ(fbtext_bytes(&fb), 0);
	fb = ega_fb;
	fb.pitch_bytes = COLUMNS;
	EXPECT_EQ(fbtext_init(&fb, ega), -ENODEV);
	fb = (struct boot_framebuffer){
		.base_hpa = 1,
		.pitch_bytes = 640,
		.width = 640,
		.height = 480,
		.bpp = 8,
	};
	EXPECT_EQ(fbtext_bytes(&fb), 0);
	fb.bpp = 32;	/* pitch too small for 640 pixels */
	EXPECT_EQ(fbtext_bytes(&fb), 0);
	fb.pitch_bytes = ~0u;
	EXPECT_EQ(fbtext_bytes(&fb), 0);
}

static u32 pixel(const u8 *memory, const struct boot_framebuffer *fb, u32 x,
		 u32 y)
{
	u32 bytes = (fb->bpp + 7u) / 8;
	u32 value = 0;

	memcpy(&value, memory + y * fb->pitch_bytes + x * bytes, bytes);
	return value;
}

/* Memory of exactly the claimed size: the sanitizer sees a pixel beyond. */
static void draw_pixels(u8 bpp, u32 width, u32 height, u32 color)
{
	struct boot_framebuffer fb = {
		.base_hpa = 1,
		.pitch_bytes = width * ((bpp + 7u) / 8) + 12,
		.width = width,
		.height = height,
		.bpp = bpp,
		.red_shift = 16,
		.green_shift = 8,
		.blue_shift = 0,
	};
	u64 bytes = fbtext_bytes(&fb);
	u8 *memory = malloc(bytes);
	u32 wrong = 0;

	memset(memory, 0xee, bytes);
	EXPECT_EQ(fbtext_init(&fb, memory), 0);
	type("A#\n");
	for (u32 i = 0; i < 300; i++)
		type("0123456789\n");
	type("\r");
	EXPECT(!fbtext_draw(~0u));
	EXPECT_EQ(fbtext_init(&fb, memory), 0);
	type("A#");
	fbtext_draw(~0u);
	for (u32 y = 0; y < FONT_HEIGHT; y++)
		for (u32 x = 0; x < FONT_WIDTH * 2; x++) {
			u8 bits = font_row(x < FONT_WIDTH ? 'A' : '#', y);
			bool set = bits & 0x80 >> x % FONT_WIDTH;

			wrong += pixel(memory, &fb, x, y) != (set ? color : 0);
		}
	EXPECT_EQ(wrong, 0);
	free(memory);
}

TEST(pixels_of_each_depth)
{
	draw_pixels(32, 640, 480, 0xd0d0d0);
	draw_pixels(24, 123, 77, 0xd0d0d0);
	draw_pixels(16, 320, 200, 0xffff);
	draw_pixels(15, 320, 200, 0xffff);
	draw_pixels(32, 3840, 2160, 0xd0d0d0);
	draw_pixels(32, 16, 16, 0xd0d0d0);
}
