/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/gva.c: page-table walks of all paging modes. */
#include "vmx/gva.h"

#include "tests/unit/vmx/fixture.h"

static struct gva_mode mode;
static struct gva_fault fault;
static u64 gpa;

static int walk(u64 gva, u32 access)
{
	fault = (struct gva_fault){ 0 };
	gpa = ~0ull;
	gva_mode_read(&mode);
	return gva_translate(fix_vcpu, &mode, gva, access, &gpa, &fault);
}

static void user_mode(void)
{
	FIX_SET(VMCS_GUEST_AR(SEG_SS), 0xc0f3);
}

TEST(paging_off_is_identity_in_32_bits)
{
	fix_init();
	FIX_SET(VMCS_GUEST_CR0, CR0_PE | CR0_NE);
	FIX_SET(VMCS_GUEST_EFER, 0);
	EXPECT_EQ(walk(0x1234567890, PF_WRITE), 0);
	EXPECT_EQ(gpa, 0x34567890);
}

TEST(four_levels)
{
	u64 *pd, *pdpt;

	fix_init();
	EXPECT_EQ(walk(0x7123, PF_WRITE), 0);
	EXPECT_EQ(gpa, 0x7123);
	pd = fix_ram(0x3000);
	pd[1] = 0x600000 | 0x1083;		/* PS; bit 12 is PAT */
	EXPECT_EQ(walk(0x2abcde, 0), 0);
	EXPECT_EQ(gpa, 0x6abcde);
	pdpt = fix_ram(0x2000);
	pdpt[1] = 0x80000000 | 0x83;
	EXPECT_EQ(walk(0x52345678, 0), 0);
	EXPECT_EQ(gpa, 0x92345678);
}

TEST(what_is_absent)
{
	u64 *pt;

	fix_init();
	EXPECT_EQ(walk(0x8000000000, PF_WRITE), -EFAULT);
	EXPECT_EQ(fault.vector, VECTOR_PF);
	EXPECT_EQ(fault.error, PF_WRITE);
	EXPECT_EQ(fault.gva, 0x8000000000);
	pt = fix_ram(0x4000);
	pt[9] = 0;
	EXPECT_EQ(walk(0x9000, PF_FETCH), -EFAULT);
	EXPECT_EQ(fault.error, PF_FETCH);
	/* A table where no RAM is. */
	FIX_SET(VMCS_GUEST_CR3, 0x40000000);
	EXPECT_EQ(walk(0x9000, 0), -EFAULT);
	EXPECT_EQ(fault.error, 0);
}

TEST(not_canonical_is_gp)
{
	fix_init();
	EXPECT_EQ(walk(0x800000000000, 0), -EFAULT);
	EXPECT_EQ(fault.vector, VECTOR_GP);
	EXPECT_EQ(gva_inject(fix_vcpu, &fault), EXIT_RESUME);
	EXPECT_EQ(fix_event() & INT_INFO_VECTOR, VECTOR_GP);
}

TEST(supervisor_rights)
{
	u64 *pt;

	fix_init();
	pt = fix_ram(0x4000);
	pt[7] = 0x7000 | 1;			/* read-only */
	EXPECT_EQ(walk(0x7000, PF_WRITE), -EFAULT);
	EXPECT_EQ(fault.error, PF_PRESENT | PF_WRITE);
	FIX_SET(VMCS_GUEST_CR0, FIX_GET(VMCS_GUEST_CR0) & ~CR0_WP);
	EXPECT_EQ(walk(0x7000, PF_WRITE), 0);
	pt[7] = 0x7000 | 7;
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_SMEP | CR4_SMAP);
	EXPECT_EQ(walk(0x7000, PF_FETCH), -EFAULT);
	EXPECT_EQ(fault.error, PF_PRESENT | PF_FETCH);
	EXPECT_EQ(walk(0x7000, 0), -EFAULT);
	FIX_SET(VMCS_GUEST_RFLAGS, BIT(18));	/* AC */
	EXPECT_EQ(walk(0x7000, 0), 0);
	pt[7] = 0x7000 | 3 | BIT(63);
	EXPECT_EQ(walk(0x7000, PF_FETCH), -EFAULT);
	EXPECT_EQ(walk(0x7000, PF_WRITE), 0);
}

TEST(user_rights)
{
	u64 *pt;

	fix_init();
	user_mode();
	EXPECT_EQ(walk(0x7000, 0), -EFAULT);
	EXPECT_EQ(fault.error, PF_PRESENT | PF_USER);
	pt = fix_ram(0x4000);
	pt[7] = 0x7000 | 5;
	EXPECT_EQ(walk(0x7000, 0), 0);
	EXPECT_EQ(walk(0x7000, PF_WRITE), -EFAULT);
	EXPECT_EQ(fault.error, PF_PRESENT | PF_USER | PF_WRITE);
}

