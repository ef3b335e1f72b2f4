/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/inject.c, and the exceptions of vmx/exit_misc.c. */
#include "vmx/vcpu.h"

#include "tests/unit/vmx/fixture.h"

#define HW(v)		(INT_INFO_VALID | 3 << 8 | (v))
#define HW_ERROR(v)	(HW(v) | INT_INFO_ERROR)

static u32 stop_reason(void)
{
	return fix_vm.stop_reason;
}

static void before_entry(void)
{
	FIX_SET(VMCS_ENTRY_INT_INFO, 0);
	inject_before_entry(fix_vcpu);
}

/* What becomes of @second while @first waits; 0: triple fault. */
static u32 combined(u8 first, u8 second)
{
	fix_init();
	inject_exception(fix_vcpu, first);
	inject_exception(fix_vcpu, second);
	return stop_reason() == GUEST_STOP_TRIPLE_FAULT
		? 0 : fix_vcpu->event.info & INT_INFO_VECTOR;
}

TEST(double_fault_table)
{
	EXPECT_EQ(combined(VECTOR_DB, VECTOR_GP), VECTOR_GP);
	EXPECT_EQ(combined(VECTOR_GP, VECTOR_UD), VECTOR_UD);
	EXPECT_EQ(combined(VECTOR_GP, VECTOR_GP), VECTOR_DF);
	EXPECT_EQ(combined(VECTOR_DE, VECTOR_NP), VECTOR_DF);
	EXPECT_EQ(combined(VECTOR_GP, VECTOR_PF), VECTOR_PF);
	EXPECT_EQ(combined(VECTOR_PF, VECTOR_GP), VECTOR_DF);
	EXPECT_EQ(combined(VECTOR_PF, VECTOR_PF), VECTOR_DF);
	EXPECT_EQ(combined(VECTOR_VE, VECTOR_TS), VECTOR_DF);
	EXPECT_EQ(combined(VECTOR_DF, VECTOR_UD), VECTOR_UD);
	EXPECT_EQ(combined(VECTOR_DF, VECTOR_GP), 0);
	EXPECT_EQ(combined(VECTOR_DF, VECTOR_PF), 0);
}

TEST(error_codes_only_in_protected_mode)
{
	fix_init();
	inject_exception_error(fix_vcpu, VECTOR_GP, 0x18);
	before_entry();
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO), HW_ERROR(VECTOR_GP));
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_ERROR_CODE), 0x18);
	EXPECT_EQ(fix_event(), 0);
	FIX_SET(VMCS_GUEST_CR0, CR0_NE);
	inject_exception_error(fix_vcpu, VECTOR_GP, 0x18);
	before_entry();
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO), HW(VECTOR_GP));
}

TEST(faults_set_rf_traps_do_not)
{
	fix_init();
	FIX_SET(VMCS_GUEST_RFLAGS, 2);
	inject_exception(fix_vcpu, VECTOR_DB);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RFLAGS), 2);
	inject_exception(fix_vcpu, VECTOR_UD);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RFLAGS), 2 | RFLAGS_RF);
}

TEST(page_faults_set_cr2)
{
	fix_init();
	inject_page_fault(fix_vcpu, 0xdead000, 2);
	EXPECT_EQ(hw_regs.cr2, 0xdead000);
	EXPECT_EQ(fix_event(), HW_ERROR(VECTOR_PF));
	EXPECT_EQ(fix_vcpu->event.error, 2);
}

TEST(interrupted_delivery_is_repeated)
{
	fix_init();
	FIX_SET(VMCS_IDT_VECTORING_INFO, 0);
	EXPECT(!inject_requeue(fix_vcpu));
	/* Bit 12 is undefined there and reserved in the entry field. */
	FIX_SET(VMCS_IDT_VECTORING_INFO, HW_ERROR(VECTOR_PF) | BIT(12));
	FIX_SET(VMCS_IDT_VECTORING_ERROR, 6);
	EXPECT(inject_requeue(fix_vcpu));
	EXPECT_EQ(fix_event(), HW_ERROR(VECTOR_PF));
	EXPECT_EQ(fix_vcpu->event.error, 6);
}

TEST(software_interrupts_need_their_length)
{
	fix_init();
	FIX_SET(VMCS_IDT_VECTORING_INFO, INT_INFO_VALID | 4 << 8 | 0x80);
	FIX_SET(VMCS_EXIT_INSN_LEN, 2);
	EXPECT(inject_requeue(fix_vcpu));
	before_entry();
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO), INT_INFO_VALID | 4 << 8 | 0x80);
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INSN_LEN), 2);
}

TEST(a_repeated_nmi_is_not_blocked_by_itself)
{
	fix_init();
	FIX_SET(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_NMI);
	FIX_SET(VMCS_IDT_VECTORING_INFO, INT_INFO_VALID | 2 << 8 | VECTOR_NMI);
	EXPECT(inject_requeue(fix_vcpu));
	EXPECT_EQ(FIX_GET(VMCS_GUEST_INTERRUPTIBILITY), 0);
}

