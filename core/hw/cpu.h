/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One-instruction wrappers: control, debug and descriptor-table registers,
 * CPUID, TSC, XCR0, halting. Memory ordering is not here: use __atomic_*.
 */
#ifndef CORE_HW_CPU_H
#define CORE_HW_CPU_H

#include "core/hw/x86.h"
#include "core/types.h"

struct cpu;

/* As LGDT and LIDT read it. */
struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;
_Static_assert(sizeof(struct desc_ptr) == 10, "m16&64");

/* GS base is this CPU's struct cpu from the first C instruction on. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	asm volatile("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

static inline void cpu_relax(void)
{
	asm volatile("pause" : : : "memory");
}

static inline void cpu_halt(void)
{
	asm volatile("hlt" : : : "memory");
}

static inline void cpu_cli(void)
{
	asm volatile("cli" : : : "memory");
}

/*
 * One statement, because interrupts stay blocked for one instruction after
 * STI: a wake-up between STI and HLT cannot be lost.
 */
static inline void cpu_sti_hlt_cli(void)
{
	asm volatile("sti; hlt; cli" : : : "memory");
}

/* Take what is pending and go on. NOP ends the STI shadow. */
static inline void cpu_sti_cli(void)
{
	asm volatile("sti; nop; cli" : : : "memory");
}

/* Run the host's NMI handler: an NMI exit does not. IRET ends NMI blocking. */
static inline void cpu_int_nmi(void)
{
	asm volatile("int $2" : : : "memory");
}

static inline void cpuid(u32 leaf, u32 subleaf, struct cpuid_regs *r)
{
	asm volatile("cpuid"
		     : "=a"(r->eax), "=b"(r->ebx), "=c"(r->ecx), "=d"(r->edx)
		     : "a"(leaf), "c"(subleaf));
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

/* False: no random number was ready. Only with CPUID.1:ECX.RDRAND. */
static inline bool rdrand(u64 *value)
{
	bool ok;

	asm volatile("rdrand %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

static inline u64 xgetbv(u32 index)
{
	u32 lo, hi;

	asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(index));
	return (u64)hi << 32 | lo;
}

static inline void xsetbv(u32 index, u64 value)
{
	asm volatile("xsetbv"
		     :
		     : "c"(index), "a"((u32)value), "d"((u32)(value >> 32))
		     : "memory");
}

#define DEFINE_REG(name, reg)                                        \
	static inline u64 read_##name(void)                          \
	{                                                            \
		u64 value;                                           \
		asm volatile("mov %%" reg ", %0" : "=r"(value) : :   \
			     "memory");                              \
		return value;                                        \
	}                                                            \
	static inline void write_##name(u64 value)                   \
	{                                                            \
		asm volatile("mov %0, %%" reg : : "r"(value) :       \
			     "memory");                              \
	}

DEFINE_REG(cr0, "cr0")
DEFINE_REG(cr2, "cr2")
DEFINE_REG(cr3, "cr3")
DEFINE_REG(cr4, "cr4")
DEFINE_REG(cr8, "cr8")
DEFINE_REG(dr0, "dr0")
DEFINE_REG(dr1, "dr1")
DEFINE_REG(dr2, "dr2")
DEFINE_REG(dr3, "dr3")
DEFINE_REG(dr6, "dr6")
DEFINE_REG(dr7, "dr7")
#undef DEFINE_REG

static inline void lgdt(const struct desc_ptr *ptr)
{
	asm volatile("lgdt %0" : : "m"(*ptr));
}

static inline void sgdt(struct desc_ptr *ptr)
{
	asm volatile("sgdt %0" : "=m"(*ptr));
}

static inline void lidt(const struct desc_ptr *ptr)
{
	asm volatile("lidt %0" : : "m"(*ptr));
}

static inline void sidt(struct desc_ptr *ptr)
{
	asm volatile("sidt %0" : "=m"(*ptr));
}

static inline void ltr(u16 selector)
{
	asm volatile("ltr %0" : : "r"(selector) : "memory");
}

static inline void lldt(u16 selector)
{
	asm volatile("lldt %0" : : "r"(selector) : "memory");
}

static inline void invlpg(const void *va)
{
	asm volatile("invlpg %0" : : "m"(*(const u8 *)va) : "memory");
}

/*
 * Before a WRMSR to an x2APIC register, which is not serializing: the stores
 * that an IPI announces become visible first. SDM 11.12.3 "MSR Access in
 * x2APIC Mode".
 */
static inline void cpu_x2apic_fence(void)
{
	asm volatile("mfence; lfence" : : : "memory");
}

static inline void wbinvd(void)
{
	asm volatile("wbinvd" : : : "memory");
}

#endif
