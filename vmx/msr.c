/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSR policy. Three kinds: native (the bitmap lets RDMSR and WRMSR through),
 * listed in `policies` (emulated), all others #GP, which guests' safe accessors
 * expect. The bitmaps are made from the same lists.
 */
#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/string.h"
#include "vmx/cpuid.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/vmx.h>

#define MSR_PLATFORM_INFO	0x0ce
#define MSR_MISC_FEATURES	0x140

#define FEATURE_CONTROL_OFF	FEATURE_CONTROL_LOCK

/* IA32_MISC_ENABLE */
#define MISC_FAST_STRINGS	BIT(0)
#define MISC_NO_BTS_PEBS	BITS(12, 11)
#define MISC_DEFINED		(BIT(0) | BIT(3) | BIT(7) | BITS(12, 11) | \
				 BIT(16) | BIT(18) | BIT(22) | BIT(23) |   \
				 BIT(34))

/* IA32_MTRR_DEF_TYPE */
#define MTRR_TYPE		BITS(7, 0)
#define MTRR_FIXED_ENABLE	BIT(10)
#define MTRR_ENABLE		BIT(11)
#define MTRR_WB			6

#define DEBUGCTL_LBR		BIT(0)
#define DEBUGCTL_BTF		BIT(1)
#define MCG_STATUS_DEFINED	BITS(2, 0)

/* 0, or -EINVAL for #GP. The value is in *value either way. */
typedef int (*msr_access)(struct vcpu *vcpu, u64 *value);

static int read_zero(struct vcpu *vcpu, u64 *value)
{
	(void)vcpu;
	*value = 0;
	return 0;
}

static int write_zero(struct vcpu *vcpu, u64 *value)
{
	(void)vcpu;
	return *value ? -EINVAL : 0;
}

static int write_ignored(struct vcpu *vcpu, u64 *value)
{
	(void)vcpu;
	(void)value;
	return 0;
}

static void set_tsc_offset(struct vcpu *vcpu, u64 offset)
{
	vlapic_set_tsc_offset(&vcpu->lapic, offset);
	vmwrite64(VMCS_TSC_OFFSET, offset);
}

/* "WRMSR to IA32_TIME_STAMP_COUNTER adds the change to IA32_TSC_ADJUST" */
static int write_tsc(struct vcpu *vcpu, u64 *value)
{
	u64 old = vcpu->lapic.tsc_offset;

	set_tsc_offset(vcpu, *value - rdtsc());
	vcpu->msr.tsc_adjust += vcpu->lapic.tsc_offset - old;
	return 0;
}

static int read_tsc(struct vcpu *vcpu, u64 *value)
{
	*value = rdtsc() + vcpu->lapic.tsc_offset;
	return 0;
}

static int read_tsc_adjust(struct vcpu *vcpu, u64 *value)
{
	*value = vcpu->msr.tsc_adjust;
	return 0;
}

static int write_tsc_adjust(struct vcpu *vcpu, u64 *value)
{
	set_tsc_offset(vcpu, vcpu->lapic.tsc_offset + *value -
				     vcpu->msr.tsc_adjust);
	vcpu->msr.tsc_adjust = *value;
	return 0;
}

static int read_apic_base(struct vcpu *vcpu, u64 *value)
{
	*value = vcpu->lapic.apic_base;
	return 0;
}

static int write_apic_base(struct vcpu *vcpu, u64 *value)
{
	if (vlapic_set_base(&vcpu->lapic, *value))
		return -EINVAL;
	apic_mode_update(vcpu);
	return 0;
}

static int read_feature_control(struct vcpu *vcpu, u64 *value)
{
	(void)vcpu;
	*value = FEATURE_CONTROL_OFF;
	return 0;
}

