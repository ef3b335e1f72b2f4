/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Framebuffer text. Scrolling moves cells, not pixels (reading a framebuffer
 * is very slow), and by a quarter of the screen at a time, so that a burst of
 * lines does not redraw everything for each of them.
 */
#include "core/fbtext.h"

#include "core/err.h"
#include "core/escape.h"
#include "core/font8x16.h"
#include "core/string.h"

#define MAX_COLUMNS	256	/* larger screens are used in part */
#define MAX_ROWS	96
#define MAX_PITCH_BYTES	65536u
#define EGA_ATTRIBUTE	0x0700	/* light grey on black */
#define TAB_COLUMNS	8

static struct {
	u8 *memory;
	struct boot_framebuffer fb;
	u32 columns, rows;
	u32 column, row;		/* of the next character */
	enum escape_state escape;
	char cell[MAX_ROWS][MAX_COLUMNS];	/* what shall be shown */
	char shown[MAX_ROWS][MAX_COLUMNS];
	bool dirty[MAX_ROWS];		/* may differ from shown */
} screen;

static u32 pixel_bytes(const struct boot_framebuffer *fb)
{
	return ((u32)fb->bpp + 7) / 8;
}

static bool can_draw(const struct boot_framebuffer *fb)
{
	if (!fb->base_hpa || !fb->width || !fb->height ||
	    fb->pitch_bytes > MAX_PITCH_BYTES)
		return false;
	if (fb->text)
		return fb->pitch_bytes / 2 >= fb->width;
	return fb->bpp >= 15 && fb->bpp <= 32 &&
	       fb->width >= FONT_WIDTH && fb->height >= FONT_HEIGHT &&
	       fb->pitch_bytes / pixel_bytes(fb) >= fb->width;
}

static u32 count_columns(const struct boot_framebuffer *fb)
{
	return min(fb->text ? fb->width : fb->width / FONT_WIDTH,
		   (u32)MAX_COLUMNS);
}

static u32 count_rows(const struct boot_framebuffer *fb)
{
	return min(fb->text ? fb->height : fb->height / FONT_HEIGHT,
		   (u32)MAX_ROWS);
}

u64 fbtext_bytes(const struct boot_framebuffer *fb)
{
	u64 lines;

	if (!can_draw(fb))
		return 0;
	lines = (u64)count_rows(fb) * (fb->text ? 1 : FONT_HEIGHT);
	return lines * fb->pitch_bytes;
}

/* A loader may give no masks: then white is all ones anyway. */
static u32 foreground(const struct boot_framebuffer *fb)
{
	if (fb->bpp <= 16)
		return 0xffff;
	return 0xd0u << (fb->red_shift & 31) | 0xd0u << (fb->green_shift & 31) |
	       0xd0u << (fb->blue_shift & 31);
}

static void draw_pixels(u32 column, u32 row, char c)
{
	u32 bytes = pixel_bytes(&screen.fb);
	u32 color = foreground(&screen.fb);
	u8 *to = screen.memory +
		 (u64)row * FONT_HEIGHT * screen.fb.pitch_bytes +
		 (u64)column * FONT_WIDTH * bytes;

	for (u32 y = 0; y < FONT_HEIGHT; y++) {
		u8 line[FONT_WIDTH * sizeof(u32)];
		u8 bits = font_row(c, y);

		for (u32 x = 0; x < FONT_WIDTH; x++) {
			u32 pixel = bits & (0x80 >> x) ? color : 0;

			/* Little-endian: the low bytes are the pixel. */
			memcpy(line + x * bytes, &pixel, bytes);
		}
		memcpy(to, line, FONT_WIDTH * bytes);
		to += screen.fb.pitch_bytes;
	}
}

static void draw_cell(u32 column, u32 row, char c)
{
	u16 word = EGA_ATTRIBUTE | (u8)c;

	if (screen.fb.text)
		memcpy(screen.memory + (u64)row * screen.fb.pitch_bytes +
			       column * sizeof(word),
		       &word, sizeof(word));
	else
		draw_pixels(column, row, c);
}

static void draw_row(u32 row)
{
	for (u32 i = 0; i < screen.columns; i++) {
		char c = screen.cell[row][i];

		if (screen.shown[row][i] == c)
			continue;
		draw_cell(i, row, c);
		screen.shown[row][i] = c;
	}
}

bool fbtext_draw(u32 rows)
{
	for (u32 row = 0; row < screen.rows; row++) {
		if (!screen.dirty[row])
			continue;
		if (!rows--)
			return true;
		screen.dirty[row] = false;
		draw_row(row);
	}
	return false;
}

static void scroll(void)
{
	u32 by = max(screen.rows / 4, 1u);
	u32 kept = screen.rows - by;

	memmove(screen.cell[0], screen.cell[by], kept * MAX_COLUMNS);
	memset(screen.cell[kept], ' ', by * MAX_COLUMNS);
	for (u32 i = 0; i < screen.rows; i++)
		screen.dirty[i] = true;
	screen.row = kept;
}

static void new_line(void)
{
	screen.column = 0;
	if (++screen.row >= screen.rows)
		scroll();
}

static void put_cell(char c)
{
	if (screen.column >= screen.columns)
		new_line();
	screen.cell[screen.row][screen.column++] = c;
	screen.dirty[screen.row] = true;
}

static void put_control(char c)
{
	switch (c) {
	case '\n':
		new_line();
		break;
	case '\r':
		screen.column = 0;
		break;
	case '\b':
		screen.column -= screen.column > 0;
		break;
	case '\t':
		for (u32 i = screen.column % TAB_COLUMNS; i < TAB_COLUMNS; i++)
			put_cell(' ');
		break;
	}
}

void fbtext_write(const char *text, size_t len_bytes)
{
	if (!screen.rows)
		return;
	for (size_t i = 0; i < len_bytes; i++) {
		if (escape_skip(&screen.escape, text[i]))
			continue;
		if ((u8)text[i] < ' ')
			put_control(text[i]);
		else
			put_cell(text[i]);
	}
}

int fbtext_init(const struct boot_framebuffer *fb, void *memory)
{
	if (!can_draw(fb) || !memory)
		return -ENODEV;
	memset(&screen, 0, sizeof(screen));
	screen.fb = *fb;
	screen.memory = memory;
	screen.columns = count_columns(fb);
	screen.rows = count_rows(fb);
	/* Zeros in `shown` match no cell: what firmware left is drawn over. */
	memset(screen.cell, ' ', sizeof(screen.cell));
	memset(screen.dirty, true, sizeof(screen.dirty));
	return 0;
}
