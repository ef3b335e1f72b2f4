/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/ept.c, vmx/exit_ept.c. */
#include "vmx/vcpu.h"

#include "tests/unit/vmx/fixture.h"

#include "core/paging.h"

#define QUAL_READ	(BIT(0) | BIT(7) | BIT(8))
#define QUAL_WRITE	(BIT(1) | BIT(7) | BIT(8))
#define QUAL_FETCH	(BIT(2) | BIT(7) | BIT(8))
#define LEAF_RAM	(6ull << 3 | BIT(6) | 7)

static u64 leaf(u64 gpa, u8 *level)
{
	return pgtable_lookup(&fix_vm.ept, gpa, level);
}

static enum exit_result violation(u64 gpa, u64 qual)
{
	FIX_SET(VMCS_GUEST_PHYSICAL, gpa);
	FIX_SET(VMCS_EXIT_QUALIFICATION, qual);
	return fix_exit(EXIT_EPT_VIOLATION);
}

TEST(ram_is_write_back_in_large_pages)
{
	u8 level;

	fix_init();
	EXPECT_EQ(leaf(0x123000, &level), (fix_ram_hpa) | LEAF_RAM | BIT(7));
	EXPECT_EQ(level, 2);
	/* WB tables, 4 levels, A/D. */
	EXPECT_EQ(fix_vm.eptp & 0xfff, 0x5e);
	EXPECT_EQ(FIX_GET(VMCS_EPTP), fix_vm.eptp);
}

TEST(unmapped_ram_comes_back_on_access)
{
	u8 level;

	fix_init();
	EXPECT_EQ(guest_unmap(&fix_vm.guest, 0x5000, PAGE_SIZE), 0);
	EXPECT(fix_vcpu->se.requests & SCHED_REQ_TLB);
	EXPECT_EQ(leaf(0x5000, &level), 0);
	EXPECT_EQ(violation(0x5123, QUAL_WRITE), EXIT_RESUME);
	EXPECT_EQ(leaf(0x5000, &level), (fix_ram_hpa + 0x5000) | LEAF_RAM);
	EXPECT_EQ(level, 1);
	/* Stale or already restored by another vCPU. */
	EXPECT_EQ(violation(0x5123, QUAL_READ), EXIT_RESUME);
	EXPECT_EQ(fix_event(), 0);
}

TEST(the_interrupted_delivery_goes_on)
{
	fix_init();
	EXPECT_EQ(guest_unmap(&fix_vm.guest, 0x5000, PAGE_SIZE), 0);
	FIX_SET(VMCS_IDT_VECTORING_INFO, INT_INFO_VALID | 0x31);
	EXPECT_EQ(violation(0x5ff8, QUAL_WRITE), EXIT_RESUME);
	EXPECT_EQ(fix_event(), INT_INFO_VALID | 0x31);
}

TEST(iret_that_violated_keeps_nmis_blocked)
{
	fix_init();
	EXPECT_EQ(violation(0x5000, QUAL_READ | BIT(12)), EXIT_RESUME);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_INTERRUPTIBILITY), BLOCKING_BY_NMI);
}

TEST(holes)
{
	fix_init();
	/* Code in a hole is FF FF. */
	EXPECT_EQ(violation(0xc0000000, QUAL_FETCH), EXIT_UD);
	/* Page tables in a hole have reserved bits set. */
	FIX_SET(VMCS_GUEST_LINEAR, 0x123456);
	EXPECT_EQ(violation(0xc0000000, BIT(0) | BIT(1) | BIT(7)),
		  EXIT_RESUME);
	EXPECT_EQ(fix_event() & INT_INFO_VECTOR, VECTOR_PF);
	EXPECT_EQ(fix_vcpu->event.error, PF_PRESENT | PF_WRITE | PF_RESERVED);
	EXPECT_EQ(hw_regs.cr2, 0x123456);
	/* An IDT in a hole. */
	FIX_SET(VMCS_IDT_VECTORING_INFO, INT_INFO_VALID | 3 << 8 | 14);
	EXPECT_EQ(violation(0xc0000000, QUAL_READ), EXIT_STOP);
}

TEST(rom_reads_and_runs_but_does_not_change)
{
	u64 hpa;
	u8 level;

	fix_init();
	hpa = page_alloc_hpa(1, PAGE_SIZE);
	EXPECT_EQ(guest_add_slot(&fix_vm.guest, 0xffff0000, hpa, PAGE_SIZE,
				 true), 0);
	EXPECT_EQ(violation(0xffff0010, QUAL_FETCH), EXIT_RESUME);
	EXPECT_EQ(leaf(0xffff0000, &level) & 7, 5);
	EXPECT(!ept_restore(&fix_vm, 0xffff0010, true));
}

TEST(protection_of_mapped_pages)
{
	u64 hpa;
	u8 level;

	fix_init();
	hpa = page_alloc_hpa(1, PAGE_SIZE);
	EXPECT_EQ(guest_map(&fix_vm.guest, 0xd0000000, hpa, PAGE_SIZE,
			    GUEST_RO), 0);
	EXPECT_EQ(leaf(0xd0000000, &level) & 7, 1);
	EXPECT_EQ(guest_map(&fix_vm.guest, 0xd0000000, hpa, PAGE_SIZE,
			    GUEST_RW), 0);
	EXPECT_EQ(leaf(0xd0000000, &level) & 7, 3);
	EXPECT_EQ(guest_map(&fix_vm.guest, 0xd0000001, hpa, PAGE_SIZE,
			    GUEST_RW), -EINVAL);
}

TEST(apic_page_is_mapped_while_somebody_uses_it)
{
	u8 level;

	fix_init();
	EXPECT_EQ(leaf(VLAPIC_GPA, &level) & PTE_ADDR,
		  virt_to_hpa(fix_vm.apic_access));
	vcpu_load(this_cpu(), fix_vm.vcpu[1]);
	EXPECT_EQ(fix_vm.apic_users, 2);
	EXPECT_EQ(msr_write(fix_vm.vcpu[1], MSR_IA32_APIC_BASE, 0xfee00c00),
		  0);
	EXPECT(leaf(VLAPIC_GPA, &level) != 0);
	EXPECT_EQ(msr_write(fix_vcpu, MSR_IA32_APIC_BASE, 0xfee00d00), 0);
	EXPECT_EQ(leaf(VLAPIC_GPA, &level), 0);
	EXPECT(fix_vcpu->se.requests & SCHED_REQ_TLB);
	EXPECT(fix_vm.vcpu[1]->se.requests & SCHED_REQ_TLB);
}

TEST(no_memory_for_tables_stops_the_vm)
{
	fix_init();
	EXPECT_EQ(guest_unmap(&fix_vm.guest, 0x200000, SIZE_2M), 0);
	while (page_alloc())
		;
	EXPECT_EQ(violation(0x200000, QUAL_READ), EXIT_RESUME);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_UNHANDLED);
}