TEST(reserved_bits)
{
	u64 *pt, *pml4;

	fix_init();
	FIX_SET(VMCS_GUEST_EFER, EFER_LME | EFER_LMA);
	pt = fix_ram(0x4000);
	pt[7] |= BIT(63);			/* XD without NXE */
	EXPECT_EQ(walk(0x7000, PF_FETCH), -EFAULT);
	EXPECT_EQ(fault.error, PF_PRESENT | PF_RESERVED);
	pml4 = fix_ram(0x1000);
	pml4[0] |= BIT(7);
	EXPECT_EQ(walk(0x8000, 0), -EFAULT);
	EXPECT_EQ(fault.error, PF_PRESENT | PF_RESERVED);
}

TEST(pae_uses_the_copies_in_the_vmcs)
{
	u64 *pd;

	fix_init();
	FIX_SET(VMCS_GUEST_EFER, 0);
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE);
	FIX_SET(VMCS_GUEST_PDPTE(0), 0x3000 | 1);
	FIX_SET(VMCS_GUEST_PDPTE(1), 0);
	FIX_SET(VMCS_GUEST_PDPTE(3), 0x3000 | 1);
	EXPECT_EQ(walk(0x7123, PF_WRITE), 0);
	EXPECT_EQ(gpa, 0x7123);
	EXPECT_EQ(walk(0x40000000, 0), -EFAULT);
	pd = fix_ram(0x3000);
	pd[511] = 0xa00000 | 0x83;
	EXPECT_EQ(walk(0xffffffff, 0), 0);
	EXPECT_EQ(gpa, 0xbfffff);
}

TEST(thirty_two_bit_paging)
{
	u32 *pd, *pt;

	fix_init();
	FIX_SET(VMCS_GUEST_EFER, 0);
	FIX_SET(VMCS_GUEST_CR4, CR4_PSE);
	FIX_SET(VMCS_GUEST_CR3, 0x10000);
	pd = fix_ram(0x10000);
	pt = fix_ram(0x11000);
	pd[0] = 0x11000 | 3;
	pt[5] = 0x12000 | 1;
	EXPECT_EQ(walk(0x5678, 0), 0);
	EXPECT_EQ(gpa, 0x12678);
	EXPECT_EQ(walk(0x5678, PF_WRITE), -EFAULT);
	EXPECT_EQ(walk(0x6000, 0), -EFAULT);
	EXPECT_EQ(walk(0x400000, 0), -EFAULT);
	/* PSE-36: bits 39:32 in 20:13. */
	pd[1] = 0x00c00000 | 1 << 13 | 0x83;
	EXPECT_EQ(walk(0x456789, 0), 0);
	EXPECT_EQ(gpa, 0x100c56789);
	FIX_SET(VMCS_GUEST_CR4, 0);		/* then it is a table */
	EXPECT_EQ(walk(0x456789, 0), -EFAULT);
}

TEST(copies_cross_pages_and_holes)
{
	u8 buf[16], out[16];
	u64 *pt;

	fix_init();
	pt = fix_ram(0x4000);
	pt[8] = 0x20000 | 3;
	memset(fix_ram(0x7ff8), 0x11, 8);
	memset(fix_ram(0x20000), 0x22, 8);
	EXPECT_EQ(walk(0, 0), 0);
	EXPECT_EQ(gva_read(fix_vcpu, &mode, 0x7ff8, buf, 16, 0, &fault), 0);
	EXPECT_EQ(buf[7], 0x11);
	EXPECT_EQ(buf[8], 0x22);
	memset(out, 0x33, sizeof(out));
	EXPECT_EQ(gva_write(fix_vcpu, &mode, 0x7ff8, out, 16, &fault), 0);
	EXPECT_MEM(fix_ram(0x7ff8), out, 8);
	EXPECT_MEM(fix_ram(0x20000), out, 8);
	pt[8] = 0xc0000000 | 3;
	EXPECT_EQ(gva_read(fix_vcpu, &mode, 0x8000, buf, 4, 0, &fault), 0);
	EXPECT_EQ(buf[3], 0xff);
	EXPECT_EQ(gva_write(fix_vcpu, &mode, 0x8000, out, 4, &fault), 0);
	pt[8] = 0;
	EXPECT_EQ(gva_read(fix_vcpu, &mode, 0x7ff8, buf, 16, 0, &fault),
		  -EFAULT);
	EXPECT_EQ(fault.gva, 0x8000);
	EXPECT_EQ(gva_write(fix_vcpu, &mode, 0x7ff8, out, 16, &fault),
		  -EFAULT);
	EXPECT_EQ(gva_probe(fix_vcpu, &mode, 0x7ff8, 8, PF_WRITE, &fault), 0);
	EXPECT_EQ(gva_probe(fix_vcpu, &mode, 0x7ff9, 8, PF_WRITE, &fault),
		  -EFAULT);
	EXPECT_EQ(gva_inject(fix_vcpu, &fault), EXIT_RESUME);
	EXPECT_EQ(hw_regs.cr2, fault.gva);
}
