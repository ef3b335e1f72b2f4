/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/run.c, vmx/exit.c and the small handlers: from exit to entry. */
#include "vmx/vcpu.h"

#include "tests/unit/vmx/script.h"

static void do_ud(u64 *gpr)
{
	(void)gpr;
	leave(EXIT_VMXON, 5);
}

static void do_rdpmc(u64 *gpr)
{
	(void)gpr;
	leave(EXIT_RDPMC, 2);
}

static void do_reason(u32 reason)
{
	FIX_SET(VMCS_EXIT_REASON, reason);
}

static void do_unknown(u64 *gpr)
{
	(void)gpr;
	do_reason(95);
}

static void do_beyond(u64 *gpr)
{
	(void)gpr;
	do_reason(0xffff);
}

static void do_triple(u64 *gpr)
{
	(void)gpr;
	do_reason(EXIT_TRIPLE_FAULT);
}

static void do_bad_entry(u64 *gpr)
{
	(void)gpr;
	do_reason(EXIT_BAD_GUEST_STATE | EXIT_REASON_ENTRY_FAIL);
}

TEST(skip_moves_rip)
{
	fix_init();
	RUN(do_cpuid);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x100002);
	EXPECT_EQ(vcpu_exit_count(fix_vcpu, EXIT_CPUID), 1);
	EXPECT_EQ(vcpu_exit_count(fix_vcpu, 1000), 0);
	EXPECT_EQ(fix_vcpu->gpr[RBX], 0x4b4d564b);
}

TEST(skip_ends_shadows_and_traps_on_tf)
{
	fix_init();
	FIX_SET(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_STI | BLOCKING_BY_NMI);
	FIX_SET(VMCS_GUEST_RFLAGS, 2 | RFLAGS_TF);
	RUN(do_cpuid);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x100002);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_INTERRUPTIBILITY), BLOCKING_BY_NMI);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_PENDING_DEBUG), BIT(14));
}

TEST(rip_wraps_outside_64_bit_mode_only)
{
	fix_init();
	FIX_SET(VMCS_GUEST_RIP, 0xffffffff);
	RUN(do_cpuid);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x100000001);
	fix_init();
	FIX_SET(VMCS_GUEST_AR(SEG_CS), 0xc09b);
	FIX_SET(VMCS_GUEST_RIP, 0xffffffff);
	RUN(do_cpuid);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 1);
}

TEST(results_inject)
{
	fix_init();
	RUN(do_ud, do_cpuid);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x100002);
	fix_init();
	RUN(do_ud);
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO),
		  INT_INFO_VALID | 3 << 8 | VECTOR_UD);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x100000);
	fix_init();
	RUN(do_rdpmc);
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO),
		  INT_INFO_VALID | 3 << 8 | INT_INFO_ERROR | VECTOR_GP);
}

/* The event is in the VMCS, the slice ends before the entry, an NMI comes. */
TEST(an_nmi_does_not_replace_a_waiting_event)
{
	fix_init();
	RUN(do_ud);
	sched_post(&fix_vcpu->se, SCHED_REQ_NMI);
	leave_the_loop();
	vcpu_run(&fix_vcpu->se);
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO),
		  INT_INFO_VALID | 3 << 8 | VECTOR_UD);
	EXPECT(fix_vcpu->work & WORK_NMI);
	EXPECT(FIX_GET(VMCS_PROC_CTLS) & PROC_NMI_WINDOW);
}

TEST(vmcall)
{
	fix_init();
	fix_vcpu->gpr[RAX] = 0;
	RUN(do_vmcall);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0);
	fix_vcpu->gpr[RAX] = 7;
	RUN(do_vmcall);
	EXPECT_EQ(fix_vcpu->gpr[RAX], (u64)-38);
	FIX_SET(VMCS_GUEST_AR(SEG_SS), 0xc0f3);
	RUN(do_vmcall);
	EXPECT_EQ(fix_vcpu->gpr[RAX], (u64)-1);
}

