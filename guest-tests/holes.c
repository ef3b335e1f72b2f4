/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest-physical addresses without anything behind them: reads give all ones,
 * writes vanish, page tables and code that point there raise a fault in the
 * guest or stop it, but never harm the host.
 */
#include "lib/guest.h"

static void test_hole(const char *name, u64 gpa)
{
	volatile u64 *p;

	if (gpa >= phys_limit()) {
		test_skip(name, "beyond the physical address width");
		return;
	}
	p = page_window(1, gpa);
	*p = 0x0123456789abcdef;
	if (*p == 0 && !cpu_noexit())
		test_skip(name, "platform reads 0 there");
	else
		test_equal(name, *p, ~0ull);
}

static void test_places(void)
{
	u64 top = (ram_top() + PAGE_2M - 1) & ~(PAGE_2M - 1);

	test_hole("holes.above-low-ram", page_hole());
	test_hole("holes.above-all-ram", top < 4 * GIB ? 4 * GIB : top);
	test_hole("holes.8-gib", 8 * GIB + 0x1238);
	test_hole("holes.64-gib", 64 * GIB);
	test_hole("holes.1-tib", BIT(40));
	test_hole("holes.last-page", phys_limit() - PAGE_SIZE);
	test_hole("holes.between-apics", 0xfed80000);
	if (cpu_noexit())
		test_hole("holes.hpet", 0xfed00000);
	else
		test_skip("holes.hpet", "no Noexit: may have an HPET");
	test_hole("holes.tpm", 0xfed40000);
}

/* RAM on one page, nothing on the next: each half of one access is its own. */
static void test_straddle(void)
{
	u64 ram = page_free_base() + 16 * PAGE_SIZE, old;
	u64 *pte = page_pte(ram + PAGE_SIZE), val;

	old = *pte;
	*(u32 *)(ram + PAGE_SIZE - 4) = 0x13572468;
	page_set(ram + PAGE_SIZE, page_hole() | PTE_P | PTE_W);
	val = *(volatile u64 *)(ram + PAGE_SIZE - 4);
	page_set(ram + PAGE_SIZE, old);
	test_equal("holes.straddle", val,
		   0x13572468 | (page_hole_value() & ~0xffffffffull));
}

/*
 * A page table in the hole: all ones is an entry with reserved bits set; 0
 * (bare QEMU) is an absent one.
 */
static void test_table_in_hole(void)
{
	u64 old = page_dir_pointers[5];
	struct trap t;

	if (!cpu_noexit() && !page_hole_value()) {
		test_skip("holes.page-table", "platform reads 0 there");
		return;
	}
	page_dir_pointers[5] = page_hole() | PTE_P | PTE_W | PTE_U;
	t = TRAP_OF(asm volatile("mov (%0), %%al" :: "r"(5 * GIB) : "rax"));
	page_dir_pointers[5] = old;
	write_cr3(read_cr3());
	test_check("holes.page-table", t.vector == VEC_PF,
		   "vector %u error 0x%x", t.vector, t.error);
}

/*
 * Code in the hole would be a row of 0xff bytes, an invalid opcode. The
 * hypervisor may also stop this VM: asked for by "execute=1" only.
 */
static void test_execute(void)
{
	struct trap t;

	if (!boot_option("execute", 0)) {
		test_skip("holes.execute", "only with execute=1");
		return;
	}
	print("BEGIN holes.execute\n");
	t = TRAP_OF(asm volatile("call *%0" :: "r"(page_hole()) : "memory"));
	test_check("holes.execute", t.vector != VEC_NONE, "came back");
}

int main(void)
{
	test_places();
	test_straddle();
	test_table_in_hole();
	test_execute();
	return 0;
}
