/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/msr.c, vmx/msr_bitmap.c, vmx/exit_msr.c. */
#include "vmx/vcpu.h"

#include "tests/unit/vmx/fixture.h"

static u64 value;

static int rd(u32 msr)
{
	return msr_read(fix_vcpu, msr, &value);
}

static int wr(u32 msr, u64 v)
{
	return msr_write(fix_vcpu, msr, v);
}

static bool exits(const void *bitmap, u32 msr, bool write)
{
	u32 byte = (write ? 2048 : 0) + (msr >= 0xc0000000 ? 1024 : 0) +
		   (msr & 0x1fff) / 8;

	return ((const u8 *)bitmap)[byte] & BIT(msr % 8);
}

TEST(unknown_msrs_raise_gp_and_are_counted)
{
	static const u32 unknown[] = { 0, 0x79, 0x10b, 0x122, 0x186, 0x480,
				       0x49d, 0x560, 0x800, 0xda1, 0x1fff,
				       0xc0010015, 0xc0002000, 0x40000000,
				       0x4b564d00, 0xffffffff };

	fix_init();
	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_EQ(rd(unknown[i]), -EINVAL);
		EXPECT_EQ(wr(unknown[i], 0), -EINVAL);
	}
	EXPECT_EQ(fix_vcpu->unknown_msrs, 2 * ARRAY_SIZE(unknown));
}

TEST(constants)
{
	fix_init();
	EXPECT_EQ(rd(MSR_IA32_FEATURE_CONTROL), 0);
	EXPECT_EQ(value, 1);
	EXPECT_EQ(wr(MSR_IA32_FEATURE_CONTROL, 5), -EINVAL);
	EXPECT_EQ(rd(MSR_IA32_MTRRCAP), 0);
	EXPECT_EQ(value, 0);
	EXPECT_EQ(rd(MSR_IA32_MCG_CAP), 0);
	EXPECT_EQ(value, 0);
	EXPECT_EQ(rd(MSR_IA32_BIOS_SIGN_ID), 0);
	EXPECT_EQ(value, 0x2b000603ull << 32);
	EXPECT_EQ(wr(MSR_IA32_BIOS_SIGN_ID, 0), 0);
	/* TSX_CTRL, MISC_PKG_CTLS, ENERGY_FILTERING, DOITM, ... are gone. */
	EXPECT_EQ(rd(MSR_IA32_ARCH_CAPABILITIES), 0);
	EXPECT_EQ(value, 0x6ca8fdeb & 0x0d08e17f);
}

TEST(misc_enable_says_fast_strings)
{
	fix_init();
	EXPECT_EQ(rd(MSR_IA32_MISC_ENABLE), 0);
	EXPECT_EQ(value, 0x1801);
	EXPECT_EQ(wr(MSR_IA32_MISC_ENABLE, 0), 0);
	EXPECT_EQ(rd(MSR_IA32_MISC_ENABLE), 0);
	EXPECT_EQ(value, 0x1800);
	EXPECT_EQ(wr(MSR_IA32_MISC_ENABLE, BIT(63)), -EINVAL);
}

TEST(mtrr_default_type_is_checked)
{
	fix_init();
	EXPECT_EQ(rd(MSR_IA32_MTRR_DEF_TYPE), 0);
	EXPECT_EQ(value, 0x806);
	EXPECT_EQ(wr(MSR_IA32_MTRR_DEF_TYPE, 0xc04), 0);
	EXPECT_EQ(rd(MSR_IA32_MTRR_DEF_TYPE), 0);
	EXPECT_EQ(value, 0xc04);
	EXPECT_EQ(wr(MSR_IA32_MTRR_DEF_TYPE, 2), -EINVAL);
	EXPECT_EQ(wr(MSR_IA32_MTRR_DEF_TYPE, 7), -EINVAL);
	EXPECT_EQ(wr(MSR_IA32_MTRR_DEF_TYPE, 0x1006), -EINVAL);
}

TEST(tsc_and_adjust_move_together)
{
	u64 before;

	fix_init();
	hw_regs.tsc_step = 0;
	hw_regs.tsc = 1000000;
	EXPECT_EQ(wr(MSR_IA32_TSC, 5000), 0);
	EXPECT_EQ(FIX_GET(VMCS_TSC_OFFSET), (u64)5000 - 1000000);
	EXPECT_EQ(rd(MSR_IA32_TSC), 0);
	EXPECT_EQ(value, 5000);
	EXPECT_EQ(rd(MSR_IA32_TSC_ADJUST), 0);
	before = value;
	EXPECT_EQ(wr(MSR_IA32_TSC_ADJUST, before + 70), 0);
	EXPECT_EQ(rd(MSR_IA32_TSC), 0);
	EXPECT_EQ(value, 5070);
}

