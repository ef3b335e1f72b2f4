/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/work.c, vmx/load.c, vmx/reset.c: waiting, signals, switching. */
#include "vmx/vcpu.h"

#include "tests/unit/vmx/script.h"

TEST(hlt_blocks_until_the_timer)
{
	fix_init();
	FIX_SET(VMCS_GUEST_RFLAGS, 2 | RFLAGS_IF);
	fix_vcpu->lapic.timer_deadline_tsc = 1ull << 40;
	RUN(do_hlt, do_cpuid);
	EXPECT_EQ(step, 1);
	EXPECT_EQ(fix_vcpu->se.state, SCHED_BLOCKED);
	EXPECT_EQ(fix_vcpu->se.wake_tsc, 1ull << 40);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x100001);
	/* Woken for nothing: it sleeps on. */
	sched_post(&fix_vcpu->se, SCHED_REQ_EVENT);
	vcpu_run(&fix_vcpu->se);
	EXPECT_EQ(step, 1);
	EXPECT_EQ(fix_vcpu->se.state, SCHED_BLOCKED);
	/* By an NMI: it goes on. */
	sched_post(&fix_vcpu->se, SCHED_REQ_NMI);
	this_cpu()->shared->requests = 0;
	steps[2] = NULL;
	vcpu_run(&fix_vcpu->se);
	EXPECT_EQ(step, 2);
}

static void enable_apic(struct vcpu *vcpu)
{
	u32 svr = 0x1ff;

	memcpy(vcpu->lapic.page + 0xf0, &svr, sizeof(svr));
	vlapic_apic_write(&vcpu->lapic, 0xf0);
}

TEST(hlt_with_a_pending_interrupt_goes_on)
{
	fix_init();
	enable_apic(fix_vcpu);
	vlapic_set_irr(&fix_vcpu->lapic, 0x51, false);
	FIX_SET(VMCS_GUEST_RFLAGS, 2 | RFLAGS_IF);
	RUN(do_hlt, do_cpuid);
	EXPECT_EQ(step, 2);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_INT_STATUS), 0x51);
}

TEST(every_vcpu_waiting_for_ever_stops_the_vm)
{
	fix_init();
	FIX_SET(VMCS_GUEST_RFLAGS, 2);
	RUN(do_hlt);
	EXPECT_EQ(fix_vcpu->se.wake_tsc, TIME_NEVER);
	EXPECT_EQ(fix_vm.stuck, 1);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_NONE);
	fix_vm.vcpu[1]->se.requests = 0;
	vcpu_run(&fix_vm.vcpu[1]->se);		/* waits for SIPI */
	EXPECT_EQ(fix_vm.stuck, 2);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_NO_CPU);
}

TEST(a_posted_request_keeps_the_vm_alive)
{
	fix_init();
	FIX_SET(VMCS_GUEST_RFLAGS, 2);
	sched_post(&fix_vm.vcpu[1]->se, SCHED_REQ_SIPI);
	RUN(do_hlt);
	fix_vcpu->se.requests = SCHED_REQ_NMI;	/* on its way */
	vm_vcpu_stuck(fix_vm.vcpu[1]);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_NONE);
	vm_vcpu_unstuck(fix_vm.vcpu[1]);
	EXPECT_EQ(fix_vm.stuck, 1);
}

TEST(init_and_sipi_start_an_application_processor)
{
	fix_init();
	fix_vcpu = fix_vm.vcpu[1];
	fix_vcpu->se.requests = 0;
	vcpu_run(&fix_vcpu->se);
	EXPECT_EQ(fix_vcpu->se.state, SCHED_BLOCKED);
	fix_vcpu->lapic.sipi_vector = 0x9a;
	/* INIT and SIPI may be taken together: INIT is first. */
	sched_post(&fix_vcpu->se, SCHED_REQ_SIPI | SCHED_REQ_INIT);
	RUN(do_irq);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_SELECTOR(SEG_CS)), 0x9a00);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_BASE(SEG_CS)), 0x9a000);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR0), CR0_ET | CR0_NE);
	EXPECT_EQ(FIX_GET(VMCS_CR0_SHADOW), CR0_ET | CR0_CD | CR0_NW);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_EFER), 0);
	EXPECT_EQ(fix_vcpu->gpr[RDX], 0x806f8);
	/* The second SIPI finds it running. */
	fix_vcpu->lapic.sipi_vector = 0x10;
	sched_post(&fix_vcpu->se, SCHED_REQ_SIPI);
	RUN(do_irq);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_SELECTOR(SEG_CS)), 0x9a00);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_NONE);
}

TEST(init_of_the_boot_processor_is_a_reset)
{
	fix_init();
	sched_post(&fix_vcpu->se, SCHED_REQ_INIT);
	RUN(do_irq);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_RESET);
}

