/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every processor mode and the ways between them: long to protected (without
 * paging, with 32-bit paging, with PAE), real, virtual-8086 and compatibility
 * mode, and back, again and again.
 */
#include "lib/guest.h"

extern u8 real_code[], real_code_end[], pm_legacy[], pm_segment_base[],
	  pm_state[], pm_mmio[], pm_alias[], pm_pae_reload[], pm_real[],
	  pm_v86[];
extern u32 mode_data, v86_gate_address;
extern u64 v86_idt[4];
extern u32 v86_tss[26];

u64 pae_pointers[4] __attribute__((aligned(32)));
static u64 pae_dirs[2][512] __attribute__((aligned(4096)));
static u32 legacy_dir[1024] __attribute__((aligned(4096)));

static u32 run(const u8 *fn, const void *cr3, u64 cr4_bits)
{
	u32 ret;

	cli();
	ret = mode_run32((u32)(u64)fn, (u32)(u64)cr3, (u32)cr4_bits);
	trap_load_idt();
	return ret;
}

/* The second GiB shows the first 2 MiB, or the 2 MiB after them. */
static void build_tables(void)
{
	u32 i;

	for (i = 0; i < 1024; i++)
		legacy_dir[i] = i << 22 | 0x87;
	legacy_dir[256] = 0x87;
	for (i = 0; i < 512; i++) {
		pae_dirs[0][i] = 0x87;
		pae_dirs[1][i] = 0x87 | PAGE_2M;
	}
	pae_pointers[0] = (u64)&page_dirs[0] | 1;
	pae_pointers[1] = (u64)pae_dirs[0] | 1;
	pae_pointers[2] = (u64)pae_dirs[1] | 1;
	pae_pointers[3] = (u64)&page_dirs[3 * 512] | 1;
}

static void test_protected(void)
{
	test_equal("modes.protected-state", run(pm_state, NULL, 0), 1);
	test_equal("modes.protected-legacy", run(pm_legacy, NULL, 0), 0x37);
	test_equal("modes.segment-base", run(pm_segment_base, NULL, 0),
		   0x600dda7a);
	test_equal("modes.protected-mmio", run(pm_mmio, NULL, 0), 0x32323232);
	test_equal("modes.long-again", rdmsr(MSR_EFER) &
		   (EFER_LME | EFER_LMA), EFER_LME | EFER_LMA);
}

static void test_paging(void)
{
	u32 *other = (u32 *)((u64)&mode_data + PAGE_2M), old = *other;

	mode_data = 0xdada0001;
	test_equal("modes.paging-32-state", run(pm_state, legacy_dir, CR4_PSE),
		   3);
	test_equal("modes.paging-32", run(pm_alias, legacy_dir, CR4_PSE),
		   0xdada0001);
	test_equal("modes.pae-state", run(pm_state, pae_pointers, CR4_PAE), 3);
	test_equal("modes.pae", run(pm_alias, pae_pointers, CR4_PAE),
		   0xdada0001);
	*other = 0xdada0002;
	test_equal("modes.pae-cr3-reloads",
		   run(pm_pae_reload, pae_pointers, CR4_PAE), 0xdada0002);
	*other = old;
}

static void copy_real(void)
{
	memcpy((void *)LOW_REAL, real_code,
	       (size_t)(real_code_end - real_code));
}

static void test_real(void)
{
	volatile u32 *ivt = (u32 *)(0x40 * 4ul);
	u32 old;

	asm volatile("" : "+r"(ivt));
	old = *ivt;
	copy_real();
	test_equal("modes.real", run(pm_real, NULL, 0), 8);
	*ivt = old;
}

/* A 32-bit TSS in the spare slot; the 64-bit one is loaded again after. */
static void test_v86(void)
{
	struct cpu *cpu = this_cpu();
	u64 tss = (u64)v86_tss, gate = v86_gate_address;
	u32 ax;

	copy_real();
	v86_tss[2] = SEL_DATA;
	cpu->gdt[SEL_SPARE / 8] = 103 | (tss & 0xffffff) << 16 |
		0x890000000000ul | (tss >> 24) << 56;
	v86_idt[3] = (gate & 0xffff) | SEL_CODE32 << 16 | 0xee0000000000ul |
		(gate >> 16) << 48;
	ax = run(pm_v86, NULL, 0);
	cpu->gdt[SEL_TSS / 8] &= ~BIT(41);
	asm volatile("ltr %w0" :: "r"(SEL_TSS));
	test_equal("modes.v86", ax, BIT(31) | (0x2bad ^ 0x5555));
}

static void test_again(void)
{
	u32 i, bad = 0;

	for (i = 0; i < 50; i++) {
		mode_data = i;
		bad += run(pm_alias, legacy_dir, CR4_PSE) != i;
		bad += run(pm_alias, pae_pointers, CR4_PAE) != i;
		bad += run(pm_state, NULL, 0) != 1;
	}
	test_check("modes.50-round-trips", !bad, "%u wrong", bad);
}

/* An interrupt after all of it: IDT, TSS and APIC survived. */
static void test_alive(void)
{
	test_trap("modes.exceptions-after", TRAP_OF(asm volatile("ud2")),
		  VEC_UD, 0);
	this_cpu()->stray = 0;
	apic_icr(0, ICR_SELF | ICR_ASSERT | 0x55);
	sti();
	delay_us(1000);
	cli();
	apic_eoi();
	test_equal("modes.interrupts-after", this_cpu()->stray, 1);
}

int main(void)
{
	build_tables();
	test_protected();
	test_paging();
	test_real();
	test_v86();
	test_again();
	test_alive();
	return 0;
}
