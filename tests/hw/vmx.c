/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX of the host build, and what a host-state area asks core/ for. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hw/fpu.h>
#include <hw/vmx.h>

#include "core/gdt.h"
#include "core/idt.h"

#define VMCS_TYPE_FIELD	BITS(11, 10)
#define VMCS_READ_ONLY	1

struct hw_vmx hw_vmx = { .current_hpa = ~0ull };
struct hw_fpu hw_fpu;
int (*hw_vmx_script)(u64 *gpr, u64 launched);

void hw_vmx_reset(void)
{
	memset(&hw_vmx, 0, sizeof(hw_vmx));
	memset(&hw_fpu, 0, sizeof(hw_fpu));
	hw_vmx.current_hpa = ~0ull;
	hw_vmx_script = NULL;
}

bool vmxon(u64 region_hpa)
{
	(void)region_hpa;
	hw_vmx.on = !hw_vmx.fail;
	return hw_vmx.on;
}

void vmxoff(void)
{
	hw_vmx.on = false;
}

bool vmclear(u64 vmcs_hpa)
{
	if (hw_vmx.current_hpa == vmcs_hpa)
		hw_vmx.current_hpa = ~0ull;
	return !hw_vmx.fail;
}

bool vmptrld(u64 vmcs_hpa)
{
	hw_vmx.current_hpa = vmcs_hpa;
	return !hw_vmx.fail;
}

static u64 *field(u64 encoding)
{
	/* Bit 0 is the upper half of a 64-bit field: nobody here wants it. */
	if (encoding >= HW_VMCS_FIELDS || (encoding & 1)) {
		fprintf(stderr, "no VMCS field %#llx\n",
			(unsigned long long)encoding);
		abort();
	}
	return &hw_vmx.field[encoding];
}

u64 vmcs_get(u64 encoding)
{
	hw_vmx.reads++;
	return *field(encoding);
}

void vmcs_set(u64 encoding, u64 value)
{
	if (field_get(VMCS_TYPE_FIELD, encoding) == VMCS_READ_ONLY) {
		fprintf(stderr, "VMCS field %#llx is read-only\n",
			(unsigned long long)encoding);
		abort();
	}
	hw_vmx.writes++;
	*field(encoding) = value;
}

void invept(u64 type, const struct invept_desc *desc)
{
	(void)type;
	(void)desc;
	hw_vmx.invepts++;
}

void invvpid(u64 type, const struct invvpid_desc *desc)
{
	(void)type;
	(void)desc;
	hw_vmx.invvpids++;
}

void xsaves(void *area, u64 mask)
{
	(void)area;
	hw_fpu.saved = mask;
	hw_fpu.saves++;
}

void xrstors(const void *area, u64 mask)
{
	hw_fpu.area = area;
	hw_fpu.restored = mask;
	hw_fpu.restores++;
}

void xsave(void *area, u64 mask)
{
	xsaves(area, mask);
}

void xrstor(const void *area, u64 mask)
{
	xrstors(area, mask);
}

u64 gdt_base(const struct cpu *cpu)
{
	return (u64)cpu + 1;
}

u64 tss_base(const struct cpu *cpu)
{
	return (u64)cpu + 2;
}

u64 idt_base(void)
{
	return 3;
}

/* vmx/enter.S */
const char vmx_exit[1];
int vmx_enter(u64 *gpr, u64 launched);

int vmx_enter(u64 *gpr, u64 launched)
{
	hw_vmx.entries++;
	if (!hw_vmx_script) {
		fprintf(stderr, "vmx_enter() without hw_vmx_script\n");
		abort();
	}
	return hw_vmx_script(gpr, launched);
}
