/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/caps.c, vmx/vmxon.c: what is missing, and with which status. */
#include "vmx/caps.h"

#include "tests/unit/vmx/fixture.h"

static int probe_without(u32 msr, u64 bits)
{
	fix_machine();
	hw_msr_set(msr, hw_msr_get(msr) & ~bits);
	return vmx_probe();
}

static int probe_without_high(u32 msr, u64 bits)
{
	return probe_without(msr, bits << 32);
}

TEST(sapphire_rapids_is_enough)
{
	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	EXPECT_EQ(vmx_caps.revision, 4);
	EXPECT_EQ(vmx_caps.timer_shift, 5);
	EXPECT(vmx_caps.proc2 & PROC2_EPT);
	EXPECT(!(vmx_caps.proc & PROC_RDTSC));
	EXPECT_EQ(vmx_caps.xcr0, 0x602e7);
	EXPECT(vmx_caps.xsaves && vmx_caps.xfd);
	/* Compacted: AVX, opmask, ZMM, Hi16, PKRU, tile configuration, data. */
	EXPECT_EQ(vmx_caps.xstate_bytes, 0x240 + 0x100 + 0x40 + 0x200 + 0x400 +
					 0x40 + 0x40 + 0x2000);
	EXPECT_EQ(vmx_caps.spec_ctrl, SPEC_CTRL_IBRS | SPEC_CTRL_BHI_DIS_S);
}

TEST(amx_without_xfd_is_hidden)
{
	fix_machine();
	hw_cpuid_set(0xd, 1, 0xf, 0, 0xdd00, 0);
	EXPECT_EQ(vmx_probe(), END_OK);
	EXPECT_EQ(vmx_caps.xcr0, 0x2e7);
	EXPECT(!vmx_caps.xfd);
}

TEST(standard_format_without_xsaves)
{
	fix_machine();
	hw_cpuid_set(0xd, 1, 1, 0, 0, 0);
	EXPECT_EQ(vmx_probe(), END_OK);
	EXPECT(!vmx_caps.xsaves);
	EXPECT_EQ(vmx_caps.xstate_bytes, 0xa80 + 8);
}

TEST(each_cause_has_its_status)
{
	fix_machine();
	hw_cpuid_set(1, 0, 0x806f8, 0, 0x7ffefbdf, 0);
	EXPECT_EQ(vmx_probe(), END_NO_VMX);
	EXPECT_EQ(probe_without(MSR_IA32_FEATURE_CONTROL, 4), END_VMX_LOCKED);
	EXPECT_EQ(probe_without(MSR_IA32_FEATURE_CONTROL, 5), END_OK);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
				     PROC_SECONDARY), END_NO_EPT);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_PROCBASED_CTLS2, PROC2_EPT),
		  END_NO_EPT);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_PROCBASED_CTLS2,
				     PROC2_UNRESTRICTED), END_NO_UNRESTRICTED);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
				     PROC_TPR_SHADOW), END_NO_APICV);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_PROCBASED_CTLS2,
				     PROC2_APIC_REG_VIRT), END_NO_APICV);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_PROCBASED_CTLS2,
				     PROC2_VIRT_INT_DELIVERY), END_NO_APICV);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_PROCBASED_CTLS2, PROC2_VPID),
		  END_NO_FEATURE);
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_TRUE_EXIT_CTLS,
				     EXIT_CTL_LOAD_EFER), END_NO_FEATURE);
	EXPECT_EQ(probe_without(MSR_IA32_VMX_EPT_VPID_CAP, EPT_CAP_INVEPT),
		  END_NO_EPT);
	EXPECT_EQ(probe_without(MSR_IA32_VMX_EPT_VPID_CAP, EPT_CAP_WB),
		  END_NO_EPT);
}

TEST(optional_features_may_be_missing)
{
	EXPECT_EQ(probe_without_high(MSR_IA32_VMX_PROCBASED_CTLS2,
				     PROC2_PLE | PROC2_INVPCID | PROC2_RDTSCP |
				     PROC2_XSAVES), END_OK);
	EXPECT_EQ(probe_without(MSR_IA32_VMX_EPT_VPID_CAP,
				EPT_CAP_1G | EPT_CAP_AD), END_OK);
}

TEST(exits_that_cannot_be_turned_off_are_refused)
{
	fix_machine();
	hw_msr_set(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
		   0xfffbfffe04006172 | PROC_CR3_LOAD);
	EXPECT_EQ(vmx_probe(), END_NO_FEATURE);
}

TEST(old_capability_msrs_without_true_ones)
{
	fix_machine();
	hw_msr_set(MSR_IA32_VMX_BASIC, 0x0058100000000004);
	hw_msr_set(MSR_IA32_VMX_PINBASED_CTLS, 0x000000ff00000016);
	hw_msr_set(MSR_IA32_VMX_PROCBASED_CTLS, 0xfffbfffe0401e172);
	hw_msr_set(MSR_IA32_VMX_EXIT_CTLS, 0xffffffff00036dff);
	hw_msr_set(MSR_IA32_VMX_ENTRY_CTLS, 0xffffffff000011ff);
	/* There CR3 exits cannot be turned off. */
	EXPECT_EQ(vmx_probe(), END_NO_FEATURE);
}

TEST(vmxon_sets_fixed_bits_and_locks_the_feature)
{
	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	hw_msr_set(MSR_IA32_FEATURE_CONTROL, 0);
	EXPECT_EQ(vmx_cpu_on(), 0);
	EXPECT(hw_vmx.on);
	EXPECT_EQ(hw_msr_get(MSR_IA32_FEATURE_CONTROL), 5);
	EXPECT(hw_regs.cr4 & CR4_VMXE);
	EXPECT(hw_regs.cr4 & CR4_OSXSAVE);
	EXPECT_EQ(hw_regs.cr0 & 0x80000021, 0x80000021);
	EXPECT(this_cpu()->vmxon_hpa != 0);
	EXPECT_EQ(hw_vmx.invepts, 1);
	EXPECT_EQ(hw_vmx.invvpids, 1);
	vmx_cpu_off();
	EXPECT(!hw_vmx.on);
	EXPECT_EQ(this_cpu()->vmxon_hpa, 0);
}

TEST(vmxon_that_fails_frees_its_page)
{
	u64 before;

	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	before = page_free_bytes();
	hw_vmx.fail = true;
	EXPECT_EQ(vmx_cpu_on(), -EIO);
	hw_msr_set(MSR_IA32_FEATURE_CONTROL, 1);
	EXPECT_EQ(vmx_cpu_on(), -EIO);
	EXPECT_EQ(page_free_bytes(), before);
}
