/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The leaves of CPUID agree with each other and with the machine: topology,
 * feature words, XSAVE sizes, TSC frequency, hypervisor leaves; and the bits
 * that mirror guest state (OSXSAVE, APIC) follow that state.
 */
#include "lib/guest.h"

static void test_basic(void)
{
	struct cpuid c = cpuid(0, 0);
	u32 vendor[3] = { c.ebx, c.edx, c.ecx };

	test_check("cpuid.max-leaf", c.eax >= 0xd, "0x%x", c.eax);
	if (cpu_noexit())
		test_check("cpuid.vendor", !memcmp(vendor, "GenuineIntel", 12),
			   "not GenuineIntel");
	else
		test_skip("cpuid.vendor", "no Noexit");
	c = cpuid(0x80000000, 0);
	test_check("cpuid.max-extended", c.eax >= 0x80000008, "0x%x", c.eax);
}

static void test_features(void)
{
	struct cpuid c = cpuid(1, 0), ext = cpuid(0x80000001, 0);
	u32 need = BIT(0) | BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(15) |
		   BIT(24) | BIT(25) | BIT(26);

	test_equal("cpuid.1-edx-baseline", c.edx & need, need);
	test_check("cpuid.long-mode", ext.edx & BIT(29), "edx 0x%x", ext.edx);
	test_equal("cpuid.initial-apic-id", c.ebx >> 24, apic_id() & 0xff);
	test_equal("cpuid.clflush-8", c.ebx >> 8 & 0xff, 8);
	test_check("cpuid.apic-bit", c.edx & BIT(9), "clear");
	if (!cpu_noexit()) {
		test_skip("cpuid.no-vmx", "no Noexit");
		return;
	}
	test_check("cpuid.no-vmx", !(c.ecx & (BIT(5) | BIT(6) | BIT(15))),
		   "ecx 0x%x shows VMX, SMX or PDCM", c.ecx);
}

/* OSXSAVE follows CR4.OSXSAVE; OSPKE follows CR4.PKE. */
static void test_dynamic_cr4(void)
{
	u64 cr4 = read_cr4();
	u32 set, clear;

	if (cpuid(1, 0).ecx & BIT(26)) {
		write_cr4(cr4 | CR4_OSXSAVE);
		set = cpuid(1, 0).ecx;
		write_cr4(cr4 & ~CR4_OSXSAVE);
		clear = cpuid(1, 0).ecx;
		write_cr4(cr4);
		test_check("cpuid.osxsave", (set & BIT(27)) &&
			   !(clear & BIT(27)), "0x%x 0x%x", set, clear);
	} else {
		test_skip("cpuid.osxsave", "no XSAVE");
	}
	if (cpuid(7, 0).ecx & BIT(3)) {
		write_cr4(cr4 | CR4_PKE);
		set = cpuid(7, 0).ecx;
		write_cr4(cr4 & ~CR4_PKE);
		clear = cpuid(7, 0).ecx;
		write_cr4(cr4);
		test_check("cpuid.ospke", (set & BIT(4)) && !(clear & BIT(4)),
			   "0x%x 0x%x", set, clear);
	} else {
		test_skip("cpuid.ospke", "no PKU");
	}
}

/* Last: on bare emulators an APIC that was switched off stays off. */
static void test_dynamic_apic(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);
	u32 off;

	wrmsr(MSR_APIC_BASE, base & ~APIC_BASE_EN);
	off = cpuid(1, 0).edx;
	wrmsr(MSR_APIC_BASE, base);
	test_check("cpuid.apic-bit-off", !(off & BIT(9)), "edx 0x%x", off);
	if (cpu_noexit())
		test_check("cpuid.apic-bit-on", cpuid(1, 0).edx & BIT(9),
			   "edx 0x%x", cpuid(1, 0).edx);
	else
		test_skip("cpuid.apic-bit-on", "no Noexit");
}

static void test_leaf_b(void)
{
	struct cpuid c;
	u32 i, levels = 0, bad = 0;

	if (cpu_max_leaf() < 0xb || !cpuid(0xb, 0).ebx) {
		test_skip("cpuid.b", "no leaf 0xb");
		return;
	}
	for (i = 0; i < 8; i++) {
		c = cpuid(0xb, i);
		bad += c.edx != apic_id() || (c.ecx & 0xff) != i;
		if (!(c.ecx >> 8 & 0xff))
			break;
		levels++;
	}
	test_check("cpuid.b", levels && i < 8 && !bad,
		   "%u levels, %u bad", levels, bad);
}

