/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest of a few steps for vcpu_run(): each entry runs the next one, which
 * leaves by an exit. Included once by a test program, after fixture.h.
 */
#ifndef TESTS_UNIT_VMX_SCRIPT_H
#define TESTS_UNIT_VMX_SCRIPT_H

#include "tests/unit/vmx/fixture.h"

#include "core/irq.h"
#include "core/sched.h"

#define MAX_STEPS 8

/* What the scripted guest does at each entry; the last step ends the run. */
static void (*steps[MAX_STEPS])(u64 *gpr);
static u32 step;
static u8 irq_vector;

void irq_dispatch(u8 vector)
{
	irq_vector = vector;
}

static void leave_the_loop(void)
{
	__atomic_fetch_or(&this_cpu()->shared->requests, CPU_REQ_VM,
			  __ATOMIC_RELAXED);
}

static int script(u64 *gpr, u64 launched)
{
	EXPECT_EQ(launched, step != 0);
	EXPECT(step < MAX_STEPS && steps[step]);
	FIX_SET(VMCS_ENTRY_INT_INFO, 0);	/* the CPU clears bit 31 */
	FIX_SET(VMCS_IDT_VECTORING_INFO, 0);
	if (!steps[step + 1])
		leave_the_loop();
	steps[step++](gpr);
	return 0;
}

#define RUN(...)							\
	do {								\
		static void (*const list_[MAX_STEPS])(u64 *) = {	\
			__VA_ARGS__ };					\
		memcpy(steps, list_, sizeof(steps));			\
		step = 0;						\
		fix_vcpu->launched = false;				\
		this_cpu()->shared->requests = 0;			\
		hw_vmx_script = script;					\
		vcpu_run(&fix_vcpu->se);				\
	} while (0)

/* An exit in the guest: reason and instruction length. */
static void leave(enum exit_reason reason, u32 len)
{
	FIX_SET(VMCS_EXIT_REASON, reason);
	FIX_SET(VMCS_EXIT_INSN_LEN, len);
}

__unused static void do_cpuid(u64 *gpr)
{
	gpr[RAX] = 0x40000000;
	leave(EXIT_CPUID, 2);
}

__unused static void do_hlt(u64 *gpr)
{
	(void)gpr;
	leave(EXIT_HLT, 1);
}

__unused static void do_vmcall(u64 *gpr)
{
	(void)gpr;
	leave(EXIT_VMCALL, 3);
}

__unused static void do_irq(u64 *gpr)
{
	(void)gpr;
	FIX_SET(VMCS_EXIT_INT_INFO, INT_INFO_VALID | 0xf0);
	leave(EXIT_EXTERNAL_INT, 0);
}

#endif