/* Bits of features that the guest's CPUID has; the others are reserved. */
static u64 spec_ctrl_allowed(const struct vcpu *vcpu)
{
	const struct cpuid_table *t = vcpu->vm->cpuid;
	const struct cpuid_regs *r = &t->entry[t->basic[7].first];
	u64 allowed = 0;

	if (r[0].edx & CPUID_7_EDX_SPEC_CTRL)
		allowed |= SPEC_CTRL_IBRS;
	if (r[0].edx & CPUID_7_EDX_STIBP)
		allowed |= SPEC_CTRL_STIBP;
	if (r[0].edx & CPUID_7_EDX_SSBD)
		allowed |= SPEC_CTRL_SSBD;
	if (r[2].edx & CPUID_7_2_EDX_PSFD)
		allowed |= SPEC_CTRL_PSFD;
	if (r[2].edx & CPUID_7_2_EDX_IPRED)
		allowed |= SPEC_CTRL_IPRED;
	if (r[2].edx & CPUID_7_2_EDX_RRSBA)
		allowed |= SPEC_CTRL_RRSBA;
	if (r[2].edx & CPUID_7_2_EDX_BHI)
		allowed |= SPEC_CTRL_BHI_DIS_S;
	return allowed;
}

static int read_spec_ctrl(struct vcpu *vcpu, u64 *value)
{
	*value = vcpu->msr.spec_ctrl;
	return spec_ctrl_allowed(vcpu) ? 0 : -EINVAL;
}

static int write_spec_ctrl(struct vcpu *vcpu, u64 *value)
{
	u64 allowed = spec_ctrl_allowed(vcpu);

	if (!allowed || (*value & ~allowed))
		return -EINVAL;
	vcpu->msr.spec_ctrl = *value;
	wrmsr(MSR_IA32_SPEC_CTRL, vcpu_spec_ctrl(vcpu));
	return 0;
}

static int read_bios_sign(struct vcpu *vcpu, u64 *value)
{
	*value = vcpu->msr.bios_sign_id;
	return 0;
}

/* MTRRs: none, default type write-back. What the guest sets has no effect. */
static int read_mtrr_def_type(struct vcpu *vcpu, u64 *value)
{
	*value = vcpu->msr.mtrr_def_type;
	return 0;
}

static int write_mtrr_def_type(struct vcpu *vcpu, u64 *value)
{
	static const u8 valid[] = { [0] = 1, [1] = 1, [4] = 1, [5] = 1,
				    [6] = 1 };
	u64 type = *value & MTRR_TYPE;

	if ((*value & ~(MTRR_TYPE | MTRR_FIXED_ENABLE | MTRR_ENABLE)) ||
	    type >= ARRAY_SIZE(valid) || !valid[type])
		return -EINVAL;
	vcpu->msr.mtrr_def_type = *value;
	return 0;
}

static int read_arch_capabilities(struct vcpu *vcpu, u64 *value)
{
	const struct cpuid_table *t = vcpu->vm->cpuid;

	*value = msr_arch_capabilities();
	return t->entry[t->basic[7].first].edx & CPUID_7_EDX_ARCH_CAP
		? 0 : -EINVAL;
}

static int read_mcg_status(struct vcpu *vcpu, u64 *value)
{
	*value = vcpu->msr.mcg_status;
	return 0;
}

static int write_mcg_status(struct vcpu *vcpu, u64 *value)
{
	if (*value & ~MCG_STATUS_DEFINED)
		return -EINVAL;
	vcpu->msr.mcg_status = *value;
	return 0;
}

static int read_misc_enable(struct vcpu *vcpu, u64 *value)
{
	*value = vcpu->msr.misc_enable;
	return 0;
}

static int write_misc_enable(struct vcpu *vcpu, u64 *value)
{
	if (*value & ~MISC_DEFINED)
		return -EINVAL;
	/* What is switched off here was never on in the virtual CPU. */
	vcpu->msr.misc_enable = *value | MISC_NO_BTS_PEBS;
	return 0;
}

static int read_debugctl(struct vcpu *vcpu, u64 *value)
{
	(void)vcpu;
	*value = vmread64(VMCS_GUEST_DEBUGCTL);
	return 0;
}

/* Branch records are not offered: the bit is accepted and stays 0. */
static int write_debugctl(struct vcpu *vcpu, u64 *value)
{
	(void)vcpu;
	if (*value & ~(DEBUGCTL_LBR | DEBUGCTL_BTF))
		return -EINVAL;
	vmwrite64(VMCS_GUEST_DEBUGCTL, *value & DEBUGCTL_BTF);
	return 0;
}

