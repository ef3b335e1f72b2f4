/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: fills its own RAM, then writes a pattern all over the guest
 * physical space up to 64 GiB ("gib=N": further), every 2 MiB and at noise
 * offsets, where a careless second stage would reach the host or another
 * guest. What is not RAM must read all ones.
 */
#include "lib/guest.h"

#define PATTERN	0xdeadbeefcafef00d

static u64 random(void)
{
	static u64 seed = 88172645463325252;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Our image, and the devices that we still need. */
static bool spared(u64 gpa)
{
	return gpa < 4 * MIB || gpa >> 21 == LAPIC_BASE >> 21 ||
	       gpa >> 21 == IOAPIC_BASE >> 21;
}

static void test_own_ram(void)
{
	u64 *p = (u64 *)page_free_base(), *end = (u64 *)ram_low_top(), *q;
	u64 bad = 0;

	for (q = p; q < end; q++)
		*q = PATTERN ^ (u64)q;
	for (q = p; q < end; q++)
		bad += *q != (PATTERN ^ (u64)q);
	test_check("hostile.mem.own-ram", !bad, "%lu words", bad);
}

/* RAM keeps the value, everything else does not and reads all ones. */
static void poke(volatile u64 *p, u64 gpa, u64 *leaks)
{
	*p = PATTERN ^ gpa;
	if (ram_covers(gpa, 8) || (gpa >= 0xe0000000 && gpa < 4 * GIB))
		return;
	if (cpu_noexit() && *p != ~0ull) {
		if (!*leaks)
			print("0x%lx reads 0x%lx\n", gpa, *p);
		++*leaks;
	}
}

static void test_everywhere(void)
{
	u64 limit = boot_option("gib", 64) * GIB, gpa, leaks = 0, offset;
	u8 *p;

	if (limit > phys_limit())
		limit = phys_limit();
	for (gpa = 0; gpa < limit; gpa += PAGE_2M) {
		if (spared(gpa))
			continue;
		p = page_window(4, gpa);
		offset = random() & (PAGE_2M - 8);
		poke((u64 *)p, gpa, &leaks);
		poke((u64 *)(p + offset), gpa + offset, &leaks);
	}
	test_check("hostile.mem.everywhere", !leaks, "%lu leaks", leaks);
}

/* Each bit of an address alone, up to the width that CPUID gives. */
static void test_high_bits(void)
{
	u64 leaks = 0, gpa;
	u32 bit;

	for (bit = 32; BIT(bit) < phys_limit(); bit++) {
		for (gpa = BIT(bit); gpa < BIT(bit) + 4 * PAGE_2M;
		     gpa += PAGE_2M)
			poke(page_window(4, gpa), gpa, &leaks);
	}
	test_check("hostile.mem.high-bits", !leaks, "%lu leaks", leaks);
}

/* Beyond that width an entry is malformed, and faults in the guest. */
static void test_too_high(void)
{
	struct trap t;
	u64 *p;

	if (phys_limit() >= BIT(52)) {
		test_skip("hostile.mem.too-high", "52 address bits");
		return;
	}
	p = page_window(5, phys_limit());
	t = TRAP_OF(*(volatile u64 *)p);
	if (!test_tcg_gap("hostile.mem.too-high", "clears P in the error code"))
		test_trap("hostile.mem.too-high", t, VEC_PF, 9);
}

int main(void)
{
	test_own_ram();
	test_everywhere();
	test_high_bits();
	test_too_high();
	return 0;
}
