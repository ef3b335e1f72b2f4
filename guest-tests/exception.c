/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every exception reaches the guest with its own error code, CR2 and DR6,
 * also while the hypervisor carries out the instruction (single step).
 */
#include "lib/guest.h"

#define NON_CANONICAL	0x8000000000000000ul
#define MISALIGNED	1

extern u8 step_nop_end[], step_cpuid_end[], step_in_end[], step_rdmsr_end[],
	  step_mmio_end[];
void step_nop(u64 rdi, u64 rsi, u64 rdx, u64 rcx);
void step_cpuid(u64 rdi, u64 rsi, u64 rdx, u64 rcx);
void step_in(u64 rdi, u64 rsi, u64 rdx, u64 rcx);
void step_rdmsr(u64 rdi, u64 rsi, u64 rdx, u64 rcx);
void step_mmio(u64 rdi, u64 rsi, u64 rdx, u64 rcx);
void compat_into(void);
void compat_bound(void);

static u64 read_dr6(void)
{
	u64 val;

	asm volatile("mov %%dr6, %0" : "=r"(val));
	return val;
}

static void set_debug(u64 dr0, u64 dr7)
{
	asm volatile("mov %2, %%dr6; mov %0, %%dr0; mov %1, %%dr7"
		     :: "r"(dr0), "r"(dr7), "r"(0xffff0ff0ul));
}

static void test_simple(void)
{
	struct trap t;
	u32 zero = 0;

	test_trap("exception.de", TRAP_OF(
		  asm volatile("divl %0" :: "r"(zero), "a"(1), "d"(0))),
		  VEC_DE, 0);
	test_trap("exception.bp", TRAP_OF(asm volatile("int3")), VEC_BP, 0);
	test_trap("exception.int-4", TRAP_OF(asm volatile("int $4")),
		  VEC_OF, 0);
	test_trap("exception.into", TRAP_OF(compat_into()), VEC_OF, 0);
	test_trap("exception.bound", TRAP_OF(compat_bound()), VEC_BR, 0);
	t = TRAP_OF(asm volatile("ud2"));
	test_trap("exception.ud", t, VEC_UD, 0);
	test_equal("exception.ud-rip", *(u16 *)t.rip, 0x0b0f);
	test_trap("exception.ud-lock", TRAP_OF(
		  asm volatile(".byte 0xf0, 0x90")), VEC_UD, 0);
	if (!test_tcg_gap("exception.icebp", "has no INT1"))
		test_trap("exception.icebp", TRAP_OF(
			  asm volatile(".byte 0xf1")), VEC_DB, 0);
}

static void test_step(const char *name, void (*fn)(u64, u64, u64, u64),
		      const u8 *end)
{
	struct trap t;

	set_debug(0, 0x400);
	t = TRAP_OF(fn(LAPIC_BASE, 0, 0x1234, MSR_APIC_BASE));
	test_check(name, t.vector == VEC_DB && t.rip == (u64)end &&
		   (read_dr6() & BIT(14)),
		   "vector %u rip 0x%lx (wanted 0x%lx) dr6 0x%lx", t.vector,
		   t.rip, (u64)end, read_dr6());
}

static u64 watched;

static void test_debug_registers(void)
{
	struct trap t;

	set_debug((u64)&watched, 0x000d0403);	/* 8.. 4-byte writes */
	t = TRAP_OF(WRITE_ONCE(watched, 1));
	test_check("exception.db-write", t.vector == VEC_DB &&
		   (read_dr6() & 1), "vector %u dr6 0x%lx", t.vector,
		   read_dr6());
	set_debug((u64)step_nop, 0x403);
	t = TRAP_OF(step_nop(0, 0, 0, 0));
	test_check("exception.db-execute", t.vector == VEC_DB &&
		   t.rip == (u64)step_nop && (read_dr6() & 1),
		   "vector %u rip 0x%lx dr6 0x%lx", t.vector, t.rip,
		   read_dr6());
	set_debug(0, 0x400);
	if (test_tcg_gap("exception.db-general-detect", "has no DR7.GD"))
		return;
	set_debug(0, 0x2400);
	t = TRAP_OF(asm volatile("mov %%dr0, %%rax" ::: "rax"));
	asm volatile("mov %0, %%dr7" :: "r"(0x400ul));
	test_check("exception.db-general-detect", t.vector == VEC_DB &&
		   (read_dr6() & BIT(13)), "vector %u dr6 0x%lx", t.vector,
		   read_dr6());
	set_debug(0, 0x400);
}

static void test_fpu(void)
{
	u64 cr0 = read_cr0(), cr4 = read_cr4();
	u32 mxcsr = 0, one = 0x3f800000;
	u16 fcw = 0x37b;	/* divide by zero unmasked */

	write_cr0(cr0 | CR0_TS);
	test_trap("exception.nm", TRAP_OF(asm volatile("fnop")), VEC_NM, 0);
	write_cr0((cr0 | CR0_EM) & ~CR0_TS);
	test_trap("exception.ud-sse-em", TRAP_OF(
		  asm volatile("movaps %xmm0, %xmm1")), VEC_UD, 0);
	write_cr0((cr0 | CR0_NE) & ~(CR0_EM | CR0_TS));
	test_trap("exception.mf", TRAP_OF(
		  asm volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait"
			       :: "m"(fcw))), VEC_MF, 0);
	asm volatile("fninit");
	write_cr4(cr4 | CR4_OSFXSR | CR4_OSXMMEXCPT);
	if (!test_tcg_gap("exception.xm", "has no SSE exceptions"))
		test_trap("exception.xm", TRAP_OF(
			  asm volatile("ldmxcsr %0; movss %1, %%xmm0;"
				       "xorps %%xmm1, %%xmm1;"
				       "divss %%xmm1, %%xmm0"
				       :: "m"(mxcsr), "m"(one))), VEC_XM, 0);
	mxcsr = 0x1f80;
	asm volatile("ldmxcsr %0" :: "m"(mxcsr));
	write_cr4(cr4);
	write_cr0(cr0);
}

