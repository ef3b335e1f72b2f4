/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Double of core/hw/cpu.h: registers are words that a test sets and reads, the
 * TSC moves by a fixed step at each read, halting calls the test's hook.
 */
#ifndef TESTS_HW_CPU_H
#define TESTS_HW_CPU_H

#include "core/hw/x86.h"
#include "core/types.h"

struct cpu;

struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

struct hw_regs {
	u64 cr0, cr2, cr3, cr4, cr8;
	u64 dr0, dr1, dr2, dr3, dr6, dr7;
	u64 xcr0;
	u64 tsc;		/* atomic: the value that RDTSC returned last */
	u64 tsc_step;		/* atomic: added by each RDTSC */
	u64 rdrand;		/* 0: none ready */
	struct desc_ptr gdtr, idtr;
	u16 tr, ldtr;
	u32 invlpgs;
	u32 halts;		/* HLT, with or without STI */
	u32 int_nmis;
};
extern struct hw_regs hw_regs;

/* All doubles back to their first state; each test may start with it. */
void hw_reset(void);
/* Called by HLT. Without a hook cpu_halt() fails the test program. */
extern void (*hw_halt_hook)(void);
/* Called by each RDTSC before it returns: devices move with time. */
extern void (*hw_tsc_hook)(u64 tsc);
/* This thread's CPU; NULL goes back to the thread's own struct cpu. */
void hw_set_this_cpu(struct cpu *cpu);
/* Answer of CPUID; what was never set reads as zeros. */
void hw_cpuid_set(u32 leaf, u32 subleaf, u32 eax, u32 ebx, u32 ecx, u32 edx);

struct cpu *this_cpu(void);
void cpu_relax(void);
void cpu_halt(void);
void cpu_cli(void);
void cpu_sti_hlt_cli(void);
void cpu_sti_cli(void);
void cpu_int_nmi(void);
void cpuid(u32 leaf, u32 subleaf, struct cpuid_regs *r);
u64 rdtsc(void);
bool rdrand(u64 *value);
u64 xgetbv(u32 index);
void xsetbv(u32 index, u64 value);

#define DEFINE_REG(name)                          \
	static inline u64 read_##name(void)       \
	{                                         \
		return hw_regs.name;              \
	}                                         \
	static inline void write_##name(u64 value) \
	{                                         \
		hw_regs.name = value;             \
	}

DEFINE_REG(cr0)
DEFINE_REG(cr2)
DEFINE_REG(cr3)
DEFINE_REG(cr4)
DEFINE_REG(cr8)
DEFINE_REG(dr0)
DEFINE_REG(dr1)
DEFINE_REG(dr2)
DEFINE_REG(dr3)
DEFINE_REG(dr6)
DEFINE_REG(dr7)
#undef DEFINE_REG

void lgdt(const struct desc_ptr *ptr);
void sgdt(struct desc_ptr *ptr);
void lidt(const struct desc_ptr *ptr);
void sidt(struct desc_ptr *ptr);
void ltr(u16 selector);
void lldt(u16 selector);
void invlpg(const void *va);
void cpu_x2apic_fence(void);
void wbinvd(void);

#endif
