/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/exit_cr.c: what a guest may do to CR0 and CR4. */
#include "vmx/vcpu.h"

#include "tests/unit/vmx/fixture.h"

#define CR0_LONG (CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG)

static enum exit_result mov_to(u32 cr, u64 value)
{
	fix_vcpu->gpr[RDX] = value;
	FIX_SET(VMCS_EXIT_QUALIFICATION, cr | RDX << 8);
	return fix_exit(EXIT_CR);
}

static void protected_mode(void)
{
	FIX_SET(VMCS_GUEST_CR0, CR0_PE | CR0_ET | CR0_NE);
	FIX_SET(VMCS_CR0_SHADOW, CR0_PE | CR0_ET | CR0_NE);
	FIX_SET(VMCS_GUEST_CR4, CR4_VMXE | CR4_MCE);
	FIX_SET(VMCS_CR4_SHADOW, 0);
	FIX_SET(VMCS_GUEST_EFER, 0);
	FIX_SET(VMCS_GUEST_AR(SEG_CS), 0xc09b);
	FIX_SET(VMCS_GUEST_AR(SEG_TR), 0x8b);
	FIX_SET(VMCS_ENTRY_CTLS, 0);
}

TEST(masks_own_what_must_not_reach_the_machine)
{
	fix_init();
	EXPECT_EQ(FIX_GET(VMCS_CR0_MASK), CR0_CD | CR0_NW | CR0_NE);
	EXPECT(FIX_GET(VMCS_CR4_MASK) & CR4_VMXE);
	EXPECT(FIX_GET(VMCS_CR4_MASK) & CR4_MCE);
	EXPECT(FIX_GET(VMCS_CR4_MASK) & CR4_LA57);
	EXPECT(FIX_GET(VMCS_CR4_MASK) & BIT(63));
	EXPECT(!(FIX_GET(VMCS_CR4_MASK) & (CR4_PAE | CR4_PGE | CR4_SMEP |
					   CR4_OSXSAVE | CR4_PCIDE)));
}

TEST(cache_disable_shows_in_the_shadow_only)
{
	fix_init();
	EXPECT_EQ(mov_to(0, CR0_LONG | CR0_CD | CR0_NW), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR0), CR0_LONG);
	EXPECT_EQ(FIX_GET(VMCS_CR0_SHADOW), CR0_LONG | CR0_CD | CR0_NW);
	EXPECT_EQ(mov_to(0, CR0_LONG & ~CR0_NE), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR0), CR0_LONG);
	EXPECT_EQ(FIX_GET(VMCS_CR0_SHADOW), CR0_LONG & ~CR0_NE);
	EXPECT(fix_vcpu->work & WORK_FLUSH_VPID);
}

TEST(cr0_combinations_that_fault)
{
	fix_init();
	EXPECT_EQ(mov_to(0, CR0_LONG | CR0_NW), EXIT_GP);
	EXPECT_EQ(mov_to(0, CR0_PG | CR0_CD), EXIT_GP);
	EXPECT_EQ(mov_to(0, CR0_LONG | BIT(32)), EXIT_GP);
	/* Paging cannot be left from 64-bit mode. */
	EXPECT_EQ(mov_to(0, (CR0_LONG & ~CR0_PG) | CR0_CD), EXIT_GP);
}

TEST(paging_on_enters_long_mode)
{
	fix_init();
	protected_mode();
	FIX_SET(VMCS_GUEST_EFER, EFER_LME);
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG | CR0_CD), EXIT_GP); /* PAE */
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_VMXE);
	FIX_SET(VMCS_GUEST_AR(SEG_TR), 0x83);
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG | CR0_CD), EXIT_GP);
	FIX_SET(VMCS_GUEST_AR(SEG_TR), 0x8b);
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG | CR0_CD), EXIT_SKIP);
	EXPECT(FIX_GET(VMCS_GUEST_EFER) & EFER_LMA);
	EXPECT(FIX_GET(VMCS_ENTRY_CTLS) & ENTRY_CTL_IA32E);
	/* From compatibility mode it can be left again. */
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_CD), EXIT_SKIP);
	EXPECT(!(FIX_GET(VMCS_GUEST_EFER) & EFER_LMA));
	EXPECT(!(FIX_GET(VMCS_ENTRY_CTLS) & ENTRY_CTL_IA32E));
	FIX_SET(VMCS_GUEST_AR(SEG_CS), 0xa09b);
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG | CR0_CD), EXIT_GP); /* CS.L */
}

TEST(pcide_keeps_paging_on)
{
	fix_init();
	FIX_SET(VMCS_GUEST_AR(SEG_CS), 0xc09b);
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_PCIDE);
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_CD), EXIT_GP);
}