TEST(spec_ctrl_is_checked_and_only_adds)
{
	fix_init();
	EXPECT_EQ(rd(MSR_IA32_SPEC_CTRL), 0);
	EXPECT_EQ(value, 0);
	EXPECT_EQ(wr(MSR_IA32_SPEC_CTRL, SPEC_CTRL_STIBP | SPEC_CTRL_SSBD), 0);
	EXPECT_EQ(hw_msr_get(MSR_IA32_SPEC_CTRL),
		  SPEC_CTRL_STIBP | SPEC_CTRL_SSBD | SPEC_CTRL_IBRS |
			  SPEC_CTRL_BHI_DIS_S);
	EXPECT_EQ(rd(MSR_IA32_SPEC_CTRL), 0);
	EXPECT_EQ(value, SPEC_CTRL_STIBP | SPEC_CTRL_SSBD);
	EXPECT_EQ(wr(MSR_IA32_SPEC_CTRL, BIT(8)), -EINVAL);
	EXPECT_EQ(wr(MSR_IA32_SPEC_CTRL, BIT(11)), -EINVAL);
}

TEST(debugctl_keeps_btf_only)
{
	fix_init();
	EXPECT_EQ(wr(MSR_IA32_DEBUGCTL, 3), 0);
	EXPECT_EQ(rd(MSR_IA32_DEBUGCTL), 0);
	EXPECT_EQ(value, 2);
	EXPECT_EQ(wr(MSR_IA32_DEBUGCTL, BIT(6)), -EINVAL);
}

TEST(mcg_status_and_xss)
{
	fix_init();
	EXPECT_EQ(wr(MSR_IA32_MCG_STATUS, 4), 0);
	EXPECT_EQ(rd(MSR_IA32_MCG_STATUS), 0);
	EXPECT_EQ(value, 4);
	EXPECT_EQ(wr(MSR_IA32_MCG_STATUS, 8), -EINVAL);
	EXPECT_EQ(wr(MSR_IA32_XSS, 0), 0);
	EXPECT_EQ(wr(MSR_IA32_XSS, BIT(11)), -EINVAL);
}

TEST(efer_rules)
{
	fix_init();
	/* LME must not change while paging is on; LMA is read-only. */
	EXPECT_EQ(wr(MSR_IA32_EFER, EFER_SCE), -EINVAL);
	EXPECT_EQ(wr(MSR_IA32_EFER, EFER_LME | EFER_SCE), 0);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_EFER), EFER_LME | EFER_LMA | EFER_SCE);
	EXPECT(fix_vcpu->work & WORK_FLUSH_VPID);	/* NXE went off */
	EXPECT_EQ(wr(MSR_IA32_EFER, EFER_LME | BIT(12)), -EINVAL);
	EXPECT_EQ(wr(MSR_IA32_EFER, EFER_LME | BIT(9)), -EINVAL);
	FIX_SET(VMCS_GUEST_CR0, CR0_PE | CR0_NE);
	FIX_SET(VMCS_GUEST_EFER, 0);
	EXPECT_EQ(wr(MSR_IA32_EFER, EFER_LME | EFER_LMA | EFER_NXE), 0);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_EFER), EFER_LME | EFER_NXE);
	EXPECT_EQ(rd(MSR_IA32_EFER), 0);
	EXPECT_EQ(value, EFER_LME | EFER_NXE);
}

TEST(apic_base_switches_controls)
{
	fix_init();
	EXPECT_EQ(rd(MSR_IA32_APIC_BASE), 0);
	EXPECT_EQ(value, 0xfee00900);
	EXPECT(FIX_GET(VMCS_PROC2_CTLS) & PROC2_VIRT_APIC_ACCESS);
	EXPECT_EQ(wr(MSR_IA32_APIC_BASE, 0xfee00d00), 0);
	EXPECT(!(FIX_GET(VMCS_PROC2_CTLS) & PROC2_VIRT_APIC_ACCESS));
	EXPECT(FIX_GET(VMCS_PROC2_CTLS) & PROC2_VIRT_X2APIC);
	EXPECT_EQ(FIX_GET(VMCS_MSR_BITMAP),
		  virt_to_hpa(fix_vm.msr_bitmap_x2apic));
	/* x2APIC back to xAPIC is illegal. */
	EXPECT_EQ(wr(MSR_IA32_APIC_BASE, 0xfee00900), -EINVAL);
	EXPECT_EQ(wr(MSR_IA32_APIC_BASE, 0xfee00100), 0);
	EXPECT(!(FIX_GET(VMCS_PROC2_CTLS) &
		 (PROC2_VIRT_APIC_ACCESS | PROC2_VIRT_X2APIC)));
	EXPECT_EQ(fix_vm.apic_users, 0);
}

TEST(a_moved_apic_is_not_virtualized)
{
	fix_init();
	EXPECT_EQ(wr(MSR_IA32_APIC_BASE, 0xfed40900), 0);
	EXPECT(!(FIX_GET(VMCS_PROC2_CTLS) & PROC2_VIRT_APIC_ACCESS));
	EXPECT_EQ(fix_vm.apic_users, 0);
	EXPECT_EQ(wr(MSR_IA32_APIC_BASE, 0xfee00900), 0);
	EXPECT_EQ(fix_vm.apic_users, 1);
}