TEST(xsetbv_checks)
{
	static const u64 bad[] = { 0, 2, 5, 0x27, 0x67, 0xe3, 0x20007, 0x107,
				   BIT(62) | 7 };

	fix_init();
	fix_vcpu->gpr[RCX] = 0;
	fix_vcpu->gpr[RDX] = 0;
	fix_vcpu->gpr[RAX] = 7;
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE);
	EXPECT_EQ(fix_exit(EXIT_XSETBV), EXIT_UD);
	FIX_SET(VMCS_GUEST_CR4, CR4_PAE | CR4_OSXSAVE);
	EXPECT_EQ(fix_exit(EXIT_XSETBV), EXIT_SKIP);
	EXPECT_EQ(hw_regs.xcr0, 7);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		fix_vcpu->gpr[RAX] = (u32)bad[i];
		fix_vcpu->gpr[RDX] = bad[i] >> 32;
		EXPECT_EQ(fix_exit(EXIT_XSETBV), EXIT_GP);
	}
	fix_vcpu->gpr[RAX] = 0x602e7;
	fix_vcpu->gpr[RDX] = 0;
	EXPECT_EQ(fix_exit(EXIT_XSETBV), EXIT_SKIP);
	fix_vcpu->gpr[RCX] = 1;
	EXPECT_EQ(fix_exit(EXIT_XSETBV), EXIT_GP);
	fix_vcpu->gpr[RCX] = 0;
	FIX_SET(VMCS_GUEST_AR(SEG_SS), 0xc0f3);
	EXPECT_EQ(fix_exit(EXIT_XSETBV), EXIT_GP);
	EXPECT_EQ(hw_regs.xcr0, 0x602e7);
}

TEST(interrupts_are_dispatched)
{
	fix_init();
	RUN(do_irq);
	EXPECT_EQ(irq_vector, 0xf0);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x100000);
}

static void expect_stop(enum guest_stop_reason reason)
{
	EXPECT_EQ(fix_vm.stop_reason, reason);
	EXPECT_EQ(fix_vm.state, VM_STOPPING);
	/* It has left already; the other one is asked to. */
	EXPECT_EQ(fix_vm.running, 1);
	EXPECT(fix_vm.vcpu[1]->se.requests & SCHED_REQ_STOP);
	EXPECT(this_cpu()->loaded_vcpu == NULL);
}

TEST(unknown_exits_stop_the_vm_only)
{
	fix_init();
	RUN(do_unknown);
	expect_stop(GUEST_STOP_UNHANDLED);
	fix_init();
	RUN(do_beyond);
	expect_stop(GUEST_STOP_UNHANDLED);
	EXPECT_EQ(fix_vm.stop_code, 0xffff);
	fix_init();
	RUN(do_triple);
	expect_stop(GUEST_STOP_TRIPLE_FAULT);
	fix_init();
	RUN(do_bad_entry);
	expect_stop(GUEST_STOP_BAD_ENTRY);
}

static int refuse(u64 *gpr, u64 launched)
{
	(void)gpr;
	(void)launched;
	FIX_SET(VMCS_INSN_ERROR, 7);
	return 1;
}

TEST(a_refused_entry_stops_the_vm_and_the_vcpu_leaves)
{
	fix_init();
	hw_vmx_script = refuse;
	this_cpu()->shared->requests = 0;
	vcpu_run(&fix_vcpu->se);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_BAD_ENTRY);
	EXPECT_EQ(fix_vm.running, 1);		/* the other one */
	EXPECT(this_cpu()->loaded_vcpu == NULL);
	vcpu_run(&fix_vm.vcpu[1]->se);
	EXPECT_EQ(fix_vm.state, VM_STOPPED);
	EXPECT(this_cpu()->shared->requests & CPU_REQ_VM);
	vm_destroy(&fix_vm);
}
