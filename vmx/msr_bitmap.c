/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSR bitmaps (SDM 25.6.9): 1 exits. Several per VM, because in x2APIC mode
 * some APIC registers are read and written in the virtual-APIC page directly,
 * and the ICR is one of them exactly while IPI virtualization is on.
 * A clear write bit in 0x800..0x8FF beyond those that the CPU virtualizes
 * would reach the machine's own APIC.
 */
#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/string.h"
#include "vmx/vcpu.h"

#include <hw/msr.h>
#include <hw/vmx.h>

#define BITMAP_WRITE	2048	/* byte offset of the write halves */
#define BITMAP_HIGH	1024	/* of C0000000..C0001FFF in each */
#define X2APIC_MSRS	256

/* Held by the VMCS or by load.c, with the CPU's own checks. */
static const u32 native[] = {
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
	MSR_IA32_PAT, MSR_IA32_STAR, MSR_IA32_LSTAR, MSR_IA32_CSTAR,
	MSR_IA32_FMASK, MSR_IA32_FS_BASE, MSR_IA32_GS_BASE,
	MSR_IA32_KERNEL_GS_BASE,
};

/* TSC by the offset, EFER by the VMCS; writes are checked. */
static const u32 native_read[] = { MSR_IA32_TSC, MSR_IA32_EFER };

static void pass(u8 *bitmap, u32 msr, u32 half)
{
	u32 index = msr & 0x1fff;

	if (msr >= 0xc0000000)
		half += BITMAP_HIGH;
	bitmap[half + index / 8] &= (u8)~BIT(index % 8);
}

static void pass_both(u8 *bitmap, u32 msr)
{
	pass(bitmap, msr, 0);
	pass(bitmap, msr, BITMAP_WRITE);
}

static void build_common(u8 *bitmap)
{
	memset(bitmap, 0xff, PAGE_SIZE);
	for (u32 i = 0; i < ARRAY_SIZE(native); i++)
		pass_both(bitmap, native[i]);
	for (u32 i = 0; i < ARRAY_SIZE(native_read); i++)
		pass(bitmap, native_read[i], 0);
	if (vmx_caps.proc2 & PROC2_RDTSCP)
		pass_both(bitmap, MSR_IA32_TSC_AUX);
	if (vmx_caps.xfd) {
		pass_both(bitmap, MSR_IA32_XFD);
		pass_both(bitmap, MSR_IA32_XFD_ERR);
	}
	if (vmx_caps.has_ibpb)
		pass(bitmap, MSR_IA32_PRED_CMD, BITMAP_WRITE);
}

int msr_bitmaps_build(struct vm *vm)
{
	u8 *x2apic;

	vm->msr_bitmap_xapic = page_alloc();
	vm->msr_bitmap_x2apic = page_alloc();
	if (!vm->msr_bitmap_xapic || !vm->msr_bitmap_x2apic)
		return fail(-ENOMEM);
	build_common(vm->msr_bitmap_xapic);
	build_common(vm->msr_bitmap_x2apic);
	x2apic = vm->msr_bitmap_x2apic;
	for (u32 i = 0; i < X2APIC_MSRS; i++) {
		u64 bit = BIT(i % 64);

		if (vlapic_x2apic_read_direct[i / 64] & bit)
			pass(x2apic, MSR_IA32_X2APIC_BASE + i, 0);
		if (vlapic_x2apic_write_direct[i / 64] & bit)
			pass(x2apic, MSR_IA32_X2APIC_BASE + i, BITMAP_WRITE);
	}
	if (vmx_caps.apicv < APICV_IPIV)
		return 0;
	vm->msr_bitmap_ipiv = page_alloc();
	if (!vm->msr_bitmap_ipiv)
		return fail(-ENOMEM);
	memcpy(vm->msr_bitmap_ipiv, x2apic, PAGE_SIZE);
	pass(vm->msr_bitmap_ipiv, MSR_IA32_X2APIC_ICR, BITMAP_WRITE);
	return 0;
}

/*
 * IA32_ARCH_CAPABILITIES for guests: the machine's "not affected" claims
 * (RDCL_NO IBRS_ALL RSBA SKIP_L1DFL SSB_NO MDS_NO PSCHANGE_NO TAA_NO
 * SBDR_SSDP_NO FBSDP_NO PSDP_NO RRSBA BHI_NO PBRSB_NO GDS_NO RFDS_NO). Claims
 * that come with an MSR (TSX_CTRL, MISC_PKG_CTLS ...) are left out.
 */
#define ARCH_CAP_GUEST	(BITS(6, 0) | BIT(8) | BITS(15, 13) | BIT(19) | \
			 BIT(20) | BIT(24) | BIT(26) | BIT(27))

u64 msr_arch_capabilities(void)
{
	u64 value;

	if (rdmsr_safe(MSR_IA32_ARCH_CAPABILITIES, &value))
		return 0;
	return value & ARCH_CAP_GUEST;
}