TEST(pae_paging_loads_pdptes)
{
	u64 *pdpt;

	fix_init();
	protected_mode();
	pdpt = fix_ram(0x5020);
	pdpt[0] = 0x6001;
	pdpt[3] = 0x9001;
	FIX_SET(VMCS_GUEST_CR3, 0x5020);
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_VMXE);
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG | CR0_CD), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_PDPTE(0)), 0x6001);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_PDPTE(3)), 0x9001);
	/* CD changes while PAE paging is on: loaded again, and checked. */
	pdpt[1] = 0x7003;
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG), EXIT_GP);
	pdpt[1] = 0x7001;
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_PDPTE(1)), 0x7001);
	/* A table outside of RAM. */
	FIX_SET(VMCS_GUEST_CR3, 0xf0000000);
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_PG | CR0_CD), EXIT_GP);
	EXPECT_EQ(mov_to(4, CR4_PAE | CR4_PGE), EXIT_GP);
}

TEST(outside_64_bit_mode_the_upper_half_is_ignored)
{
	fix_init();
	protected_mode();
	EXPECT_EQ(mov_to(0, CR0_PE | CR0_CD | 0xdeadull << 32), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_CR0_SHADOW), CR0_PE | CR0_CD | CR0_ET);
}

TEST(cr4_bits_of_hidden_features_fault)
{
	static const u64 refused[] = { CR4_VMXE, CR4_SMXE, CR4_LA57, CR4_CET,
				       CR4_PKS, CR4_UINTR, BIT(15), BIT(19),
				       BIT(26), BIT(63) };

	fix_init();
	for (u32 i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ(mov_to(4, CR4_PAE | refused[i]), EXIT_GP);
	EXPECT_EQ(mov_to(4, CR4_PGE), EXIT_GP);		/* PAE in long mode */
}

TEST(cr4_mce_stays_on_in_the_machine)
{
	fix_init();
	EXPECT_EQ(mov_to(4, CR4_PAE), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR4), CR4_PAE | CR4_VMXE | CR4_MCE);
	EXPECT_EQ(FIX_GET(VMCS_CR4_SHADOW), CR4_PAE);
	EXPECT_EQ(mov_to(4, CR4_PAE | CR4_MCE | CR4_OSXSAVE), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_CR4_SHADOW), CR4_PAE | CR4_MCE | CR4_OSXSAVE);
}

TEST(pcide_wants_pcid_0_and_long_mode)
{
	fix_init();
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_VMXE);
	FIX_SET(VMCS_GUEST_CR3, 0x1001);
	EXPECT_EQ(mov_to(4, CR4_PAE | CR4_PCIDE), EXIT_GP);
	FIX_SET(VMCS_GUEST_CR3, 0x1000);
	EXPECT_EQ(mov_to(4, CR4_PAE | CR4_PCIDE), EXIT_SKIP);
	protected_mode();
	EXPECT_EQ(mov_to(4, CR4_PCIDE), EXIT_GP);
}

TEST(clts_and_lmsw)
{
	fix_init();
	FIX_SET(VMCS_GUEST_CR0, CR0_LONG | CR0_TS);
	FIX_SET(VMCS_CR0_SHADOW, CR0_LONG);
	FIX_SET(VMCS_EXIT_QUALIFICATION, 2 << 4);
	EXPECT_EQ(fix_exit(EXIT_CR), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR0), CR0_LONG);
	FIX_SET(VMCS_EXIT_QUALIFICATION, 3 << 4 | 0xfull << 16);
	EXPECT_EQ(fix_exit(EXIT_CR), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR0),
		  CR0_LONG | CR0_TS | CR0_EM | CR0_MP);
	/* LMSW does not clear PE. */
	FIX_SET(VMCS_EXIT_QUALIFICATION, 3 << 4);
	EXPECT_EQ(fix_exit(EXIT_CR), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR0), CR0_LONG);
}

TEST(rsp_is_a_source_too_and_other_exits_have_no_handler)
{
	fix_init();
	FIX_SET(VMCS_GUEST_RSP, CR0_LONG | CR0_CD);
	FIX_SET(VMCS_EXIT_QUALIFICATION, RSP << 8);
	EXPECT_EQ(fix_exit(EXIT_CR), EXIT_SKIP);
	EXPECT(FIX_GET(VMCS_CR0_SHADOW) & CR0_CD);
	EXPECT_EQ(mov_to(3, 0), EXIT_STOP);
	FIX_SET(VMCS_EXIT_QUALIFICATION, 1 << 4);
	EXPECT_EQ(fix_exit(EXIT_CR), EXIT_STOP);
}
