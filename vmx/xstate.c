/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended state of a vCPU (SDM 1 chapter 13 "Managing State Using the XSAVE
 * Feature Set"): x87 to AVX-512, PKRU, and AMX where the CPU also has XFD.
 *
 * Area and registers always move whole, with XCR0 at its maximum: a component
 * that a guest has disabled in its XCR0 keeps its registers, and they must
 * neither be lost nor be seen by the next vCPU.
 */
#include "core/end.h"
#include "core/log.h"
#include "core/string.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/fpu.h>
#include <hw/msr.h>

#define XCR0_BASE	(XCR0_X87 | XCR0_SSE)
#define XCR0_AVX512	(XCR0_OPMASK | XCR0_ZMM_HI256 | XCR0_HI16_ZMM)
#define XCR0_AMX	(XCR0_TILECFG | XCR0_TILEDATA)

/* CPUID.D.1:EAX */
#define CPUID_D1_XSAVES		BIT(3)
#define CPUID_D1_XFD		BIT(4)

/* XSAVE area (SDM 1 13.4): legacy region, header at 512. */
#define XSAVE_MXCSR		24
#define XSAVE_XCOMP_BV		520
#define XCOMP_BV_COMPACTED	BIT(63)
#define XSAVE_HEADER_END	576
#define MXCSR_DEFAULT		0x1f80

/* Offset and size are in the hardware's leaf: the area covers the last. */
static u32 standard_bytes(u64 xcr0)
{
	u32 bytes = XSAVE_HEADER_END;
	struct cpuid_regs r;

	for (u32 i = 2; i < 63; i++) {
		if (!(xcr0 & BIT(i)))
			continue;
		cpuid(0xd, i, &r);
		bytes = max(bytes, r.ebx + r.eax);
	}
	return bytes;
}

/* SDM 1 13.4.3: in order of the bits, some aligned to 64 bytes. */
u32 xstate_compacted_bytes(u64 xcr0)
{
	u32 bytes = XSAVE_HEADER_END;
	struct cpuid_regs r;

	for (u32 i = 2; i < 63; i++) {
		if (!(xcr0 & BIT(i)))
			continue;
		cpuid(0xd, i, &r);
		if (r.ecx & BIT(1))
			bytes = (u32)align_up(bytes, 64);
		bytes += r.eax;
	}
	return bytes;
}

int xstate_probe(struct vmx_caps *caps)
{
	struct cpuid_regs r, d1;
	u64 host;

	cpuid(1, 0, &r);
	if (!(r.ecx & CPUID_1_ECX_XSAVE)) {
		log_error("vmx", "no XSAVE: needs a newer CPU");
		return END_NO_FEATURE;
	}
	cpuid(0xd, 0, &r);
	cpuid(0xd, 1, &d1);
	host = (u64)r.edx << 32 | r.eax;
	caps->xsaves = d1.eax & CPUID_D1_XSAVES;
	/* Linux 6.1 panics on AMX without XFD: both or none. */
	caps->xfd = (d1.eax & CPUID_D1_XFD) && (host & XCR0_AMX) == XCR0_AMX;
	caps->xcr0 = host & (XCR0_BASE | XCR0_AVX | XCR0_AVX512 | XCR0_PKRU);
	if (caps->xfd)
		caps->xcr0 |= XCR0_AMX;
	caps->xstate_bytes = caps->xsaves
		? xstate_compacted_bytes(caps->xcr0)
		: standard_bytes(caps->xcr0);
	log_info("vmx", "XCR0 %lx, %u bytes of state per vCPU%s",
		 (unsigned long)caps->xcr0, caps->xstate_bytes,
		 caps->xsaves ? ", XSAVES" : "");
	return END_OK;
}

/* Everything in its initial configuration (XSTATE_BV = 0). */
void xstate_init(void *area)
{
	u64 xcomp_bv = vmx_caps.xsaves ? XCOMP_BV_COMPACTED | vmx_caps.xcr0 : 0;
	u32 mxcsr = MXCSR_DEFAULT;

	memcpy((u8 *)area + XSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
	memcpy((u8 *)area + XSAVE_XCOMP_BV, &xcomp_bv, sizeof(xcomp_bv));
}

void xstate_save(struct vcpu *vcpu)
{
	/* XSAVES would treat disabled tile data as not in use and lose it. */
	if (vmx_caps.xfd) {
		vcpu->msr.xfd = rdmsr(MSR_IA32_XFD);
		vcpu->msr.xfd_err = rdmsr(MSR_IA32_XFD_ERR);
		wrmsr(MSR_IA32_XFD, 0);
	}
	xsetbv(0, vmx_caps.xcr0);
	if (vmx_caps.xsaves)
		xsaves(vcpu->xstate, vmx_caps.xcr0);
	else
		xsave(vcpu->xstate, vmx_caps.xcr0);
}

void xstate_load(const struct vcpu *vcpu)
{
	if (vmx_caps.xfd)
		wrmsr(MSR_IA32_XFD, 0);
	xsetbv(0, vmx_caps.xcr0);
	if (vmx_caps.xsaves)
		xrstors(vcpu->xstate, vmx_caps.xcr0);
	else
		xrstor(vcpu->xstate, vmx_caps.xcr0);
	xsetbv(0, vcpu->xcr0);
	if (vmx_caps.xfd) {
		wrmsr(MSR_IA32_XFD, vcpu->msr.xfd);
		wrmsr(MSR_IA32_XFD_ERR, vcpu->msr.xfd_err);
	}
}

/*
 * XSETBV's own checks (SDM 2, XSETBV), which the exit comes before. MPX and
 * supervisor components are not offered.
 */
bool xcr0_valid(u64 xcr0)
{
	if (xcr0 & ~vmx_caps.xcr0)
		return false;
	if (!(xcr0 & XCR0_X87))
		return false;
	if ((xcr0 & XCR0_AVX) && !(xcr0 & XCR0_SSE))
		return false;
	if ((xcr0 & XCR0_AVX512) && (!(xcr0 & XCR0_AVX) ||
				     (xcr0 & XCR0_AVX512) != XCR0_AVX512))
		return false;
	return !(xcr0 & XCR0_AMX) || (xcr0 & XCR0_AMX) == XCR0_AMX;
}
