/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Double of core/hw/vmx.h: the current VMCS is an array indexed by encoding,
 * each access is counted, and a VM entry calls the test's script.
 */
#ifndef TESTS_HW_VMX_H
#define TESTS_HW_VMX_H

#include "core/hw/vmcs.h"
#include "core/types.h"

#define HW_VMCS_FIELDS 0x7000

struct hw_vmx {
	u64 field[HW_VMCS_FIELDS];	/* of every VMCS: one at a time */
	u64 current_hpa;		/* ~0: none */
	bool on;			/* between VMXON and VMXOFF */
	bool fail;			/* VMXON, VMCLEAR, VMPTRLD fail */
	u32 reads, writes;		/* VMREAD, VMWRITE */
	u32 invepts, invvpids;
	u32 entries;			/* calls of vmx_enter() */
};
extern struct hw_vmx hw_vmx;
/* What the guest does: change fields and @gpr; not 0: VMfail. */
extern int (*hw_vmx_script)(u64 *gpr, u64 launched);

void hw_vmx_reset(void);

bool vmxon(u64 region_hpa) __must_check;
void vmxoff(void);
bool vmclear(u64 vmcs_hpa) __must_check;
bool vmptrld(u64 vmcs_hpa) __must_check;
u64 vmcs_get(u64 encoding);
void vmcs_set(u64 encoding, u64 value);

static inline u16 vmread16(struct vmcs_f16 f)
{
	return (u16)vmcs_get(f.enc);
}

static inline u32 vmread32(struct vmcs_f32 f)
{
	return (u32)vmcs_get(f.enc);
}

static inline u64 vmread64(struct vmcs_f64 f)
{
	return vmcs_get(f.enc);
}

static inline u64 vmread(struct vmcs_fn f)
{
	return vmcs_get(f.enc);
}

static inline void vmwrite16(struct vmcs_f16 f, u16 value)
{
	vmcs_set(f.enc, value);
}

static inline void vmwrite32(struct vmcs_f32 f, u32 value)
{
	vmcs_set(f.enc, value);
}

static inline void vmwrite64(struct vmcs_f64 f, u64 value)
{
	vmcs_set(f.enc, value);
}

static inline void vmwrite(struct vmcs_fn f, u64 value)
{
	vmcs_set(f.enc, value);
}

struct invept_desc {
	u64 eptp;
	u64 reserved;
};

struct invvpid_desc {
	u64 vpid;
	u64 linear;
};

void invept(u64 type, const struct invept_desc *desc);
void invvpid(u64 type, const struct invvpid_desc *desc);

#endif
