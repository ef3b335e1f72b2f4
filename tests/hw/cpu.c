/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the host build. */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hw/cpu.h>
#include <hw/mmio.h>
#include <hw/msr.h>
#include <hw/phys.h>
#include <hw/port.h>

#include "core/cpu.h"

#define MAX_CPUID 64

struct cpuid_answer {
	u32 leaf, subleaf;
	struct cpuid_regs regs;
};

struct hw_regs hw_regs = { .tsc_step = 100 };
void (*hw_halt_hook)(void);
void (*hw_tsc_hook)(u64 tsc);

static struct cpuid_answer answers[MAX_CPUID];
static u32 answer_count;
static __thread struct cpu_shared own_shared;
static __thread struct cpu own_cpu;
static __thread struct cpu *current;

void hw_reset(void)
{
	hw_regs = (struct hw_regs){ .tsc_step = 100 };
	hw_halt_hook = NULL;
	hw_tsc_hook = NULL;
	answer_count = 0;
	current = NULL;
	own_cpu = (struct cpu){ 0 };
	own_shared = (struct cpu_shared){ 0 };
	hw_msr_reset();
	hw_port_reset();
	hw_mmio_reset();
	hw_ram_reset();
}

void hw_set_this_cpu(struct cpu *cpu)
{
	current = cpu;
}

struct cpu *this_cpu(void)
{
	if (current)
		return current;
	own_cpu.self = &own_cpu;
	own_cpu.shared = &own_shared;
	return &own_cpu;
}

/* Two cores run all threads of a test: let the lock's owner go on. */
void cpu_relax(void)
{
	sched_yield();
}

void cpu_halt(void)
{
	hw_regs.halts++;
	if (hw_halt_hook) {
		hw_halt_hook();
		return;
	}
	fprintf(stderr, "cpu_halt() without hw_halt_hook\n");
	abort();
}

void cpu_cli(void)
{
}

void cpu_sti_hlt_cli(void)
{
	hw_regs.halts++;
	if (hw_halt_hook)
		hw_halt_hook();
}

void cpu_sti_cli(void)
{
}

void cpu_int_nmi(void)
{
	hw_regs.int_nmis++;
}

static struct cpuid_answer *find(u32 leaf, u32 subleaf)
{
	for (u32 i = 0; i < answer_count; i++) {
		if (answers[i].leaf == leaf && answers[i].subleaf == subleaf)
			return &answers[i];
	}
	return NULL;
}

void hw_cpuid_set(u32 leaf, u32 subleaf, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	struct cpuid_answer *a = find(leaf, subleaf);

	if (!a) {
		if (answer_count == MAX_CPUID)
			abort();
		a = &answers[answer_count++];
	}
	*a = (struct cpuid_answer){ leaf, subleaf, { eax, ebx, ecx, edx } };
}

void cpuid(u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	const struct cpuid_answer *a = find(leaf, subleaf);

	*r = a ? a->regs : (struct cpuid_regs){ 0 };
}

u64 rdtsc(void)
{
	u64 step = READ_ONCE(hw_regs.tsc_step);
	u64 tsc = __atomic_add_fetch(&hw_regs.tsc, step, __ATOMIC_RELAXED);

	if (hw_tsc_hook)
		hw_tsc_hook(tsc);
	return tsc;
}

bool rdrand(u64 *value)
{
	*value = hw_regs.rdrand;
	return hw_regs.rdrand != 0;
}

u64 xgetbv(u32 index)
{
	return index ? 0 : hw_regs.xcr0;
}

void xsetbv(u32 index, u64 value)
{
	if (!index)
		hw_regs.xcr0 = value;
}

void lgdt(const struct desc_ptr *ptr)
{
	hw_regs.gdtr = *ptr;
}

void sgdt(struct desc_ptr *ptr)
{
	*ptr = hw_regs.gdtr;
}

void lidt(const struct desc_ptr *ptr)
{
	hw_regs.idtr = *ptr;
}

void sidt(struct desc_ptr *ptr)
{
	*ptr = hw_regs.idtr;
}

void ltr(u16 selector)
{
	hw_regs.tr = selector;
}

void lldt(u16 selector)
{
	hw_regs.ldtr = selector;
}

void invlpg(const void *va)
{
	(void)va;
	hw_regs.invlpgs++;
}

void cpu_x2apic_fence(void)
{
}

void wbinvd(void)
{
}
