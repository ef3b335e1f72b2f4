/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: every privileged, VMX, SVM, SGX and otherwise suspicious
 * instruction, at CPL 0 and 3, with zero and with random registers. Each must
 * end in an exception or do no harm; a guest without VMX must see #UD.
 */
#include "lib/guest.h"

#define ROUNDS	8

struct insn {
	const char *name;
	void *code;
	u64 outcome;		/* 0: any */
};

extern const struct insn insns[], insns_end[];
void insn_run(u64 regs[6], void *insn);

static u64 regs[6];
static u64 scratch[64];
static const struct insn *current;

static u64 random(void)
{
	static u64 seed = 88172645463325252;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* RSI stays a valid address: some of these store, and must not hit us. */
static void randomize(u32 round)
{
	u32 i;

	for (i = 0; i < 6; i++)
		regs[i] = round ? random() >> (random() & 63) : 0;
	if (round == 1)
		regs[5] = (u64)scratch;
	regs[4] = (u64)scratch;
}

static void go(void *arg)
{
	(void)arg;
	insn_run(regs, current->code);
}

/* What a lucky hit may have changed, put back for the next victim. */
static void repair(void)
{
	struct cpu *cpu = this_cpu();

	asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs;"
		     "lldt %w1" :: "r"(SEL_DATA), "r"(0));
	write_cr0(read_cr0() & ~CR0_TS);
	cpu->gdt[SEL_TSS / 8] &= ~BIT(41);
	asm volatile("ltr %w0" :: "r"(SEL_TSS));
	trap_load_idt();
}

static bool acceptable(const struct insn *i, struct trap t, u32 *seen)
{
	*seen = t.vector;
	if (i->outcome && !cpu_tcg())
		return t.vector == i->outcome;
	return true;
}

/* Where the CPU has them, these may rightly sleep for ever with IF=0. */
static bool may_sleep(const char *name)
{
	if (!memcmp(name, "mwait", 6))
		return cpuid(1, 0).ecx & BIT(3);
	if (!memcmp(name, "umwait", 7) || !memcmp(name, "tpause", 7))
		return cpuid(7, 0).ecx & BIT(5);
	return false;
}

static void test_insn(const struct insn *i)
{
	u32 round, seen = 0, bad = 0;
	struct trap t;

	if (may_sleep(i->name)) {
		test_skip(test_name("hostile", "priv", i->name),
			  "CPU has it: may sleep for ever");
		return;
	}
	current = i;
	for (round = 0; round < ROUNDS; round++) {
		randomize(round);
		t = TRAP_OF(go(NULL));
		bad += !acceptable(i, t, &seen);
		repair();
		randomize(round);
		user_call(go, NULL, 2);
		repair();
	}
	test_check(test_name("hostile", "priv", i->name), !bad,
		   "vector %u, wanted %lu", seen, i->outcome);
}

/* SYSCALL and SYSENTER lead to an invalid opcode in our own code. */
static void landing(void)
{
	asm volatile("ud2");
}

int main(void)
{
	const struct insn *i;

	wrmsr(MSR_STAR, (u64)SEL_CODE64 << 32 | (u64)SEL_DATA16 << 48);
	wrmsr(MSR_LSTAR, (u64)landing);
	wrmsr(MSR_FMASK, 0x700);
	wrmsr(MSR_SYSENTER_CS, SEL_CODE64);
	wrmsr(MSR_SYSENTER_EIP, (u64)landing);
	wrmsr(MSR_SYSENTER_ESP, (u64)this_cpu() + CPU_RSP0_TOP - 64);
	for (i = insns; i < insns_end; i++)
		test_insn(i);
	return 0;
}
