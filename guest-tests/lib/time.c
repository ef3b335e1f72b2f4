/* SPDX-License-Identifier: BSD-2-Clause */
/* TSC frequency: CPUID 0x15, then 0x16, then PIT channel 2, then a guess. */
#include "lib/guest.h"

#define PIT_HZ		1193182ull
#define PIT_TICKS	11931u		/* 10 ms */

u64 tsc_hz = 1000000000;
u64 crystal_hz;
bool tsc_hz_known;

static bool tsc_by_cpuid(void)
{
	struct cpuid c;

	if (cpu_max_leaf() >= 0x15) {
		c = cpuid(0x15, 0);
		crystal_hz = c.ecx;
		if (c.eax && c.ebx && c.ecx) {
			tsc_hz = (u64)c.ecx * c.ebx / c.eax;
			return true;
		}
	}
	if (cpu_max_leaf() >= 0x16 && cpuid(0x16, 0).eax) {
		tsc_hz = cpuid(0x16, 0).eax * 1000000ull;
		return true;
	}
	return false;
}

/* Channel 2 in mode 0, gate by port 0x61; an absent PIT reads output high. */
static bool tsc_by_pit(void)
{
	u64 start, end, limit = rdtsc() + (1ull << 31);

	outb((inb(0x61) & ~2) | 1, 0x61);
	outb(0xb0, 0x43);
	outb(PIT_TICKS & 0xff, 0x42);
	outb(PIT_TICKS >> 8, 0x42);
	start = rdtsc();
	if (inb(0x61) & 0x20)
		return false;
	do {
		end = rdtsc();
		if (end > limit)
			return false;
	} while (!(inb(0x61) & 0x20));
	tsc_hz = (end - start) * PIT_HZ / PIT_TICKS;
	return tsc_hz > 1000000;
}

void time_init(void)
{
	tsc_hz_known = tsc_by_cpuid() || tsc_by_pit();
}

void delay_us(u64 us)
{
	u64 end = rdtsc() + us * (tsc_hz / 1000000);

	while (rdtsc() < end)
		pause();
}
