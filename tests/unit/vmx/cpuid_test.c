/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/cpuid.c, vmx/exit_cpuid.c: what guests are told. */
#include "vmx/cpuid.h"

#include "tests/unit/vmx/fixture.h"

static struct cpuid_regs ask(u32 leaf, u32 subleaf)
{
	u64 *gpr = fix_vcpu->gpr;

	gpr[RAX] = leaf | 0xabcdull << 32;	/* upper halves are ignored */
	gpr[RCX] = subleaf | 0x1234ull << 32;
	EXPECT_EQ(fix_exit(EXIT_CPUID), EXIT_SKIP);
	EXPECT_EQ((gpr[RAX] | gpr[RBX] | gpr[RCX] | gpr[RDX]) >> 32, 0);
	return (struct cpuid_regs){ (u32)gpr[RAX], (u32)gpr[RBX],
				    (u32)gpr[RCX], (u32)gpr[RDX] };
}

static bool all_zero(struct cpuid_regs r)
{
	return !(r.eax | r.ebx | r.ecx | r.edx);
}

TEST(vendor_and_limits)
{
	struct cpuid_regs r;

	fix_init();
	r = ask(0, 0);
	EXPECT_EQ(r.eax, 0x1f);
	EXPECT_EQ(r.ebx, 0x756e6547);
	EXPECT_EQ(ask(0x80000000, 0).eax, 0x80000008);
}

TEST(hidden_features)
{
	struct cpuid_regs r;

	fix_init();
	r = ask(1, 0);
	/* DTES64 MONITOR VMX SMX EIST TM2 PDCM */
	EXPECT_EQ(r.ecx & (BIT(2) | BIT(3) | BIT(5) | BIT(6) | BIT(7) |
			   BIT(8) | BIT(15)), 0);
	/* DS ACPI TM PBE */
	EXPECT_EQ(r.edx & (BIT(21) | BIT(22) | BIT(29) | BIT(31)), 0);
	EXPECT(r.ecx & CPUID_1_ECX_HYPERVISOR);
	EXPECT(r.ecx & CPUID_1_ECX_TSC_DEADLINE);
	EXPECT(r.ecx & CPUID_1_ECX_X2APIC);
	r = ask(7, 0);
	/* SGX HLE RTM RDT-M RDT-A PT */
	EXPECT_EQ(r.ebx & (BIT(2) | BIT(4) | BIT(11) | BIT(12) | BIT(15) |
			   BIT(25)), 0);
	EXPECT(r.ebx & CPUID_7_EBX_TSC_ADJUST);
	/* WAITPKG CET_SS LA57 KL BUS_LOCK ENQCMD PKS */
	EXPECT_EQ(r.ecx & (BIT(5) | BIT(7) | BIT(16) | BIT(23) | BIT(24) |
			   BIT(29) | BIT(31)), 0);
	/* UINTR HYBRID PCONFIG ARCH_LBR CET_IBT L1D_FLUSH CORE_CAP */
	EXPECT_EQ(r.edx & (BIT(5) | BIT(15) | BIT(18) | BIT(19) | BIT(20) |
			   BIT(28) | BIT(30)), 0);
	EXPECT(all_zero(ask(5, 0)));
	EXPECT(all_zero(ask(0xa, 0)));
	EXPECT(all_zero(ask(0x14, 0)));
	EXPECT_EQ(ask(6, 0).eax, 4);
	EXPECT_EQ(ask(6, 0).ecx, 0);
}

TEST(amx_with_xfd_is_shown)
{
	fix_init();
	EXPECT(ask(7, 0).edx & BIT(24));
	EXPECT_EQ(ask(0x1d, 1).eax, 0x4002000);
	EXPECT_EQ(ask(0x1e, 0).ebx, 0x4010);
	EXPECT(ask(0xd, 1).eax & BIT(4));
}

TEST(osxsave_and_ospke_follow_cr4)
{
	fix_init();
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_VMXE);
	EXPECT(!(ask(1, 0).ecx & CPUID_1_ECX_OSXSAVE));
	EXPECT(!(ask(7, 0).ecx & CPUID_7_ECX_OSPKE));
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_OSXSAVE | CR4_PKE);
	EXPECT(ask(1, 0).ecx & CPUID_1_ECX_OSXSAVE);
	EXPECT(ask(7, 0).ecx & CPUID_7_ECX_OSPKE);
	EXPECT(!(ask(7, 1).ecx & CPUID_7_ECX_OSPKE));
}

TEST(apic_bit_follows_the_apic)
{
	fix_init();
	EXPECT(ask(1, 0).edx & CPUID_1_EDX_APIC);
	EXPECT_EQ(msr_write(fix_vcpu, MSR_IA32_APIC_BASE, 0xfee00100), 0);
	EXPECT(!(ask(1, 0).edx & CPUID_1_EDX_APIC));
}

