/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest-linear addresses: the guest's own page tables, walked by software for
 * the few accesses that emulation makes on the guest's behalf.
 */
#ifndef VMX_GVA_H
#define VMX_GVA_H

#include "vmx/vcpu.h"

/* Entries of the guest's tables. */
#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_PS		BIT(7)
#define PTE_XD		BIT(63)
#define PTE_ADDR	BITS(51, 12)

/* Page-fault error code (SDM 3 4.7); also says which access is wanted. */
#define PF_PRESENT	BIT(0)
#define PF_WRITE	BIT(1)
#define PF_USER		BIT(2)
#define PF_RESERVED	BIT(3)
#define PF_FETCH	BIT(4)

/* Registers that decide how an address is translated, read once. */
struct gva_mode {
	u64 cr0, cr3, cr4, efer, rflags;
	u8 cpl;
	bool long64;		/* CS.L with LMA */
	bool cs_d;
};

struct gva_fault {
	u8 vector;		/* #PF, or #GP for a non-canonical address */
	u32 error;
	u64 gva;
};

void gva_mode_read(struct gva_mode *mode);
/* @access: PF_WRITE, PF_FETCH or 0; the CPL adds PF_USER. -EFAULT. */
int gva_translate(const struct vcpu *vcpu, const struct gva_mode *mode,
		  u64 gva, u32 access, u64 *gpa, struct gva_fault *fault)
	__must_check;
/* RAM only; what is no RAM reads as ones and swallows stores. */
int gva_read(const struct vcpu *vcpu, const struct gva_mode *mode, u64 gva,
	     void *buf, u32 len_bytes, u32 access, struct gva_fault *fault)
	__must_check;
int gva_write(const struct vcpu *vcpu, const struct gva_mode *mode, u64 gva,
	      const void *buf, u32 len_bytes, struct gva_fault *fault)
	__must_check;
/* Would the access be allowed, all of it? */
int gva_probe(const struct vcpu *vcpu, const struct gva_mode *mode, u64 gva,
	      u32 len_bytes, u32 access, struct gva_fault *fault) __must_check;
/* Give the fault to the guest; EXIT_RESUME. */
enum exit_result gva_inject(struct vcpu *vcpu, const struct gva_fault *fault);

#endif
