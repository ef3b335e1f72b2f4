/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMX instructions, one per function, and what only a hypervisor asks of the
 * CPU. VMREAD and VMWRITE take a handle that carries the field's width
 * (core/hw/vmcs.h), so a wrong width or a value in place of a field does not
 * compile. They cannot fail on a field that the CPU has while a VMCS is
 * current; optional fields are guarded by their control (vmx/caps.h).
 */
#ifndef CORE_HW_VMX_H
#define CORE_HW_VMX_H

#include "core/hw/vmcs.h"
#include "core/types.h"

/* False: VMfailInvalid or VMfailValid (SDM 31.2 "Conventions"). */
static inline __must_check bool vmxon(u64 region_hpa)
{
	bool ok;

	asm volatile("vmxon %1" : "=@cca"(ok) : "m"(region_hpa) : "memory");
	return ok;
}

static inline void vmxoff(void)
{
	asm volatile("vmxoff" : : : "cc", "memory");
}

static inline __must_check bool vmclear(u64 vmcs_hpa)
{
	bool ok;

	asm volatile("vmclear %1" : "=@cca"(ok) : "m"(vmcs_hpa) : "memory");
	return ok;
}

static inline __must_check bool vmptrld(u64 vmcs_hpa)
{
	bool ok;

	asm volatile("vmptrld %1" : "=@cca"(ok) : "m"(vmcs_hpa) : "memory");
	return ok;
}

static inline u64 vmcs_get(u64 encoding)
{
	u64 value;

	asm volatile("vmread %1, %0" : "=r"(value) : "r"(encoding) : "cc");
	return value;
}

static inline void vmcs_set(u64 encoding, u64 value)
{
	asm volatile("vmwrite %1, %0" : : "r"(encoding), "r"(value) : "cc");
}

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
	u64 vpid;		/* 15:0; 63:16 are zero */
	u64 linear;
};

static inline void invept(u64 type, const struct invept_desc *desc)
{
	asm volatile("invept %1, %0" : : "r"(type), "m"(*desc)
		     : "cc", "memory");
}

static inline void invvpid(u64 type, const struct invvpid_desc *desc)
{
	asm volatile("invvpid %1, %0" : : "r"(type), "m"(*desc)
		     : "cc", "memory");
}

#endif
