/* SPDX-License-Identifier: BSD-2-Clause */
/* VMREADs and VMWRITEs of one exit: what `make bench` prints beside ticks. */
#include "vmx/vcpu.h"

#include <stdio.h>

#include "tests/unit/vmx/script.h"

static u32 cost_reads, cost_writes;

static void cost(const char *name, void (*guest)(u64 *))
{
	/* Twice: the first entry after a start has more to do. */
	for (u32 i = 0; i < 2; i++) {
		hw_vmx.reads = hw_vmx.writes = 0;
		steps[0] = guest;
		steps[1] = NULL;
		step = 0;
		fix_vcpu->launched = false;
		this_cpu()->shared->requests = 0;
		hw_vmx_script = script;
		vcpu_run(&fix_vcpu->se);
	}
	cost_reads = hw_vmx.reads;
	cost_writes = hw_vmx.writes;
	printf("VMREAD/VMWRITE %-24s %2u %2u\n", name, cost_reads, cost_writes);
}

static void do_port_read(u64 *gpr)
{
	(void)gpr;
	FIX_SET(VMCS_EXIT_QUALIFICATION, 0x80ull << 16 | BIT(3));
	leave(EXIT_IO, 2);
}

static void do_deadline(u64 *gpr)
{
	gpr[RCX] = MSR_IA32_TSC_DEADLINE;
	leave(EXIT_WRMSR, 2);
}

static void do_mmio_read(u64 *gpr)
{
	static const u8 code[] = { 0x8b, 0x03 };	/* mov (%rbx),%eax */

	memcpy(fix_ram(0x100000), code, sizeof(code));
	gpr[RBX] = 0x10000;
	FIX_SET(VMCS_GUEST_RIP, 0x100000);
	FIX_SET(VMCS_GUEST_PHYSICAL, 0xc0000000);
	FIX_SET(VMCS_EXIT_QUALIFICATION, BIT(0) | BIT(7) | BIT(8));
	leave(EXIT_EPT_VIOLATION, 0);
}

static void do_violation(u64 *gpr)
{
	(void)gpr;
	FIX_SET(VMCS_GUEST_PHYSICAL, 0x5000);
	FIX_SET(VMCS_EXIT_QUALIFICATION, BIT(0) | BIT(7) | BIT(8));
	leave(EXIT_EPT_VIOLATION, 0);
}

TEST(vmcs_accesses_per_exit)
{
	fix_init();
	cost("CPUID", do_cpuid);
	EXPECT_EQ(cost_reads, 5);
	EXPECT_EQ(cost_writes, 1);
	cost("VMCALL", do_vmcall);
	EXPECT_EQ(cost_reads, 6);
	EXPECT_EQ(cost_writes, 1);
	cost("port read", do_port_read);
	EXPECT_EQ(cost_reads, 6);
	EXPECT_EQ(cost_writes, 1);
	cost("TSC deadline", do_deadline);
	EXPECT_EQ(cost_reads, 5);
	EXPECT_EQ(cost_writes, 1);
	cost("EPT violation", do_violation);
	EXPECT(cost_reads <= 8);
	EXPECT_EQ(cost_writes, 0);
	cost("MMIO read", do_mmio_read);
	EXPECT(cost_reads <= 18);
	EXPECT_EQ(cost_writes, 1);
	cost("external interrupt", do_irq);
	EXPECT_EQ(cost_reads, 2);
	EXPECT_EQ(cost_writes, 0);
}