static int read_tsc_deadline(struct vcpu *vcpu, u64 *value)
{
	*value = vlapic_tsc_deadline_read(&vcpu->lapic);
	return 0;
}

static int read_efer(struct vcpu *vcpu, u64 *value)
{
	(void)vcpu;
	*value = vmread64(VMCS_GUEST_EFER);
	return 0;
}

static int write_efer(struct vcpu *vcpu, u64 *value)
{
	return efer_write(vcpu, *value);
}

/* Sorted by index. No write function: WRMSR raises #GP. */
static const struct msr_policy {
	u32 msr;
	msr_access read, write;
} policies[] = {
	{ MSR_IA32_TSC, read_tsc, write_tsc },
	{ MSR_IA32_PLATFORM_ID, read_zero, NULL },
	{ MSR_IA32_APIC_BASE, read_apic_base, write_apic_base },
	{ MSR_IA32_FEATURE_CONTROL, read_feature_control, NULL },
	{ MSR_IA32_TSC_ADJUST, read_tsc_adjust, write_tsc_adjust },
	{ MSR_IA32_SPEC_CTRL, read_spec_ctrl, write_spec_ctrl },
	{ MSR_IA32_BIOS_SIGN_ID, read_bios_sign, write_ignored },
	{ MSR_PLATFORM_INFO, read_zero, write_zero },
	{ MSR_IA32_MTRRCAP, read_zero, NULL },
	{ MSR_IA32_ARCH_CAPABILITIES, read_arch_capabilities, NULL },
	{ MSR_MISC_FEATURES, read_zero, write_zero },
	{ MSR_IA32_MCG_CAP, read_zero, NULL },
	{ MSR_IA32_MCG_STATUS, read_mcg_status, write_mcg_status },
	{ MSR_IA32_PERF_STATUS, read_zero, NULL },
	{ MSR_IA32_MISC_ENABLE, read_misc_enable, write_misc_enable },
	{ MSR_IA32_DEBUGCTL, read_debugctl, write_debugctl },
	{ MSR_IA32_MTRR_DEF_TYPE, read_mtrr_def_type, write_mtrr_def_type },
	{ MSR_IA32_TSC_DEADLINE, read_tsc_deadline, NULL },
	{ MSR_IA32_XSS, read_zero, write_zero },
	{ MSR_IA32_EFER, read_efer, write_efer },
};

static const struct msr_policy *find(u32 msr)
{
	u32 low = 0, high = ARRAY_SIZE(policies);

	while (low < high) {
		u32 mid = (low + high) / 2;

		if (policies[mid].msr == msr)
			return &policies[mid];
		if (policies[mid].msr < msr)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int unknown(struct vcpu *vcpu, u32 msr, const char *what)
{
	vcpu->unknown_msrs++;
	log_limited(LOG_DEBUG, "vmx", "%s vCPU %u: unknown %s %x: #GP",
		    vcpu->vm->guest.name, vcpu->index, what, msr);
	return -EINVAL;
}

int msr_read(struct vcpu *vcpu, u32 msr, u64 *value)
{
	const struct msr_policy *p = find(msr);

	if (!p)
		return unknown(vcpu, msr, "RDMSR");
	return p->read(vcpu, value);
}

int msr_write(struct vcpu *vcpu, u32 msr, u64 value)
{
	const struct msr_policy *p = find(msr);

	if (!p)
		return unknown(vcpu, msr, "WRMSR");
	return p->write ? p->write(vcpu, &value) : -EINVAL;
}

void msr_init(struct vcpu *vcpu)
{
	memset(&vcpu->msr, 0, sizeof(vcpu->msr));
	vcpu->msr.misc_enable = MISC_FAST_STRINGS | MISC_NO_BTS_PEBS;
	vcpu->msr.mtrr_def_type = MTRR_ENABLE | MTRR_WB;
	if (rdmsr_safe(MSR_IA32_BIOS_SIGN_ID, &vcpu->msr.bios_sign_id))
		vcpu->msr.bios_sign_id = 0;
}