TEST(bitmaps_let_through_what_is_native)
{
	fix_init();
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_GS_BASE, true));
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_LSTAR, true));
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_SYSENTER_EIP, true));
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_PAT, true));
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_TSC, false));
	EXPECT(exits(fix_vm.msr_bitmap_xapic, MSR_IA32_TSC, true));
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_EFER, false));
	EXPECT(exits(fix_vm.msr_bitmap_xapic, MSR_IA32_EFER, true));
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_PRED_CMD, true));
	EXPECT(exits(fix_vm.msr_bitmap_xapic, MSR_IA32_PRED_CMD, false));
	EXPECT(!exits(fix_vm.msr_bitmap_xapic, MSR_IA32_XFD, true));
	EXPECT(exits(fix_vm.msr_bitmap_xapic, MSR_IA32_APIC_BASE, true));
	EXPECT(exits(fix_vm.msr_bitmap_xapic, MSR_IA32_TSC_DEADLINE, true));
}

/* "any other WRMSR goes to the physical local APIC" */
TEST(x2apic_writes_are_open_only_where_virtualized)
{
	fix_init();
	for (u32 msr = 0x800; msr < 0x900; msr++) {
		bool open = msr == 0x808 || msr == 0x80b || msr == 0x83f;

		EXPECT_EQ(!exits(fix_vm.msr_bitmap_x2apic, msr, true), open);
		EXPECT(exits(fix_vm.msr_bitmap_xapic, msr, true));
		EXPECT(exits(fix_vm.msr_bitmap_xapic, msr, false));
	}
	EXPECT(!exits(fix_vm.msr_bitmap_x2apic, 0x802, false));
	EXPECT(exits(fix_vm.msr_bitmap_x2apic, 0x839, false));
	EXPECT(exits(fix_vm.msr_bitmap_x2apic, 0x80b, false));
}

TEST(exits_read_and_write_edx_eax)
{
	fix_init();
	fix_vcpu->gpr[RCX] = MSR_IA32_BIOS_SIGN_ID | 7ull << 32;
	EXPECT_EQ(fix_exit(EXIT_RDMSR), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0);
	EXPECT_EQ(fix_vcpu->gpr[RDX], 0x2b000603);
	fix_vcpu->gpr[RCX] = 0x1234;
	EXPECT_EQ(fix_exit(EXIT_RDMSR), EXIT_GP);
	EXPECT_EQ(fix_exit(EXIT_WRMSR), EXIT_GP);
	fix_vcpu->gpr[RCX] = MSR_IA32_DEBUGCTL;
	fix_vcpu->gpr[RAX] = 2 | 5ull << 32;
	fix_vcpu->gpr[RDX] = 9ull << 32;
	EXPECT_EQ(fix_exit(EXIT_WRMSR), EXIT_SKIP);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_DEBUGCTL), 2);
}

TEST(x2apic_registers_exist_in_that_mode_only)
{
	fix_init();
	fix_vcpu->gpr[RCX] = 0x803;
	EXPECT_EQ(fix_exit(EXIT_RDMSR), EXIT_GP);
	EXPECT_EQ(fix_exit(EXIT_WRMSR), EXIT_GP);
	EXPECT_EQ(wr(MSR_IA32_APIC_BASE, 0xfee00d00), 0);
	EXPECT_EQ(fix_exit(EXIT_RDMSR), EXIT_SKIP);
	EXPECT(fix_vcpu->gpr[RAX] != 0);
	fix_vcpu->gpr[RCX] = 0x80f;
	fix_vcpu->gpr[RAX] = 0x1ff;
	fix_vcpu->gpr[RDX] = 0;
	EXPECT_EQ(fix_exit(EXIT_WRMSR), EXIT_SKIP);
	fix_vcpu->gpr[RCX] = 0x80e;
	EXPECT_EQ(fix_exit(EXIT_RDMSR), EXIT_GP);
}

TEST(tsc_deadline_arms_the_timer)
{
	fix_init();
	hw_regs.tsc_step = 0;
	EXPECT_EQ(wr(MSR_IA32_APIC_BASE, 0xfee00d00), 0);
	EXPECT_EQ(vlapic_msr_write(&fix_vcpu->lapic, 0x80f, 0x1ff), 0);
	EXPECT_EQ(vlapic_msr_write(&fix_vcpu->lapic, 0x832, 0x40030), 0);
	fix_vcpu->gpr[RCX] = MSR_IA32_TSC_DEADLINE;
	fix_vcpu->gpr[RDX] = 1;
	fix_vcpu->gpr[RAX] = 0;
	EXPECT_EQ(fix_exit(EXIT_WRMSR), EXIT_SKIP);
	EXPECT_EQ(vlapic_deadline(&fix_vcpu->lapic),
		  (1ull << 32) - fix_vcpu->lapic.tsc_offset);
	EXPECT_EQ(fix_exit(EXIT_RDMSR), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RDX], 1);
}
