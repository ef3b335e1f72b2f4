/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control-register, EFER and CPUID names of the SDM. Names only: the doubles
 * of tests/hw use them too.
 */
#ifndef CORE_HW_X86_H
#define CORE_HW_X86_H

#include "core/types.h"

#define CR0_PE		BIT(0)
#define CR0_MP		BIT(1)
#define CR0_EM		BIT(2)
#define CR0_TS		BIT(3)
#define CR0_ET		BIT(4)
#define CR0_NE		BIT(5)
#define CR0_WP		BIT(16)
#define CR0_AM		BIT(18)
#define CR0_NW		BIT(29)
#define CR0_CD		BIT(30)
#define CR0_PG		BIT(31)

#define CR4_VME		BIT(0)
#define CR4_PVI		BIT(1)
#define CR4_TSD		BIT(2)
#define CR4_DE		BIT(3)
#define CR4_PSE		BIT(4)
#define CR4_PAE		BIT(5)
#define CR4_MCE		BIT(6)
#define CR4_PGE		BIT(7)
#define CR4_PCE		BIT(8)
#define CR4_OSFXSR	BIT(9)
#define CR4_OSXMMEXCPT	BIT(10)
#define CR4_UMIP	BIT(11)
#define CR4_LA57	BIT(12)
#define CR4_VMXE	BIT(13)
#define CR4_SMXE	BIT(14)
#define CR4_FSGSBASE	BIT(16)
#define CR4_PCIDE	BIT(17)
#define CR4_OSXSAVE	BIT(18)
#define CR4_SMEP	BIT(20)
#define CR4_SMAP	BIT(21)
#define CR4_PKE		BIT(22)
#define CR4_CET		BIT(23)
#define CR4_PKS		BIT(24)
#define CR4_UINTR	BIT(25)

#define EFER_SCE	BIT(0)
#define EFER_LME	BIT(8)
#define EFER_LMA	BIT(10)
#define EFER_NXE	BIT(11)

#define RFLAGS_FIXED	BIT(1)
#define RFLAGS_CF	BIT(0)
#define RFLAGS_ZF	BIT(6)
#define RFLAGS_TF	BIT(8)
#define RFLAGS_IF	BIT(9)
#define RFLAGS_RF	BIT(16)
#define RFLAGS_VM	BIT(17)

#define XCR0_X87	BIT(0)
#define XCR0_SSE	BIT(1)
#define XCR0_AVX	BIT(2)
#define XCR0_BNDREGS	BIT(3)
#define XCR0_BNDCSR	BIT(4)
#define XCR0_OPMASK	BIT(5)
#define XCR0_ZMM_HI256	BIT(6)
#define XCR0_HI16_ZMM	BIT(7)
#define XCR0_PKRU	BIT(9)
#define XCR0_TILECFG	BIT(17)
#define XCR0_TILEDATA	BIT(18)

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

/* CPUID.1:ECX and EDX */
#define CPUID_1_ECX_VMX			BIT(5)
#define CPUID_1_ECX_PCID		BIT(17)
#define CPUID_1_ECX_X2APIC		BIT(21)
#define CPUID_1_ECX_TSC_DEADLINE	BIT(24)
#define CPUID_1_ECX_XSAVE		BIT(26)
#define CPUID_1_ECX_OSXSAVE		BIT(27)
#define CPUID_1_ECX_RDRAND		BIT(30)
#define CPUID_1_ECX_HYPERVISOR		BIT(31)
#define CPUID_1_EDX_MCE			BIT(7)
#define CPUID_1_EDX_APIC		BIT(9)
#define CPUID_1_EDX_PGE			BIT(13)
#define CPUID_1_EDX_MCA			BIT(14)
#define CPUID_1_EDX_PAT			BIT(16)
/* CPUID.7.0:EBX and ECX */
#define CPUID_7_EBX_FSGSBASE		BIT(0)
#define CPUID_7_EBX_SMEP		BIT(7)
#define CPUID_7_EBX_SMAP		BIT(20)
#define CPUID_7_ECX_UMIP		BIT(2)
#define CPUID_7_ECX_LA57		BIT(16)
/* CPUID.80000001:EDX */
#define CPUID_EXT1_EDX_NX		BIT(20)
#define CPUID_EXT1_EDX_PAGE1GB		BIT(26)
#define CPUID_EXT1_EDX_LM		BIT(29)

/* Exception vectors with a meaning of their own here. */
#define VECTOR_DE	0
#define VECTOR_DB	1
#define VECTOR_NMI	2
#define VECTOR_BP	3
#define VECTOR_UD	6
#define VECTOR_NM	7
#define VECTOR_DF	8
#define VECTOR_TS	10
#define VECTOR_NP	11
#define VECTOR_SS	12
#define VECTOR_GP	13
#define VECTOR_PF	14
#define VECTOR_MF	16
#define VECTOR_AC	17
#define VECTOR_MC	18
#define VECTOR_XM	19
#define VECTOR_VE	20
#define VECTOR_CP	21

#endif