static void test_leaf_4(void)
{
	struct cpuid c;
	u32 i;

	for (i = 0; i < 16; i++) {
		c = cpuid(4, i);
		if (!(c.eax & 0x1f))
			break;
		if ((c.eax & 0x1f) > 3 || !(c.eax >> 5 & 7))
			i = 16;
	}
	test_check("cpuid.4", i < 16, "no end or bad entry");
}

/* Architectural size of component n: leaf 0xd says size and offset. */
static u32 standard_size(u64 mask)
{
	u32 i, end, size = 576;
	struct cpuid c;

	for (i = 2; i < 63; i++) {
		if (!(mask & BIT(i)))
			continue;
		c = cpuid(0xd, i);
		end = c.eax + c.ebx;
		if (end > size)
			size = end;
	}
	return size;
}

static void test_leaf_d(void)
{
	struct cpuid c = cpuid(0xd, 0);
	u64 all = c.eax | (u64)c.edx << 32, cr4 = read_cr4(), old;
	u32 x87, full, lo, hi;

	if (!(cpuid(1, 0).ecx & BIT(26))) {
		test_skip("cpuid.d", "no XSAVE");
		return;
	}
	test_check("cpuid.d-has-x87-sse", (all & 3) == 3, "0x%lx", all);
	test_equal("cpuid.d-max-size", c.ecx, standard_size(all));
	write_cr4(cr4 | CR4_OSXSAVE);
	asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	old = lo | (u64)hi << 32;
	asm volatile("xsetbv" :: "a"(1), "d"(0), "c"(0));
	x87 = cpuid(0xd, 0).ebx;
	asm volatile("xsetbv" :: "a"((u32)all), "d"((u32)(all >> 32)), "c"(0));
	full = cpuid(0xd, 0).ebx;
	asm volatile("xsetbv" :: "a"((u32)old), "d"((u32)(old >> 32)), "c"(0));
	write_cr4(cr4);
	test_equal("cpuid.d-size-x87", x87, 576);
	test_equal("cpuid.d-size-all", full, c.ecx);
}

/* Leaf 0x15 is a promise about RDTSC; the APIC timer is the other clock. */
static void test_tsc_leaves(void)
{
	struct cpuid c;

	if (cpu_max_leaf() < 0x15 || !cpuid(0x15, 0).ecx) {
		test_skip("cpuid.15", "no TSC frequency in leaf 0x15");
		test_skip("cpuid.16", "no TSC frequency in leaf 0x15");
		return;
	}
	c = cpuid(0x15, 0);
	test_check("cpuid.15", c.eax && c.ebx && tsc_hz > 10000000,
		   "ratio %u/%u crystal %u", c.ebx, c.eax, c.ecx);
	if (cpu_max_leaf() < 0x16 || !cpuid(0x16, 0).eax) {
		test_skip("cpuid.16", "no leaf 0x16");
		return;
	}
	c = cpuid(0x16, 0);
	test_check("cpuid.16", c.eax <= 10000 && c.ebx >= c.eax,
		   "base %u max %u MHz", c.eax, c.ebx);
}

static void test_hypervisor(void)
{
	struct cpuid c = cpuid(0x40000000, 0);

	if (!cpu_noexit()) {
		test_skip("cpuid.kvm-signature", "no Noexit");
		test_skip("cpuid.kvm-features-0", "no Noexit");
		test_skip("cpuid.noexit-signature", "no Noexit");
		test_skip("cpuid.invariant-tsc", "no Noexit");
		return;
	}
	test_check("cpuid.kvm-signature", c.eax >= 0x40000001 &&
		   cpu_signature(0x40000000, "KVMKVMKVM\0\0\0"),
		   "max 0x%x", c.eax);
	test_equal("cpuid.kvm-features-0", cpuid(0x40000001, 0).eax, 0);
	test_check("cpuid.noexit-signature",
		   cpuid(0x40000100, 0).eax >= 0x40000101, "max 0x%x",
		   cpuid(0x40000100, 0).eax);
	test_check("cpuid.invariant-tsc", cpuid(0x80000007, 0).edx & BIT(8),
		   "bit clear");
}

static void test_addresses(void)
{
	struct cpuid c = cpuid(0x80000008, 0);
	u32 pa = c.eax & 0xff, va = c.eax >> 8 & 0xff;
	bool la57 = cpuid(7, 0).ecx & BIT(16);

	test_check("cpuid.physical-bits", pa >= 32 && pa <= 52, "%u", pa);
	test_equal("cpuid.linear-bits", va, la57 ? 57 : 48);
}

int main(void)
{
	test_basic();
	test_features();
	test_dynamic_cr4();
	test_leaf_4();
	test_leaf_b();
	test_leaf_d();
	test_tsc_leaves();
	test_hypervisor();
	test_addresses();
	test_dynamic_apic();
	return 0;
}
