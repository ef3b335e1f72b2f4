/* SPDX-License-Identifier: BSD-2-Clause */
/* A platform on the guest double, with its interrupt lines recorded. */
#ifndef TESTS_UNIT_CORE_PLATFORM_FIXTURE_H
#define TESTS_UNIT_CORE_PLATFORM_FIXTURE_H

#include "core/platform/platform.h"
#include "tests/unit/guest_double.h"

#define RAM_BYTES 0x200000ull

static struct guest guest;
static struct vconsole console;
static struct platform platform;
static bool lines[32] __attribute__((unused));
static u32 line_rises __attribute__((unused));

static void record_line(void *ctx, u32 gsi, bool asserted)
{
	EXPECT(ctx == &platform);
	EXPECT(gsi < 32);
	line_rises += asserted && !lines[gsi];
	lines[gsi] = asserted;
}

static void setup(bool testdev)
{
	guest_double_init(&guest, RAM_BYTES, 0);
	memset(&console, 0, sizeof(console));
	memset(&platform, 0, sizeof(platform));
	memset(lines, 0, sizeof(lines));
	line_rises = 0;
	EXPECT_EQ(platform_init(&platform, &guest, &console, 3, testdev,
				record_line, &platform), 0);
}

#endif
