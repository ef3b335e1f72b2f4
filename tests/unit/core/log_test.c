/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/log.h"

#include <string.h>

#include <hw/cpu.h>
#include <hw/port.h>

#include "core/console.h"
#include "core/cpu.h"
#include "core/err.h"
#include "core/time.h"
#include "tests/unit/test.h"

static char out[8192];
static u32 out_len;
static u64 now_us;

/* One tick is one microsecond here. */
u64 time_now_tsc(void)
{
	return 1000 + now_us;
}

u64 time_us_to_tsc(u64 us)
{
	return us;
}

u64 time_tsc_to_us(u64 tsc)
{
	return tsc;
}

static u32 port_in(u16 port, u32 size_bytes)
{
	(void)size_bytes;
	return port == 0xe9 ? 0xe9 : 0xff;
}

static void port_out(u16 port, u32 size_bytes, u32 value)
{
	(void)size_bytes;
	if (port == 0xe9 && out_len < sizeof(out) - 1)
		out[out_len++] = (char)value;
}

static void reset(void)
{
	hw_reset();
	hw_port_in_hook = port_in;
	hw_port_out_hook = port_out;
	console_init_early();
	log_set_level(LOG_INFO);
	memset(out, 0, sizeof(out));
	out_len = 0;
}

static u32 lines(void)
{
	u32 count = 0;

	for (u32 i = 0; i < out_len; i++)
		count += out[i] == '\n';
	return count;
}

TEST(line_has_time_cpu_level_and_area)
{
	struct cpu cpu = { .index = 3 };

	reset();
	now_us = 0;
	log_info("vmx", "first");
	out_len = 0;
	memset(out, 0, sizeof(out));
	hw_set_this_cpu(&cpu);
	now_us = 12345678;
	log_info("vmx", "text %u", 7u);
	EXPECT_STR(out, "[   12.345678] c003 INFO  vmx: text 7\n");
}

TEST(level_decides)
{
	reset();
	log_debug("a", "no");
	EXPECT_EQ(lines(), 0);
	log_set_level(LOG_DEBUG);
	EXPECT_EQ(log_get_level(), LOG_DEBUG);
	log_debug("a", "yes");
	EXPECT_EQ(lines(), 1);
	log_set_level(LOG_ERROR);
	log_warn("a", "no");
	log_error("a", "yes");
	EXPECT_EQ(lines(), 2);
	EXPECT(strstr(out, " DEBUG a: yes\n"));
	EXPECT(strstr(out, " ERROR a: yes\n"));
}

TEST(long_line_is_cut_and_ends)
{
	char text[600];

	reset();
	memset(text, 'x', sizeof(text));
	text[599] = '\0';
	log_warn("area", "%s", text);
	EXPECT_EQ(out_len, 255);
	EXPECT_STR(out + out_len - 5, "xx..\n");
	out_len = 0;
	log_warn(text, "%s", text);
	EXPECT_EQ(out_len, 255);
}

TEST(control_characters_cannot_forge_a_line)
{
	reset();
	log_info("a", "%s", "x\n[    0.000000] c000 ERROR y\033[2J\x7f");
	EXPECT_EQ(lines(), 1);
	EXPECT(strstr(out, "x?[    0.000000] c000 ERROR y?[2J?\n"));
}

static void flood(void)
{
	log_limited(LOG_WARN, "flood", "guest did it");
}

TEST(flood_is_limited_and_counted)
{
	reset();
	now_us = 20000000;
	for (u32 i = 0; i < 100; i++)
		flood();
	EXPECT_EQ(lines(), 10);
	now_us += 999999;
	flood();
	EXPECT_EQ(lines(), 10);
	now_us += 1;
	flood();
	EXPECT_EQ(lines(), 12);
	EXPECT(strstr(out, "log: 91 lines like the next were dropped\n"));
}

TEST(fail_passes_its_error_on)
{
	reset();
	EXPECT_EQ(fail(-EINVAL), -EINVAL);
	EXPECT_EQ(lines(), 0);
	log_set_level(LOG_DEBUG);
	EXPECT_EQ(fail(-ENOMEM), -ENOMEM);
	EXPECT(strstr(out, "log_test.c:"));
	EXPECT(strstr(out, ": error 12\n"));
}

TEST(clock_behind_shows_zero)
{
	reset();
	now_us = -500ull;
	log_info("a", "b");
	EXPECT(strstr(out, "[    0.000000] "));
}
