/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bystander of hostile guests: fills its free RAM with a pattern and,
 * about every 100 ms, checks all of it, its own code, and that time goes on:
 * "HEARTBEAT n sum=...". "count=N" ends it after N beats, default never.
 * "ms=N" is another interval; "size=N" limits the RAM that is watched
 * (default 1 MiB).
 */
#include "lib/guest.h"

#define LOAD_BASE	0x100000

static u64 *area;
static u64 words;

static void fill(void)
{
	u64 i, v = 0x9e3779b97f4a7c15;

	for (i = 0; i < words; i++) {
		v = v * 6364136223846793005 + 1442695040888963407;
		area[i] = v;
	}
}

static u64 sum_of(const u64 *p, u64 n)
{
	u64 sum = 0;

	while (n--)
		sum = (sum << 1 | sum >> 63) + *p++;
	return sum;
}

static bool intact(const u64 sums[2], u64 beat)
{
	extern u8 text_end[];
	u64 data = sum_of(area, words);
	u64 text = sum_of((u64 *)LOAD_BASE,
			  ((u64)text_end - LOAD_BASE) / 8);

	if (data == sums[0] && text == sums[1])
		return true;
	test_fail("neighbour", "beat %lu: sums %lx %lx, wanted %lx %lx", beat,
		  data, text, sums[0], sums[1]);
	return false;
}

int main(void)
{
	extern u8 text_end[];
	u64 count = boot_option("count", ~0ull), beat, last, now;
	u64 ms = boot_option("ms", 100);
	u64 limit = boot_option("size", MIB), sums[2];

	area = (u64 *)page_free_base();
	words = (ram_low_top() - (u64)area) / 8;
	if (words > limit / 8)
		words = limit / 8;
	fill();
	sums[0] = sum_of(area, words);
	sums[1] = sum_of((u64 *)LOAD_BASE, ((u64)text_end - LOAD_BASE) / 8);
	last = rdtsc();
	for (beat = 1; beat <= count; beat++) {
		delay_us(ms * 1000);
		now = rdtsc();
		if (!intact(sums, beat) || now <= last)
			break;
		print("HEARTBEAT %lu sum=%lx\n", beat, sums[0]);
		last = now;
	}
	test_check("neighbour", beat > count, "stopped at beat %lu", beat);
	return 0;
}
