/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TSC frequency. CPUID leaf 15H gives the ratio to the crystal, leaf 16H the
 * base frequency (SDM 19.7.3 "Determining the Processor Base Frequency"); the
 * ACPI PM timer (3.579545 MHz) or PIT channel 2 (1.193182 MHz) tell whether
 * that is true here. Emulators count time differently from what CPUID says.
 */
#include "core/time.h"

#include <hw/cpu.h>
#include <hw/port.h>

#include "core/acpi.h"
#include "core/end.h"
#include "core/log.h"

#define PM_TIMER_HZ	3579545ull
#define PIT_HZ		1193182ull
#define MEASURE_HZ	100		/* measure for 1/100 s */
#define MAX_POLLS	4000000u	/* of a clock that goes wrong */
#define STUCK_POLLS	100000u		/* of a clock that stands still */

#define PIT_CH2		0x42
#define PIT_MODE	0x43
#define PORT_B		0x61		/* gate and output of channel 2 */
#define PORT_B_GATE2	BIT(0)
#define PORT_B_SPEAKER	BIT(1)
#define PORT_B_OUT2	BIT(5)

/* Until time_init(): a guess, so that early log lines have some time. */
static u64 tsc_hz __ro_after_init = 2000000000;

static u64 cpuid_tsc_hz(void)
{
	struct cpuid_regs r, base = { 0 };
	u32 max_leaf;

	cpuid(0, 0, &r);
	max_leaf = r.eax;
	if (max_leaf < 0x15)
		return 0;
	cpuid(0x15, 0, &r);
	if (max_leaf >= 0x16)
		cpuid(0x16, 0, &base);
	/* No crystal frequency: the TSC runs at the base frequency (MHz). */
	if (!r.eax || !r.ebx || !r.ecx)
		return (base.eax & 0xffff) * 1000000ull;
	return (u64)r.ecx * r.ebx / r.eax;
}

/* One moment on two clocks: the tightest of a few readings. */
static u32 pm_timer_sample(u64 *tsc)
{
	u64 best = ~0ull;
	u32 count = 0;

	*tsc = 0;
	for (u32 i = 0; i < 5; i++) {
		u64 before = rdtsc();
		u32 now = in32((u16)acpi.pm_timer_port);
		u64 after = rdtsc();

		if (after - before < best) {
			best = after - before;
			*tsc = before + (after - before) / 2;
			count = now;
		}
	}
	return count;
}

static u32 pm_timer_elapsed(u32 from, u32 to)
{
	return (to - from) & (acpi.pm_timer_32bit ? ~0u : (u32)BITS(23, 0));
}

/* TSC frequency by the PM timer; 0: there is none, or it stands still. */
static u64 measure_pm_timer(void)
{
	u32 first, last, elapsed = 0;
	u64 tsc_first, tsc_last;

	if (!acpi.pm_timer_port)
		return 0;
	first = pm_timer_sample(&tsc_first);
	for (u32 i = 0; elapsed < PM_TIMER_HZ / MEASURE_HZ; i++) {
		if (i == MAX_POLLS || (i == STUCK_POLLS && !elapsed))
			return 0;
		last = in32((u16)acpi.pm_timer_port);
		elapsed = pm_timer_elapsed(first, last);
	}
	last = pm_timer_sample(&tsc_last);
	elapsed = pm_timer_elapsed(first, last);
	return (tsc_last - tsc_first) * PM_TIMER_HZ / elapsed;
}

/* Channel 2 in mode 0 counts down once; its output rises at the end. */
static u64 measure_pit(void)
{
	u16 count = PIT_HZ / MEASURE_HZ;
	u8 port_b = in8(PORT_B);
	u64 start, end;
	u32 polls = 0;

	if (port_b == 0xff)
		return 0;
	out8(PORT_B, (u8)((port_b & ~PORT_B_SPEAKER) | PORT_B_GATE2));
	out8(PIT_MODE, 0xb0);	/* channel 2, low then high byte, mode 0 */
	out8(PIT_CH2, (u8)count);
	out8(PIT_CH2, (u8)(count >> 8));
	start = rdtsc();
	while (!(in8(PORT_B) & PORT_B_OUT2) && polls < MAX_POLLS)
		polls++;
	end = rdtsc();
	out8(PORT_B, port_b);
	/* High at once or never: nothing counts there. */
	if (polls == 0 || polls == MAX_POLLS)
		return 0;
	return (end - start) * PIT_HZ / count;
}

static bool differs(u64 a, u64 b)
{
	return (a > b ? a - b : b - a) > b / 100;
}

void time_init(void)
{
	u64 claimed = cpuid_tsc_hz();
	u64 measured = measure_pm_timer();
	const char *clock = "PM timer";

	if (!measured) {
		measured = measure_pit();
		clock = "PIT";
	}
	if (!measured && !claimed) {
		log_error("time", "TSC frequency unknown: CPUID 0x15/0x16, PM "
			  "timer and PIT give none");
		log_error("time", "cure: enable the ACPI PM timer or the 8254 "
			  "in the firmware setup");
		machine_end(END_NO_FEATURE, "no-clock");
	}
	tsc_hz = claimed ? claimed : measured;
	if (measured && claimed && differs(measured, claimed)) {
		log_warn("time", "CPUID claims %llu kHz, the %s measures "
			 "%llu kHz: measured value taken",
			 (unsigned long long)claimed / 1000, clock,
			 (unsigned long long)measured / 1000);
		tsc_hz = measured;
	}
	log_info("time", "TSC %llu kHz (CPUID %llu, %s %llu)",
		 (unsigned long long)tsc_hz / 1000,
		 (unsigned long long)claimed / 1000,
		 measured ? clock : "no timer",
		 (unsigned long long)measured / 1000);
}

u64 time_tsc_hz(void)
{
	return tsc_hz;
}

u64 time_now_tsc(void)
{
	return rdtsc();
}

/* Seconds and the rest apart: neither product overflows. */
u64 time_us_to_tsc(u64 us)
{
	return us / 1000000 * tsc_hz + us % 1000000 * tsc_hz / 1000000;
}

u64 time_tsc_to_us(u64 tsc)
{
	return tsc / tsc_hz * 1000000 + tsc % tsc_hz * 1000000 / tsc_hz;
}

void time_delay_us(u64 us)
{
	u64 end = rdtsc() + time_us_to_tsc(us);

	while (rdtsc() < end)
		cpu_relax();
}
