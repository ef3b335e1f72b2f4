/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU offers, negotiated once by vmx_probe(): control words ready to
 * be written, and the few choices that code must know.
 */
#ifndef VMX_CAPS_H
#define VMX_CAPS_H

#include "core/apicv.h"
#include "core/types.h"

struct vmx_caps {
	u32 revision;		/* VMCS revision identifier */
	u32 pin, proc, proc2, exit, entry;	/* wanted and there */
	enum apicv_rung apicv;	/* the best that is there and allowed */
	u64 ept_vpid;		/* IA32_VMX_EPT_VPID_CAP */
	u8 timer_shift;		/* preemption timer counts TSC >> shift */
	/* Extended state: what guests may enable in XCR0. */
	u64 xcr0;
	u32 xstate_bytes;	/* of one vCPU's area */
	bool xsaves;		/* compacted format by XSAVES */
	bool xfd;		/* AMX with extended feature disable */
	/* IA32_SPEC_CTRL bits that are always set on this machine. */
	u64 spec_ctrl;
	bool has_spec_ctrl;
	bool has_ibpb;
};

extern struct vmx_caps vmx_caps;

#endif
