/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: interrupt tables that lead nowhere: gates of wrong types, beyond
 * the limit, to bad selectors, with bad stacks, tables in a hole. Each ends
 * in the exception that the architecture names; the last is a triple fault
 * and must not come back.
 */
#include "lib/guest.h"

static void int90(const char *name, u32 vector, u32 error)
{
	test_trap(name, TRAP_OF(asm volatile("int $0x90")), vector, error);
}

static void test_gates(void)
{
	struct idt_gate old = idt[0x90];

	if (test_tcg_gap("hostile.idt.task-gate", "codes vector * 16"))
		return;
	idt[0x90].type = 0x85;
	int90("hostile.idt.task-gate", VEC_GP, 0x90 * 8 + 2);
	idt[0x90].type = 0x80;
	int90("hostile.idt.type-0", VEC_GP, 0x90 * 8 + 2);
	idt[0x90].type = 0x8e;
	idt[0x90].selector = 0;
	int90("hostile.idt.null-selector", VEC_GP, 0);
	idt[0x90].selector = SEL_DATA;
	int90("hostile.idt.data-selector", VEC_GP, SEL_DATA);
	idt[0x90].selector = 0x1f8;
	int90("hostile.idt.selector-beyond-gdt", VEC_GP, 0x1f8);
	idt[0x90] = old;
	idt[0x90].offset_hi = 0x12345678;
	int90("hostile.idt.non-canonical", VEC_GP, 0);
	idt[0x90] = old;
}

static void test_limit(void)
{
	struct table_pointer p = { 0x8f * 16 + 15, (u64)idt };

	if (test_tcg_gap("hostile.idt.limit", "codes vector * 16"))
		return;
	asm volatile("lidt %0" :: "m"(p));
	int90("hostile.idt.limit", VEC_GP, 0x90 * 8 + 2);
	trap_load_idt();
}

/* A stack that cannot be pushed on: fault in delivery, #DF on a good one. */
static void test_stacks(void)
{
	struct cpu *cpu = this_cpu();
	struct trap t;

	cpu->tss.ist[2] = 0x8000000000000000;
	idt[VEC_UD].ist = 3;
	t = TRAP_OF(asm volatile("ud2"));
	test_check("hostile.idt.bad-ist", t.vector == VEC_SS, "vector %u",
		   t.vector);
	cpu->tss.ist[2] = BIT(44);
	test_trap("hostile.idt.unmapped-ist", TRAP_OF(asm volatile("ud2")),
		  VEC_PF, 2);
	idt[VEC_UD].ist = 0;
	idt[VEC_GP].ist = idt[VEC_SS].ist = 0;
	test_trap("hostile.idt.bad-rsp", TRAP_OF(
		  asm volatile("mov %0, %%rsp; ud2" :: "r"(BIT(62)))),
		  VEC_DF, 0);
}

/* Descriptor tables that no memory backs read all ones: invalid gates. */
static void end_in_hole(void)
{
	struct table_pointer p = { 0xfff, page_hole() };

	print("BEGIN hostile-idt\n");
	asm volatile("lidt %0; int $0x90" :: "m"(p));
	test_fail("hostile-idt", "still running");
}

int main(void)
{
	test_gates();
	test_limit();
	test_stacks();
	end_in_hole();
	return 0;
}
