/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended state stays this CPU's own: every register of XCR0 (x87, SSE, AVX,
 * AVX-512 with masks, PKRU) is filled with a pattern by XRSTOR and must come
 * back by XSAVE after the CPU was given to others. Run two of these VMs at
 * the same time with "pattern=N" different; "iterations=N" sets the length.
 */
#include "lib/guest.h"

#define AREA_SIZE	4096
#define COMPONENTS	(0x7ul | 0xe0ul | 0x200ul)	/* no MPX, no AMX */

struct areas {
	u8 wanted[AREA_SIZE];
	u8 got[AREA_SIZE];
} __attribute__((aligned(64)));

static struct areas areas[MAX_CPUS];
static u64 xcr0, iterations;
static u32 pattern, mismatches, rounds_done;

static void xsetbv(u64 val)
{
	asm volatile("xsetbv" :: "c"(0), "a"((u32)val), "d"((u32)(val >> 32)));
}

static void xrstor(const void *area)
{
	asm volatile("xrstor64 (%0)" :: "r"(area), "a"((u32)xcr0), "d"(0)
		     : "memory");
}

static void xsave(void *area)
{
	asm volatile("xsave64 (%0)" :: "r"(area), "a"((u32)xcr0), "d"(0)
		     : "memory");
}

static void fill(u8 *p, u32 len, u32 seed)
{
	u32 i;

	for (i = 0; i < len; i++) {
		seed = seed * 1103515245 + 12345;
		p[i] = (u8)(seed >> 16);
	}
}

/* x87: eight valid numbers; the exponent keeps them normal. */
static void fill_legacy(u8 *area, u32 seed)
{
	u32 i;

	memset(area, 0, 576);
	area[0] = 0x7f;
	area[1] = 0x03;
	area[4] = 0xff;		/* abridged tag word: all in use */
	area[24] = 0x80;	/* MXCSR 0x1f80 */
	area[25] = 0x1f;
	for (i = 0; i < 8; i++) {
		fill(area + 32 + i * 16, 8, seed + i);
		area[32 + i * 16 + 7] |= 0x80;
		area[32 + i * 16 + 9] = 0x3f;
	}
	fill(area + 160, 256, seed + 99);
}

/* Key 0 guards all our pages: its two bits stay clear. */
static void build(u8 *area, u32 seed)
{
	struct cpuid c;
	u32 i;

	memset(area, 0, AREA_SIZE);
	fill_legacy(area, seed);
	for (i = 2; i < 63; i++) {
		if (!(xcr0 & BIT(i)))
			continue;
		c = cpuid(0xd, i);
		fill(area + c.ebx, c.eax, seed + i);
		if (i == 9) {
			area[c.ebx] &= 0xfc;
			memset(area + c.ebx + 4, 0, c.eax - 4);
		}
	}
	memcpy(area + 512, &xcr0, 8);
}

/* First differing byte of what hardware defines, or AREA_SIZE. */
static u32 compare(const u8 *a, const u8 *b)
{
	struct cpuid c;
	u32 i, j;

	for (i = 24; i < 28; i++)
		if (a[i] != b[i])
			return i;
	for (i = 32; i < 416; i++)
		if (a[i] != b[i] && (i >= 160 || (i & 15) < 10))
			return i;
	for (i = 2; i < 63; i++) {
		if (!(xcr0 & BIT(i)))
			continue;
		c = cpuid(0xd, i);
		for (j = c.ebx; j < c.ebx + c.eax; j++)
			if (a[j] != b[j])
				return j;
	}
	return AREA_SIZE;
}

static void enable(void)
{
	write_cr0((read_cr0() & ~(CR0_TS | CR0_EM)) | CR0_MP);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE |
		  (xcr0 & BIT(9) ? CR4_PKE : 0));
	xsetbv(xcr0);
}

/* Half the rounds spin, half of them exit to the hypervisor and back. */
static void give_way(u64 round)
{
	u64 end = rdtsc() + tsc_hz / 20000;

	while (rdtsc() < end) {
		if (round & 1)
			cpuid(0, 0);
		pause();
	}
}

static void work(void *arg)
{
	u32 i = this_cpu()->index, at;
	struct areas *a = &areas[i];
	u64 round;

	(void)arg;
	enable();
	for (round = 0; round < iterations; round++) {
		build(a->wanted, pattern * 1000 + i * 100 + (u32)round);
		memset(a->got, 0, AREA_SIZE);
		xrstor(a->wanted);
		give_way(round);
		xsave(a->got);
		at = compare(a->wanted, a->got);
		__atomic_fetch_add(&rounds_done, 1, __ATOMIC_RELAXED);
		if (at != AREA_SIZE &&
		    !__atomic_fetch_add(&mismatches, 1, __ATOMIC_RELAXED))
			print("CPU %u round %lu byte %u: %x, wanted %x\n", i,
			      round, at, a->got[at], a->wanted[at]);
	}
	asm volatile("fninit");
}

/* XCR0 itself: combinations that the architecture forbids. */
static void test_xcr0(void)
{
	static const struct {
		const char *name;
		u64 value;
	} bad[] = {
		{ "xsave.xcr0-no-x87", 0x2 },
		{ "xsave.xcr0-avx-without-sse", 0x5 },
		{ "xsave.xcr0-partial-avx512", 0x27 },
		{ "xsave.xcr0-unknown", 0x4000000000000003 },
	};
	u32 i;

	write_cr4(read_cr4() | CR4_OSXSAVE);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		test_trap(bad[i].name, TRAP_OF(xsetbv(bad[i].value)), VEC_GP,
			  0);
	test_trap("xsave.xcr-index", TRAP_OF(
		  asm volatile("xsetbv" :: "c"(1), "a"(1), "d"(0))), VEC_GP,
		  0);
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
	test_trap("xsave.without-osxsave", TRAP_OF(xsetbv(1)), VEC_UD, 0);
}

int main(void)
{
	u32 n;

	if (!(cpuid(1, 0).ecx & BIT(26))) {
		test_skip("xsave", "no XSAVE");
		return 0;
	}
	xcr0 = cpuid(0xd, 0).eax & COMPONENTS;
	pattern = (u32)boot_option("pattern", 1);
	iterations = boot_option("iterations", 100);
	test_xcr0();
	n = smp_start();
	print("XCR0 0x%lx, pattern %u, %u CPUs\n", xcr0, pattern, n);
	smp_call_all(work, NULL);
	test_check("xsave.state-kept", !mismatches, "%u of %u rounds",
		   mismatches, rounds_done);
	test_equal("xsave.all-rounds", rounds_done, n * iterations);
	if (xcr0 & 0xe0)
		test_pass("xsave.avx512");
	else
		test_skip("xsave.avx512", "no AVX-512");
	return 0;
}
