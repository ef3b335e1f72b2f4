/* SPDX-License-Identifier: BSD-2-Clause */
/* core/time.c against timers that tell the truth, lie, stop, or are absent. */
#include "core/time.h"

#include <setjmp.h>
#include <string.h>

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/port.h>

#include "core/acpi.h"
#include "core/end.h"
#include "core/log.h"

#define PM_PORT		0x608
#define PM_HZ		3579545ull
#define PIT_HZ		1193182ull
#define MHZ		1000000ull

static u64 real_hz;		/* of the TSC in this machine */
static bool has_pit, stuck;
static u64 pit_start_tsc;
static jmp_buf ended;
static int end_status;

void machine_end(enum end_status status, const char *reason)
{
	(void)reason;
	end_status = (int)status;
	longjmp(ended, 1);
}

static u32 timer_in(u16 port, u32 size_bytes)
{
	u64 pit_ticks;

	/* A read takes a while here, as it does everywhere. */
	hw_regs.tsc += real_hz / MHZ;
	if (port == PM_PORT && size_bytes == 4)
		return stuck ? 77 :
			       (u32)(hw_regs.tsc * PM_HZ / real_hz & 0xffffff);
	if (port != 0x61 || !has_pit)
		return ~0u;
	pit_ticks = (hw_regs.tsc - pit_start_tsc) * PIT_HZ / real_hz;
	return !stuck && pit_start_tsc && pit_ticks >= PIT_HZ / 100 ? 0x20 : 0;
}

static void timer_out(u16 port, u32 size_bytes, u32 value)
{
	(void)size_bytes;
	(void)value;
	if (port == 0x42)
		pit_start_tsc = hw_regs.tsc;
}

static void start(u64 hz, u32 pm_port, bool pit)
{
	hw_reset();
	log_set_level(LOG_ERROR);
	memset(&acpi, 0, sizeof(acpi));
	acpi.pm_timer_port = pm_port;
	real_hz = hz;
	has_pit = pit;
	stuck = false;
	pit_start_tsc = 0;
	end_status = -1;
	hw_regs.tsc = hz * 4;	/* 24 bits of the PM timer wrap soon */
	hw_regs.tsc_step = hz / MHZ;
	hw_port_in_hook = timer_in;
	hw_port_out_hook = timer_out;
}

static void cpuid_says(u32 den, u32 num, u32 crystal, u32 base_mhz)
{
	hw_cpuid_set(0, 0, 0x20, 0, 0, 0);
	hw_cpuid_set(0x15, 0, den, num, crystal, 0);
	hw_cpuid_set(0x16, 0, base_mhz, 0, 0, 0);
}

static bool near(u64 hz, u64 want)
{
	u64 d = hz > want ? hz - want : want - hz;

	return d < want / 500;
}

TEST(cpuid_that_agrees_is_exact)
{
	start(2200 * MHZ, PM_PORT, true);
	cpuid_says(2, 176, 25000000, 2200);
	time_init();
	EXPECT_EQ(time_tsc_hz(), 2200 * MHZ);
}

TEST(cpuid_without_a_crystal_gives_the_base_frequency)
{
	start(2000 * MHZ, 0, false);
	cpuid_says(2, 160, 0, 2000);
	time_init();
	EXPECT_EQ(time_tsc_hz(), 2000 * MHZ);
}

TEST(measured_wins_when_cpuid_lies)
{
	/* Bochs: CPUID says 2.2 GHz, the clock runs at the emulator's rate. */
	start(50 * MHZ, PM_PORT, true);
	cpuid_says(2, 176, 25000000, 2200);
	time_init();
	EXPECT(near(time_tsc_hz(), 50 * MHZ));
}

TEST(pm_timer_alone)
{
	start(1000 * MHZ, PM_PORT, false);
	time_init();
	EXPECT(near(time_tsc_hz(), 1000 * MHZ));
}

TEST(pm_timer_of_32_bits)
{
	start(1000 * MHZ, PM_PORT, false);
	acpi.pm_timer_32bit = true;
	hw_regs.tsc = 1000;
	time_init();
	EXPECT(near(time_tsc_hz(), 1000 * MHZ));
}

TEST(pit_where_there_is_no_pm_timer)
{
	start(1500 * MHZ, 0, true);
	time_init();
	EXPECT(near(time_tsc_hz(), 1500 * MHZ));
}

TEST(dead_timers_leave_cpuid)
{
	start(2200 * MHZ, PM_PORT, true);
	stuck = true;
	cpuid_says(2, 176, 25000000, 2200);
	time_init();
	EXPECT_EQ(time_tsc_hz(), 2200 * MHZ);
}

TEST(no_clock_at_all_is_refused)
{
	start(2200 * MHZ, 0, false);
	if (!setjmp(ended))
		time_init();
	EXPECT_EQ(end_status, END_NO_FEATURE);
}

TEST(conversions)
{
	start(2200 * MHZ, 0, false);
	cpuid_says(2, 176, 25000000, 2200);
	time_init();
	EXPECT_EQ(time_us_to_tsc(0), 0);
	EXPECT_EQ(time_us_to_tsc(1), 2200);
	EXPECT_EQ(time_us_to_tsc(1500000), 3300 * MHZ);
	EXPECT_EQ(time_tsc_to_us(2200), 1);
	/* A year: neither way overflows. */
	EXPECT_EQ(time_tsc_to_us(time_us_to_tsc(31536000ull * MHZ)),
		  31536000ull * MHZ);
}

TEST(delay_and_bounded_wait)
{
	u64 before;

	start(2200 * MHZ, 0, false);
	cpuid_says(2, 176, 25000000, 2200);
	time_init();
	before = hw_regs.tsc;
	time_delay_us(100);
	EXPECT(hw_regs.tsc - before >= 220000);
	EXPECT(!wait_until(50, false));
	EXPECT(wait_until(50, hw_regs.tsc - before > 250000));
}
