/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: storms of every event that a guest can raise: INT n with every
 * vector, #UD, #DB by single step, #PF, #AC, self-IPIs and broadcasts with
 * every vector, NMIs, and a timer that fires without pause. "rounds=N" sets
 * the length (default 2000).
 */
#include "lib/guest.h"

static u32 rounds, events;
static bool eoi;

static void on_any(struct frame *f)
{
	(void)f;
	__atomic_fetch_add(&events, 1, __ATOMIC_RELAXED);
	if (eoi)
		apic_eoi();
}

static void on_step(struct frame *f)
{
	if (++events >= rounds)
		f->rflags &= ~RFLAGS_TF;
}

/* INT n needs its operand in the code: one stub, patched. */
static void storm_int(void)
{
	u8 *code = (u8 *)page_free_base();
	u32 i, v, raised = 0;

	eoi = false;
	events = 0;
	for (i = 0; i < rounds; i++) {
		v = 32 + i % 223;
		code[0] = 0xcd;
		code[1] = (u8)v;
		code[2] = 0xc3;
		raised++;
		((void (*)(void))code)();
	}
	test_equal("hostile.storm.int", events, raised);
}

static void storm_exceptions(void)
{
	u32 i, ud = 0, pf = 0, gp = 0;
	struct trap t;

	for (i = 0; i < rounds; i++) {
		t = TRAP_OF(asm volatile("ud2"));
		ud += t.vector == VEC_UD;
		t = TRAP_OF(asm volatile("mov (%0), %%al" :: "r"(BIT(44))
					 : "rax"));
		pf += t.vector == VEC_PF;
		t = TRAP_OF(asm volatile("mov %0, %%fs" :: "r"(0x1f8)));
		gp += t.vector == VEC_GP;
	}
	test_equal("hostile.storm.ud", ud, rounds);
	test_equal("hostile.storm.pf", pf, rounds);
	test_equal("hostile.storm.gp", gp, rounds);
}

static void storm_step(void)
{
	events = 0;
	trap_set_handler(VEC_DB, on_step);
	asm volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
	while (READ_ONCE(events) < rounds)
		;
	trap_set_handler(VEC_DB, NULL);
	test_check("hostile.storm.db", events >= rounds, "%u", events);
}

static void user_misaligned(void *arg)
{
	asm volatile("movl (%0), %%eax" :: "r"((u64)arg + 1) : "rax");
}

static void storm_ac(void)
{
	static u64 data[2];
	u64 cr0 = read_cr0();
	u32 i, ac = 0;

	if (test_tcg_gap("hostile.storm.ac", "has no #AC"))
		return;
	write_cr0(cr0 | CR0_AM);
	for (i = 0; i < rounds; i++)
		ac += user_call(user_misaligned, data, RFLAGS_AC | 2).vector
			== VEC_AC;
	write_cr0(cr0);
	test_equal("hostile.storm.ac", ac, rounds);
}

static void storm_self_ipi(void)
{
	u32 i;

	eoi = true;
	events = 0;
	for (i = 0; i < rounds; i++) {
		if (i & 1)
			sti();
		else
			cli();
		apic_icr(0, ICR_SELF | ICR_ASSERT | (32 + i % 223));
	}
	sti();
	delay_us(500);
	cli();
	test_check("hostile.storm.self-ipi", events, "none arrived");
}

static void broadcast(void *arg)
{
	u32 i;

	(void)arg;
	sti();
	for (i = 0; i < rounds; i++)
		apic_icr(0xff, (i & 1 ? ICR_ALL : ICR_OTHERS) | ICR_ASSERT |
			 (32 + i % 223));
	delay_us(500);
}

static void storm_broadcast(void)
{
	events = 0;
	eoi = true;
	if (smp_start() < 2) {
		test_skip("hostile.storm.broadcast", "one CPU");
		return;
	}
	test_check("hostile.storm.broadcast", smp_call_all(broadcast, NULL) &&
		   events, "a CPU did not come back");
	cli();
}

static void storm_nmi(void)
{
	u32 i;

	eoi = false;
	events = 0;
	trap_set_handler(VEC_NMI, on_any);
	for (i = 0; i < rounds; i++)
		apic_icr(apic_id(), ICR_NMI | ICR_ASSERT);
	wait_for(100000, READ_ONCE(events));
	test_check("hostile.storm.nmi", events, "none arrived");
}

/* The period may be so short that only this handler ever runs. */
static void on_timer(struct frame *f)
{
	(void)f;
	if (++events == rounds) {
		apic_write(APIC_LVT_TIMER, LVT_MASKED);
		apic_write(APIC_TMICT, 0);
	}
	apic_eoi();
}

/* Bare QEMU starves its own CPU thread with a period of 1 ns. */
static void storm_timer(void)
{
	u32 period = cpu_tcg() ? 20000 : 1;

	events = 0;
	trap_set_handler(0x7e, on_timer);
	apic_write(APIC_DCR, 0xb);
	apic_write(APIC_LVT_TIMER, LVT_PERIODIC | 0x7e);
	apic_write(APIC_TMICT, period);
	sti();
	wait_for(5000000, READ_ONCE(events) >= rounds);
	cli();
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	apic_write(APIC_TMICT, 0);
	print("%u timer interrupts\n", events);
	test_check("hostile.storm.timer", events, "none arrived");
}

/* Requests of wild form: every delivery mode with every destination kind. */
static void storm_icr(void)
{
	u32 i, mode;

	eoi = true;
	for (i = 0; i < rounds; i++) {
		mode = i % 8;
		/* INIT, SIPI and SMI would end this test. */
		if (mode == 5 || mode == 6 || mode == 2)
			continue;
		apic_icr(i * 37 & 0xff, mode << 8 | (i & 1) << 11 |
			 (i & 2) << 13 | ICR_ASSERT | (i * 7 & 0xff) | 32);
	}
	sti();
	delay_us(500);
	cli();
	test_pass("hostile.storm.icr");
}

int main(void)
{
	u32 v;

	rounds = (u32)boot_option("rounds", 2000);
	for (v = 32; v < 256; v++)
		trap_set_handler((u8)v, on_any);
	storm_int();
	for (v = 32; v < 256; v++)
		idt[v].type = 0x8e;
	trap_set_handler(VEC_USER_RETURN, NULL);
	idt[VEC_USER_RETURN].type = 0xee;
	storm_exceptions();
	storm_step();
	storm_ac();
	trap_set_handler(VEC_USER_RETURN, on_any);
	storm_self_ipi();
	storm_broadcast();
	storm_nmi();
	storm_timer();
	storm_icr();
	return 0;
}
