/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID as guests see it: a table made once per VM from the machine's CPUID
 * and a policy. vmx/cpuid_policy.c builds it, vmx/exit_cpuid.c reads it.
 */
#ifndef VMX_CPUID_H
#define VMX_CPUID_H

#include "core/types.h"

#include <hw/cpu.h>

#define CPUID_BASIC_LEAVES	0x20	/* 0..0x1f */
#define CPUID_EXT_LEAVES	9	/* 0x80000000..0x80000008 */
#define CPUID_ENTRIES		128
#define CPUID_HV_BASE		0x40000000u
#define CPUID_HV_OWN		0x40000100u
#define CPUID_EXT_BASE		0x80000000u

/* Bits that need a look at the vCPU. */
enum cpuid_fix { CPUID_FIX_NONE, CPUID_FIX_1, CPUID_FIX_7, CPUID_FIX_TOPOLOGY,
		 CPUID_FIX_D };

struct cpuid_slot {
	u8 first;		/* index of subleaf 0 */
	u8 count;		/* subleaves; 1: ECX is not looked at */
	u8 fix;			/* enum cpuid_fix */
	bool special;		/* has subleaves or a fix */
};

struct cpuid_table {
	struct cpuid_slot basic[CPUID_BASIC_LEAVES];
	struct cpuid_slot ext[CPUID_EXT_LEAVES];
	struct cpuid_slot hv[2], own[2];
	u32 used;		/* entries */
	u32 max_ext;		/* highest extended leaf */
	struct cpuid_regs entry[CPUID_ENTRIES];
};
_Static_assert(sizeof(struct cpuid_table) <= PAGE_SIZE, "one page");

struct vm;

/* CPUID.15: guest TSC = crystal * ratio; the APIC timer counts the crystal. */
struct cpuid_clock {
	u32 ratio;
	u32 crystal_hz;
};
struct cpuid_clock cpuid_clock(u64 tsc_hz);
void cpuid_build(struct cpuid_table *t, u32 vcpus, bool x2apic,
		 struct cpuid_clock clock);
/* Pure lookup, without what depends on the vCPU. *fix says what is missing. */
const struct cpuid_regs *cpuid_lookup(const struct cpuid_table *t, u32 leaf,
				      u32 subleaf, enum cpuid_fix *fix);
/* One register of the guest's CPUID: is that feature offered? */
u32 cpuid_guest_ecx1(const struct cpuid_table *t);
u32 cpuid_guest_7(const struct cpuid_table *t, u32 *ecx, u32 *edx);

/* CPUID.7.0:EDX */
#define CPUID_7_EDX_SPEC_CTRL	BIT(26)
#define CPUID_7_EDX_STIBP	BIT(27)
#define CPUID_7_EDX_ARCH_CAP	BIT(29)
#define CPUID_7_EDX_SSBD	BIT(31)
#define CPUID_7_EBX_TSC_ADJUST	BIT(1)
#define CPUID_7_ECX_PKU		BIT(3)
#define CPUID_7_ECX_OSPKE	BIT(4)
/* CPUID.7.2:EDX */
#define CPUID_7_2_EDX_PSFD	BIT(0)
#define CPUID_7_2_EDX_IPRED	BIT(1)
#define CPUID_7_2_EDX_RRSBA	BIT(2)
#define CPUID_7_2_EDX_BHI	BIT(4)

/* IA32_SPEC_CTRL, IA32_PRED_CMD */
#define SPEC_CTRL_IBRS		BIT(0)
#define SPEC_CTRL_STIBP		BIT(1)
#define SPEC_CTRL_SSBD		BIT(2)
#define SPEC_CTRL_IPRED		BITS(4, 3)
#define SPEC_CTRL_RRSBA		BITS(6, 5)
#define SPEC_CTRL_PSFD		BIT(7)
#define SPEC_CTRL_BHI_DIS_S	BIT(10)
#define PRED_CMD_IBPB		BIT(0)

#endif
