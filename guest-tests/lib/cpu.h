/* SPDX-License-Identifier: BSD-2-Clause */
/* Processor instructions and the register bits that tests name. */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include "lib/types.h"

#define CR0_PE	BIT(0)
#define CR0_MP	BIT(1)
#define CR0_EM	BIT(2)
#define CR0_TS	BIT(3)
#define CR0_NE	BIT(5)
#define CR0_WP	BIT(16)
#define CR0_AM	BIT(18)
#define CR0_NW	BIT(29)
#define CR0_CD	BIT(30)
#define CR0_PG	BIT(31)

#define CR4_VME		BIT(0)
#define CR4_PSE		BIT(4)
#define CR4_PAE		BIT(5)
#define CR4_OSFXSR	BIT(9)
#define CR4_OSXMMEXCPT	BIT(10)
#define CR4_LA57	BIT(12)
#define CR4_VMXE	BIT(13)
#define CR4_SMXE	BIT(14)
#define CR4_PCIDE	BIT(17)
#define CR4_OSXSAVE	BIT(18)
#define CR4_PKE		BIT(22)

#define EFER_SCE	BIT(0)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)
#define EFER_NXE	BIT(11)

#define RFLAGS_CF	BIT(0)
#define RFLAGS_ZF	BIT(6)
#define RFLAGS_TF	BIT(8)
#define RFLAGS_IF	BIT(9)
#define RFLAGS_AC	BIT(18)

#define MSR_TSC			0x10
#define MSR_APIC_BASE		0x1b
#define MSR_TSC_ADJUST		0x3b
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_PAT			0x277
#define MSR_MTRRCAP		0xfe
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_MISC_ENABLE		0x1a0
#define MSR_X2APIC		0x800
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_FMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(u32 leaf, u32 subleaf)
{
	struct cpuid r;

	asm volatile("cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "a"(leaf), "c"(subleaf));
	return r;
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 val)
{
	asm volatile("wrmsr" :: "c"(msr), "a"((u32)val),
		     "d"((u32)(val >> 32)) : "memory");
}

/* LFENCE on both sides: no work of the caller is counted twice or missed. */
static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("lfence; rdtsc; lfence" : "=a"(lo), "=d"(hi) :: "memory");
	return (u64)hi << 32 | lo;
}

#define DEFINE_CR(n)						\
static inline u64 read_cr##n(void)				\
{								\
	u64 val;						\
								\
	asm volatile("mov %%cr" #n ", %0" : "=r"(val) :: "memory"); \
	return val;						\
}								\
								\
static inline void write_cr##n(u64 val)				\
{								\
	asm volatile("mov %0, %%cr" #n :: "r"(val) : "memory");	\
}
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)
DEFINE_CR(8)
#undef DEFINE_CR

static inline u64 read_flags(void)
{
	u64 val;

	asm volatile("pushfq; pop %0" : "=r"(val) :: "memory");
	return val;
}

static inline void cli(void)
{
	asm volatile("cli" ::: "memory");
}

static inline void sti(void)
{
	asm volatile("sti; nop" ::: "memory");
}

/* STI's shadow covers HLT: no interrupt is lost between the two. */
static inline void sti_hlt(void)
{
	asm volatile("sti; hlt" ::: "memory");
}

static inline void pause(void)
{
	asm volatile("pause" ::: "memory");
}

static inline void invlpg(u64 addr)
{
	asm volatile("invlpg (%0)" :: "r"(addr) : "memory");
}

static inline bool cpu_x2apic(void)
{
	return cpuid(1, 0).ecx & BIT(21);
}

static inline bool cpu_deadline(void)
{
	return cpuid(1, 0).ecx & BIT(24);
}

/* Does the hypervisor leaf at base carry this 12-byte signature? */
bool cpu_signature(u32 base, const char *sig);
bool cpu_noexit(void);
bool cpu_tcg(void);
u32 cpu_max_leaf(void);

#endif
