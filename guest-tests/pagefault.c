/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults: error code and CR2 for each cause, accessed and dirty bits,
 * and INVLPG, CR3 and CR4 changes that must drop stale translations.
 */
#include "lib/guest.h"

static u64 page;	/* a free page with a PTE of its own */
static u64 pte;		/* its usual entry */

static void do_read(void *addr)
{
	asm volatile("mov (%0), %%al" :: "r"(addr) : "rax", "memory");
}

static void do_write(void *addr)
{
	asm volatile("movb $1, (%0)" :: "r"(addr) : "memory");
}

static void do_call(void *addr)
{
	asm volatile("call *%0" :: "r"(addr) : "memory");
}

static void fault(const char *name, void (*fn)(void *), bool user, u64 entry,
		  u32 error)
{
	void *addr = (void *)(page + 0x123);
	struct trap t;

	page_set(page, entry);
	t = user ? user_call(fn, addr, 2) : TRAP_OF(fn(addr));
	page_set(page, pte);
	if (t.vector == VEC_PF && t.cr2 != (u64)addr)
		test_fail(name, "cr2 0x%lx, wanted 0x%lx", t.cr2, (u64)addr);
	else
		test_trap(name, t, error == VEC_NONE ? VEC_NONE : VEC_PF,
			  error);
}

static void test_causes(void)
{
	fault("pf.read-absent", do_read, false, pte & ~PTE_P, 0);
	fault("pf.write-absent", do_write, false, pte & ~PTE_P, 2);
	fault("pf.user-read-absent", do_read, true, pte & ~PTE_P, 4);
	fault("pf.user-write-absent", do_write, true, pte & ~PTE_P, 6);
	fault("pf.write-read-only", do_write, false, pte & ~PTE_W, 3);
	fault("pf.user-write-read-only", do_write, true, pte & ~PTE_W, 7);
	fault("pf.user-read-supervisor", do_read, true, pte & ~PTE_U, 5);
	if (!test_tcg_gap("pf.reserved-bit", "clears P in the error code"))
		fault("pf.reserved-bit", do_read, false, pte | BIT(51), 9);
	fault("pf.read-allowed", do_read, false, pte & ~(PTE_W | PTE_U),
	      VEC_NONE);
	write_cr0(read_cr0() & ~CR0_WP);
	fault("pf.write-without-wp", do_write, false, pte & ~PTE_W, VEC_NONE);
	write_cr0(read_cr0() | CR0_WP);
}

/* With EFER.NXE clear bit 63 is reserved; with it set a fetch faults. */
static void test_nx(void)
{
	u64 efer = rdmsr(MSR_EFER);

	*(u8 *)(page + 0x123) = 0xc3;
	wrmsr(MSR_EFER, efer & ~EFER_NXE);
	if (!test_tcg_gap("pf.nx-reserved", "clears P in the error code"))
		fault("pf.nx-reserved", do_read, false, pte | PTE_NX, 9);
	wrmsr(MSR_EFER, efer | EFER_NXE);
	fault("pf.nx-read", do_read, false, pte | PTE_NX, VEC_NONE);
	fault("pf.nx-fetch", do_call, false, pte | PTE_NX, 0x11);
	fault("pf.nx-user-fetch", do_call, true, pte | PTE_NX, 0x15);
	*(u8 *)(page + 0x123) = 0xc3;
	fault("pf.fetch-allowed", do_call, false, pte, VEC_NONE);
	wrmsr(MSR_EFER, efer);
}

static void test_protection_key(void)
{
	u64 cr4 = read_cr4();

	if (!(cpuid(7, 0).ecx & BIT(3))) {
		test_skip("pf.protection-key", "no PKU");
		return;
	}
	write_cr4(cr4 | CR4_PKE);
	asm volatile("wrpkru" :: "a"(0x2c), "c"(0), "d"(0));
	fault("pf.protection-key", do_read, true, pte | BIT(59), 0x25);
	fault("pf.protection-key-write", do_write, true, pte | BIT(60), 0x27);
	asm volatile("wrpkru" :: "a"(0), "c"(0), "d"(0));
	write_cr4(cr4);
}

static void test_accessed_dirty(void)
{
	u64 *entry = page_pte(page);
	u64 clean = pte & ~(PTE_A | PTE_D), read, written;

	page_set(page, clean);
	do_read((void *)page);
	read = *entry & (PTE_A | PTE_D);
	do_write((void *)page);
	written = *entry & (PTE_A | PTE_D);
	page_set(page, pte);
	test_equal("pf.accessed", read, PTE_A);
	test_equal("pf.dirty", written, PTE_A | PTE_D);
}

/* Two physical pages behind one address; each flush must switch them. */
static void test_flushes(void)
{
	volatile u64 *view = (u64 *)page;
	u64 other = (page_pte(page + PAGE_SIZE)[0] & ~0xffful) |
		    (pte & 0xfff), cr4 = read_cr4();

	view[0] = 1;
	view[PAGE_SIZE / 8] = 2;
	page_set(page, other);
	test_equal("pf.invlpg", view[0], 2);
	*page_pte(page) = pte;
	write_cr3(read_cr3());
	test_equal("pf.cr3-write", view[0], 1);
	if (!(cpuid(1, 0).edx & BIT(13))) {
		test_skip("pf.global-toggle", "no PGE");
		return;
	}
	write_cr4(cr4 | BIT(7));
	page_set(page, pte | BIT(8));
	(void)view[0];
	*page_pte(page) = other;
	write_cr4(cr4 & ~BIT(7));
	test_equal("pf.global-toggle", view[0], 2);
	write_cr4(cr4);
	page_set(page, pte);
}

int main(void)
{
	page = page_free_base() + 0x10000;
	pte = *page_pte(page) | PTE_A | PTE_D;
	page_set(page, pte);
	test_causes();
	test_nx();
	test_protection_key();
	test_accessed_dirty();
	test_flushes();
	return 0;
}