TEST(topology_is_one_package)
{
	struct cpuid_regs r;

	fix_init();
	r = ask(1, 0);
	EXPECT_EQ(r.ebx >> 16 & 0xff, 2);
	EXPECT_EQ(r.ebx >> 24, 0);
	EXPECT(r.edx & BIT(28));
	r = ask(0xb, 0);
	EXPECT_EQ(r.eax, 0);
	EXPECT_EQ(r.ebx, 1);
	EXPECT_EQ(r.ecx, 0x100);
	r = ask(0xb, 1);
	EXPECT_EQ(r.eax, 1);
	EXPECT_EQ(r.ebx, 2);
	EXPECT_EQ(r.ecx, 0x201);
	r = ask(0x1f, 7);
	EXPECT_EQ(r.eax | r.ebx, 0);
	EXPECT_EQ(r.ecx, 7);
	/* L1 is private, L3 is shared by both. */
	EXPECT_EQ(ask(4, 0).eax, 0x04000121);
	EXPECT_EQ(ask(4, 3).eax, 0x04004163);
	EXPECT(all_zero(ask(4, 4)));
	EXPECT(all_zero(ask(4, 200)));
	fix_vcpu = fix_vm.vcpu[1];
	EXPECT_EQ(ask(1, 0).ebx >> 24, 1);
	EXPECT_EQ(ask(0x1f, 0).edx, 1);
}

TEST(xsave_sizes_follow_xcr0)
{
	fix_init();
	EXPECT_EQ(ask(0xd, 0).eax, 0x602e7);
	EXPECT_EQ(ask(0xd, 0).ebx, 576);
	EXPECT_EQ(ask(0xd, 0).ecx, 0x2b00);
	fix_vcpu->xcr0 = 7;
	EXPECT_EQ(ask(0xd, 0).ebx, 0x340);
	fix_vcpu->xcr0 = 0x2e7;
	EXPECT_EQ(ask(0xd, 0).ebx, 0xa88);
	EXPECT_EQ(ask(0xd, 1).ebx, 0x240 + 0x100 + 0x40 + 0x200 + 0x400 + 8);
	EXPECT_EQ(ask(0xd, 1).ecx, 0);
	EXPECT(all_zero(ask(0xd, 8)));
	EXPECT(all_zero(ask(0xd, 63)));
}

TEST(clock_gives_the_tsc_rate)
{
	struct cpuid_regs r;

	fix_init();
	r = ask(0x15, 0);
	EXPECT_EQ((u64)r.ecx * r.ebx / r.eax, time_tsc_hz());
	EXPECT_EQ(r.ecx, fix_vm.apic.timer_hz);
	EXPECT_EQ(ask(0x16, 0).eax, 2000);
	EXPECT_EQ(cpuid_clock(2200000000).crystal_hz, 25000000);
	EXPECT_EQ(cpuid_clock(50000000).ratio, 2);
	EXPECT_EQ(cpuid_clock(1000000).ratio, 1);
}

TEST(hypervisor_leaves)
{
	struct cpuid_regs r;

	fix_init();
	r = ask(0x40000000, 0);
	EXPECT_EQ(r.eax, 0x40000001);
	EXPECT_EQ(r.ebx, 0x4b4d564b);
	EXPECT_EQ(r.ecx, 0x564b4d56);
	EXPECT_EQ(r.edx, 0x4d);
	EXPECT(all_zero(ask(0x40000001, 0)));
	EXPECT(all_zero(ask(0x40000002, 0)));
	EXPECT(all_zero(ask(0x40000200, 0)));
	r = ask(0x40000100, 0);
	EXPECT_EQ(r.eax, 0x40000101);
	EXPECT_MEM(&r.ebx, "NoexitNoexit", 12);
}

TEST(beyond_the_last_leaf_is_the_last_basic_one)
{
	fix_init();
	EXPECT_EQ(ask(0x20, 1).ebx, ask(0x1f, 1).ebx);
	EXPECT_EQ(ask(0x7fffffff, 1).ebx, ask(0x1f, 1).ebx);
	EXPECT_EQ(ask(0x80000009, 1).ebx, ask(0x1f, 1).ebx);
	EXPECT_EQ(ask(0xffffffff, 1).ebx, ask(0x1f, 1).ebx);
}

TEST(addresses_are_those_of_4_level_ept)
{
	fix_init();
	EXPECT_EQ(ask(0x80000008, 0).eax, 0x3030);
	EXPECT_EQ(ask(0x80000008, 0).ebx, 0);
	EXPECT_EQ(ask(0x80000007, 0).edx, 0x100);
	EXPECT_EQ(ask(0x80000001, 0).edx, 0x2c100800);
}

TEST(controls_that_are_missing_hide_their_instructions)
{
	fix_machine();
	hw_msr_set(MSR_IA32_VMX_PROCBASED_CTLS2,
		   FIX_ALL_CTLS & ~((PROC2_INVPCID | PROC2_RDTSCP |
				     PROC2_XSAVES) << 32));
	EXPECT_EQ(vmx_probe(), END_OK);
	EXPECT_EQ(vm_create(&fix_vm, &(struct vm_params){
			  .name = "t", .vcpus = 1, .share = 1 }), 0);
	fix_vcpu = fix_vm.vcpu[0];
	EXPECT(!(ask(7, 0).ebx & BIT(10)));
	EXPECT(!(ask(7, 0).ecx & BIT(22)));
	EXPECT(!(ask(0x80000001, 0).edx & BIT(27)));
	EXPECT(!(ask(0xd, 1).eax & BIT(3)));
	EXPECT(!(ask(1, 0).ecx & CPUID_1_ECX_X2APIC));
	EXPECT(!(ask(1, 0).edx & BIT(28)));
	vm_destroy(&fix_vm);
}