static void user_misaligned(void *arg)
{
	asm volatile("movl (%0), %%eax" :: "r"((u64)arg + MISALIGNED)
		     : "rax");
}

static void test_alignment(void)
{
	static u64 data[2];
	u64 cr0 = read_cr0();

	if (test_tcg_gap("exception.ac", "has no #AC"))
		return;
	write_cr0(cr0 | CR0_AM);
	test_trap("exception.ac", user_call(user_misaligned, data,
					    RFLAGS_AC | 2), VEC_AC, 0);
	write_cr0(cr0);
}

/* Selectors: the two spare descriptors are filled as each case needs. */
static void test_segments(void)
{
	u64 *gdt = this_cpu()->gdt;
	u32 sel = SEL_SPARE;

	gdt[SEL_SPARE / 8] = 0x00cf13000000ffff;	/* data, P = 0 */
	test_trap("exception.np", TRAP_OF(
		  asm volatile("mov %0, %%fs" :: "r"(sel))), VEC_NP, sel);
	test_trap("exception.ss-not-present", TRAP_OF(
		  asm volatile("mov %0, %%ss" :: "r"(sel))), VEC_SS, sel);
	test_trap("exception.gp-selector", TRAP_OF(
		  asm volatile("mov %0, %%fs" :: "r"(0x1f8))), VEC_GP, 0x1f8);
	test_trap("exception.gp-code-in-ss", TRAP_OF(
		  asm volatile("mov %0, %%ss" :: "r"(SEL_CODE64))), VEC_GP,
		  SEL_CODE64);
	if (!test_tcg_gap("exception.ss-non-canonical", "raises #GP"))
		test_trap("exception.ss-non-canonical", TRAP_OF(
			  asm volatile("push %%rbp; mov %0, %%rbp;"
				       "mov (%%rbp), %%rax; pop %%rbp"
				       :: "r"(NON_CANONICAL) : "rax")),
			  VEC_SS, 0);
	test_trap("exception.gp-non-canonical", TRAP_OF(
		  asm volatile("mov (%0), %%rax" :: "r"(NON_CANONICAL)
			       : "rax")), VEC_GP, 0);
	asm volatile("mov %0, %%fs" :: "r"(SEL_DATA));
}

/* #TS: the interrupt stack lies beyond the end of a short TSS. */
static void test_invalid_tss(void)
{
	struct cpu *cpu = this_cpu();
	u64 *desc = &cpu->gdt[SEL_TSS / 8], old = *desc & ~BIT(41);

	idt[0x90].ist = 7;
	*desc = (old & ~0xfffful) | 0x40;
	asm volatile("ltr %w0" :: "r"(SEL_TSS));
	test_trap("exception.ts", TRAP_OF(asm volatile("int $0x90")), VEC_TS,
		  SEL_TSS);
	*desc = old;
	asm volatile("ltr %w0" :: "r"(SEL_TSS));
	idt[0x90].ist = 0;
}

static void user_int(void *arg)
{
	(void)arg;
	asm volatile("int $0x91");
}

static void user_cli(void *arg)
{
	(void)arg;
	asm volatile("cli");
}

static void test_gate_errors(void)
{
	if (test_tcg_gap("exception.np-gate", "codes vector * 16") &&
	    test_tcg_gap("exception.gp-gate-dpl", "codes vector * 16"))
		return;
	idt[0x90].type = 0x0e;
	test_trap("exception.np-gate", TRAP_OF(asm volatile("int $0x90")),
		  VEC_NP, 0x90 * 8 + 2);
	idt[0x90].type = 0x8e;
	test_trap("exception.gp-gate-dpl", user_call(user_int, NULL, 2),
		  VEC_GP, 0x91 * 8 + 2);
}

static void test_gates(void)
{
	test_trap("exception.gp-user-cli", user_call(user_cli, NULL, 2),
		  VEC_GP, 0);
	idt[VEC_DE].type = 0x0e;
	test_trap("exception.df", TRAP_OF(
		  asm volatile("divl %0" :: "r"(0), "a"(1), "d"(0))),
		  VEC_DF, 0);
	idt[VEC_DE].type = 0x8e;
	idt[VEC_PF].type = 0x0e;
	test_trap("exception.df-in-pf", TRAP_OF(
		  asm volatile("mov (%0), %%rax" :: "r"(BIT(40)) : "rax")),
		  VEC_DF, 0);
	idt[VEC_PF].type = 0x8e;
	if (test_tcg_gap("exception.np-ext", "does not set EXT"))
		return;
	idt[VEC_UD].type = 0x0e;
	test_trap("exception.np-ext", TRAP_OF(asm volatile("ud2")), VEC_NP,
		  VEC_UD * 8 + 3);
	idt[VEC_UD].type = 0x8e;
}

int main(void)
{
	test_simple();
	test_step("exception.step-nop", step_nop, step_nop_end);
	test_step("exception.step-cpuid", step_cpuid, step_cpuid_end);
	test_step("exception.step-in", step_in, step_in_end);
	test_step("exception.step-rdmsr", step_rdmsr, step_rdmsr_end);
	test_step("exception.step-mmio", step_mmio, step_mmio_end);
	test_debug_registers();
	test_fpu();
	test_alignment();
	test_segments();
	test_invalid_tss();
	test_gate_errors();
	test_gates();
	return 0;
}