TEST(nmi_waits_for_its_window)
{
	fix_init();
	fix_vcpu->work |= WORK_NMI;
	FIX_SET(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_NMI);
	before_entry();
	EXPECT(FIX_GET(VMCS_PROC_CTLS) & PROC_NMI_WINDOW);
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO), 0);
	FIX_SET(VMCS_GUEST_INTERRUPTIBILITY, 0);
	EXPECT_EQ(fix_exit(EXIT_NMI_WINDOW), EXIT_RESUME);
	EXPECT(!(FIX_GET(VMCS_PROC_CTLS) & PROC_NMI_WINDOW));
	before_entry();
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO),
		  INT_INFO_VALID | 2 << 8 | VECTOR_NMI);
	EXPECT(!(fix_vcpu->work & WORK_NMI));
}

TEST(an_event_goes_before_an_nmi)
{
	fix_init();
	inject_exception(fix_vcpu, VECTOR_UD);
	fix_vcpu->work |= WORK_NMI;
	before_entry();
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO), HW(VECTOR_UD));
	EXPECT(fix_vcpu->work & WORK_NMI);
	EXPECT(FIX_GET(VMCS_PROC_CTLS) & PROC_NMI_WINDOW);
}

TEST(db_reaches_dr6_and_drops_gd)
{
	fix_init();
	hw_regs.dr6 = 0xffff0ff0 | 8;
	FIX_SET(VMCS_GUEST_DR7, 0x2400);
	FIX_SET(VMCS_EXIT_INT_INFO, HW(VECTOR_DB));
	FIX_SET(VMCS_EXIT_QUALIFICATION, BIT(0) | BIT(14));
	EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_RESUME);
	EXPECT_EQ(hw_regs.dr6, 0xffff0ff0 | 1 | BIT(14));
	EXPECT_EQ(FIX_GET(VMCS_GUEST_DR7), 0x400);
	EXPECT_EQ(fix_event(), HW(VECTOR_DB));
}

TEST(db_in_a_shadow_keeps_bs_pending)
{
	fix_init();
	FIX_SET(VMCS_GUEST_RFLAGS, 2 | RFLAGS_TF | RFLAGS_IF);
	FIX_SET(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_STI);
	FIX_SET(VMCS_EXIT_INT_INFO, HW(VECTOR_DB));
	EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_RESUME);
	EXPECT(FIX_GET(VMCS_GUEST_PENDING_DEBUG) & BIT(14));
}

TEST(icebp_is_given_back_as_it_came)
{
	fix_init();
	FIX_SET(VMCS_EXIT_INT_INFO, INT_INFO_VALID | 5 << 8 | VECTOR_DB);
	FIX_SET(VMCS_EXIT_INSN_LEN, 1);
	EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_RESUME);
	before_entry();
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INT_INFO),
		  INT_INFO_VALID | 5 << 8 | VECTOR_DB);
	EXPECT_EQ(FIX_GET(VMCS_ENTRY_INSN_LEN), 1);
}

TEST(ac_keeps_its_error_code)
{
	fix_init();
	FIX_SET(VMCS_EXIT_INT_INFO, HW_ERROR(VECTOR_AC));
	FIX_SET(VMCS_EXIT_ERROR_CODE, 0);
	EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_RESUME);
	EXPECT_EQ(fix_event(), HW_ERROR(VECTOR_AC));
}

TEST(endless_ac_lets_the_host_have_its_interrupts)
{
	fix_init();
	FIX_SET(VMCS_EXIT_INT_INFO, HW_ERROR(VECTOR_AC));
	FIX_SET(VMCS_IDT_VECTORING_INFO, HW_ERROR(VECTOR_AC));
	for (u32 i = 0; i < 16; i++) {
		EXPECT(!(fix_vcpu->work & WORK_IRQ_WINDOW));
		EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_RESUME);
	}
	EXPECT(fix_vcpu->work & WORK_IRQ_WINDOW);
	EXPECT_EQ(stop_reason(), GUEST_STOP_NONE);
}

TEST(a_fault_of_iret_blocks_nmis_again)
{
	fix_init();
	FIX_SET(VMCS_EXIT_INT_INFO, HW_ERROR(VECTOR_AC) | BIT(12));
	EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_RESUME);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_INTERRUPTIBILITY), BLOCKING_BY_NMI);
}

TEST(host_nmi_runs_the_hosts_handler)
{
	fix_init();
	FIX_SET(VMCS_EXIT_INT_INFO, INT_INFO_VALID | 2 << 8 | VECTOR_NMI);
	EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_RESUME);
	EXPECT_EQ(hw_regs.int_nmis, 1);
	EXPECT_EQ(fix_event(), 0);
}

TEST(exceptions_that_are_not_asked_for)
{
	fix_init();
	FIX_SET(VMCS_EXIT_INT_INFO, HW(VECTOR_UD));
	EXPECT_EQ(fix_exit(EXIT_EXCEPTION_NMI), EXIT_STOP);
}
