/* SPDX-License-Identifier: BSD-2-Clause */
/* What the usual and the general path of MMIO emulation share. */
#ifndef VMX_MMIO_H
#define VMX_MMIO_H

#include "vmx/vcpu.h"

/* The 16th byte is never part of an instruction. */
#define INSN_HIGH_BYTES	BITS(55, 0)

/* Decoded instructions are remembered by their linear address. */
static inline struct insn_cache_entry *mmio_cache_slot(struct vcpu *vcpu,
						       u64 linear)
{
	return &vcpu->insn_cache[(linear ^ linear >> 4) % INSN_CACHE];
}

/* The registers of the vCPU's own APIC, in xAPIC mode. */
static inline bool vcpu_is_apic(const struct vcpu *vcpu, u64 gpa)
{
	return vcpu->apic_mode == VLAPIC_XAPIC &&
	       ((gpa ^ vcpu->lapic.apic_base) & BITS(51, 12)) == 0;
}

/* May mmio_fast() do it? */
bool mmio_is_simple(const struct insn *insn, u8 mode);
/* True: done. False: nothing has happened. */
bool mmio_fast(struct vcpu *vcpu, u64 gpa);
#endif