TEST(preemption_timer_follows_deadline_and_slice)
{
	fix_init();
	hw_regs.tsc_step = 0;
	hw_regs.tsc = 1000000;
	RUN(do_irq);
	EXPECT(!(FIX_GET(VMCS_PIN_CTLS) & PIN_PREEMPTION_TIMER));
	/* The fixture's CPU counts TSC >> 5. */
	fix_vcpu->lapic.timer_deadline_tsc = 1000000 + 3200;
	RUN(do_irq);
	EXPECT(FIX_GET(VMCS_PIN_CTLS) & PIN_PREEMPTION_TIMER);
	EXPECT_EQ(FIX_GET(VMCS_PREEMPTION_TIMER), 101);
	fix_vcpu->lapic.timer_deadline_tsc = 1ull << 60;
	RUN(do_irq);
	EXPECT_EQ(FIX_GET(VMCS_PREEMPTION_TIMER), 0xffffffff);
	this_cpu()->sched.slice_end_tsc = 1000000 + 320;
	RUN(do_irq);
	EXPECT_EQ(FIX_GET(VMCS_PREEMPTION_TIMER), 11);
	fix_vcpu->lapic.timer_deadline_tsc = 5;
	RUN(do_irq);
	EXPECT_EQ(FIX_GET(VMCS_PREEMPTION_TIMER), 0);
	/* The slice is over: no entry. */
	this_cpu()->sched.slice_end_tsc = 1000000;
	RUN(do_irq);
	EXPECT_EQ(step, 0);
	this_cpu()->sched.slice_end_tsc = TIME_NEVER;
	fix_vcpu->lapic.timer_deadline_tsc = TIME_NEVER;
	RUN(do_irq);
	/* It stays armed until it has fired for nothing, once. */
	EXPECT(FIX_GET(VMCS_PIN_CTLS) & PIN_PREEMPTION_TIMER);
	EXPECT_EQ(fix_exit(EXIT_PREEMPTION_TIMER), EXIT_RESUME);
	EXPECT(!(FIX_GET(VMCS_PIN_CTLS) & PIN_PREEMPTION_TIMER));
}

TEST(flushes_happen_once)
{
	u32 ept, vpid;

	fix_init();
	RUN(do_irq);
	ept = hw_vmx.invepts;
	vpid = hw_vmx.invvpids;
	RUN(do_irq);
	EXPECT_EQ(hw_vmx.invepts, ept);
	sched_post(&fix_vcpu->se, SCHED_REQ_TLB);
	fix_vcpu->work |= WORK_FLUSH_VPID;
	RUN(do_irq);
	EXPECT_EQ(hw_vmx.invepts, ept + 1);
	EXPECT_EQ(hw_vmx.invvpids, vpid + 1);
}

TEST(pause_loops_give_the_cpu_away)
{
	fix_init();
	RUN(do_irq);
	EXPECT_EQ(fix_exit(EXIT_PAUSE), EXIT_SKIP);
	EXPECT(fix_vcpu->work & WORK_YIELD);
	RUN(do_irq);
	EXPECT_EQ(step, 0);
	EXPECT(!(fix_vcpu->work & WORK_YIELD));
}

TEST(switching_exchanges_all_state)
{
	struct vcpu *other;
	u32 ibpb = 0;

	fix_init();
	other = fix_vm.vcpu[1];
	hw_regs.cr2 = 0x1234;
	hw_regs.dr3 = 3;
	hw_msr_set(MSR_IA32_LSTAR, 0x5555);
	hw_msr_set(MSR_IA32_XFD, BIT(18));
	fix_vcpu->xcr0 = 7;
	vcpu_load(this_cpu(), other);
	EXPECT_EQ(hw_regs.cr2, 0);
	EXPECT_EQ(hw_regs.dr3, 0);
	EXPECT_EQ(hw_msr_get(MSR_IA32_LSTAR), 0);
	EXPECT_EQ(hw_msr_get(MSR_IA32_XFD), 0);
	EXPECT_EQ(hw_regs.xcr0, 1);
	EXPECT(hw_fpu.area == other->xstate);
	EXPECT_EQ(hw_fpu.saved, 0x602e7);
	vcpu_load(this_cpu(), fix_vcpu);
	EXPECT_EQ(hw_regs.cr2, 0x1234);
	EXPECT_EQ(hw_regs.dr3, 3);
	EXPECT_EQ(hw_msr_get(MSR_IA32_LSTAR), 0x5555);
	EXPECT_EQ(hw_msr_get(MSR_IA32_XFD), BIT(18));
	EXPECT_EQ(hw_regs.xcr0, 7);
	EXPECT_EQ(hw_vmx.current_hpa, fix_vcpu->vmcs_hpa);
	/* One VM: the barrier was due for its first vCPU only. */
	for (u32 i = 0; i < hw_msr_writes; i++)
		ibpb += hw_msr_trace[i].msr == MSR_IA32_PRED_CMD;
	EXPECT_EQ(ibpb, 1);
}

TEST(entry_points)
{
	struct guest_entry e = { .mode = ENTRY_PROTECTED_32, .rip = 0x8000,
				 .rax = 1, .rbx = 2, .rsi = 3, .cs = 8,
				 .ds = 16, .gdt_gpa = 0x500, .gdt_limit = 23 };

	fix_init();
	vcpu_reset(fix_vcpu);
	vcpu_start_entry(fix_vcpu, &e);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), 0x8000);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR0), CR0_PE | CR0_ET | CR0_NE);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_AR(SEG_CS)), 0xc09b);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_AR(SEG_LDTR)), 0x10000);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_GDTR_LIMIT), 23);
	EXPECT_EQ(fix_vcpu->gpr[RAX] << 16 | fix_vcpu->gpr[RBX] << 8 |
			  fix_vcpu->gpr[RSI], 0x10203);
	e.mode = ENTRY_LONG_64;
	e.cr3 = 0x7000;
	vcpu_start_entry(fix_vcpu, &e);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_CR3), 0x7000);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_AR(SEG_CS)), 0xa09b);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_EFER), EFER_LME | EFER_LMA);
	EXPECT(FIX_GET(VMCS_ENTRY_CTLS) & ENTRY_CTL_IA32E);
}
