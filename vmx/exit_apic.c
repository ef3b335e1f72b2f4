/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seam to the virtual APIC (SDM 3 chapter 30): which controls each mode
 * needs, what exits, and the guest interrupt status {RVI, SVI}.
 *
 *	mode	APIC accesses	x2APIC virt.	page at 0xFEE00000
 *	OFF	0		0		hole (or RAM of nobody)
 *	XAPIC	1		0		APIC-access page of the VM
 *	X2APIC	0		1		hole
 *
 * IPI virtualization is on in XAPIC and X2APIC, together with the bitmap that
 * opens the ICR: with one and without the other the guest's ICR would be the
 * machine's. A vCPU without a notification vector has neither.
 *
 * The EPT is one per VM, so the page is mapped while any vCPU is in xAPIC
 * mode; others then see memory that reads ~0 at first and means nothing.
 * A guest may move its APIC: then nothing is virtualized, and EPT violations
 * at the new address come to apic_mmio().
 */
#include "core/log.h"
#include "core/paging.h"
#include "vmx/vcpu.h"

#include <hw/msr.h>
#include <hw/vmx.h>

#define QUAL_OFFSET	BITS(11, 0)
#define QUAL_TYPE	BITS(15, 12)
#define INT_STATUS_SVI	BITS(15, 8)
#define APIC_REG_BYTES	16
#define APIC_EOI	0x0b0

enum apic_access_type {
	ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH, ACCESS_IN_DELIVERY,
};

static bool access_virtualized(const struct vcpu *vcpu)
{
	return vlapic_mode(&vcpu->lapic) == VLAPIC_XAPIC &&
	       (vcpu->lapic.apic_base & APIC_BASE_ADDR) == VLAPIC_GPA;
}

static void update_mapping(struct vcpu *vcpu, bool map)
{
	if (map == vcpu->apic_mapped)
		return;
	vcpu->apic_mapped = map;
	if (!map) {
		ept_unmap_apic(vcpu->vm);
	} else if (ept_map_apic(vcpu->vm)) {
		log_error("vmx", "%s: no memory to map the APIC",
			  vcpu->vm->guest.name);
		guest_stop(&vcpu->vm->guest, GUEST_STOP_UNHANDLED, 0);
	}
}

/* After IA32_APIC_BASE changed; the vCPU is loaded. */
void apic_mode_update(struct vcpu *vcpu)
{
	enum vlapic_mode mode = vlapic_mode(&vcpu->lapic);
	bool access = access_virtualized(vcpu);
	bool ipiv = vmx_caps.apicv == APICV_IPIV && vcpu->lapic.notify_vector;
	void *bitmap = vcpu->vm->msr_bitmap_xapic;
	u32 set = 0;

	if (access)
		set = PROC2_VIRT_APIC_ACCESS;
	if (mode == VLAPIC_X2APIC) {
		set = PROC2_VIRT_X2APIC;
		bitmap = ipiv ? vcpu->vm->msr_bitmap_ipiv :
				vcpu->vm->msr_bitmap_x2apic;
	}
	vcpu_set_proc(vcpu, PROC_TERTIARY, ipiv && set ? PROC_TERTIARY : 0);
	/* Both at once is an entry error: one write changes both. */
	vcpu_set_proc2(vcpu, PROC2_VIRT_APIC_ACCESS | PROC2_VIRT_X2APIC, set);
	vmwrite64(VMCS_MSR_BITMAP, virt_to_hpa(bitmap));
	update_mapping(vcpu, access);
	vcpu->apic_mode = (u8)mode;
	/* Cached translations of the page know the old controls. */
	vcpu->work |= WORK_SYNC | WORK_FLUSH_VPID | WORK_FLUSH_EPT;
}

/*
 * Bring posted interrupts into the page and tell the CPU. At VM entry it
 * evaluates RVI against PPR, so this is how an interrupt is injected. The
 * EOI-exit bitmap must cover a level-triggered vector before that can be
 * delivered. It comes second: a route may change while we are here, and then
 * it is the newer one whose vector has just been merged.
 */
void apic_sync(struct vcpu *vcpu)
{
	u64 bitmap[4];
	u8 rvi;

	vcpu->work &= ~WORK_SYNC;
	rvi = vlapic_sync(&vcpu->lapic);
	vmwrite16(VMCS_GUEST_INT_STATUS,
		  (u16)(field_prep(INT_STATUS_SVI, vcpu->lapic.svi) | rvi));
	if (vlapic_eoi_exit_bitmap(&vcpu->lapic, bitmap)) {
		for (u32 i = 0; i < 4; i++)
			vmwrite64(VMCS_EOI_EXIT_BITMAP(i), bitmap[i]);
	}
}

/*
 * Registers are 32 bits at multiples of 16. Reads of a part work as memory
 * would; stores that are not one aligned doubleword do nothing (SDM 11.4.1:
 * such accesses "may cause undefined behavior").
 */
u64 apic_mmio(struct vcpu *vcpu, u32 offset, u32 size_bytes, bool write,
	      u64 data)
{
	u32 reg = offset & ~(APIC_REG_BYTES - 1u);
	u32 byte = offset & (APIC_REG_BYTES - 1);

	if (write) {
		if (byte == 0 && size_bytes == 4)
			vlapic_mmio_write(&vcpu->lapic, reg, (u32)data);
		/* A software EOI changed the ISR behind the CPU's back. */
		if (reg == APIC_EOI)
			vcpu->work |= WORK_SYNC;
		return 0;
	}
	if (byte + size_bytes > 4)
		return 0;
	return (vlapic_mmio_read(&vcpu->lapic, reg) >> (8 * byte)) &
	       (BIT(8 * size_bytes) - 1);
}

/* Accesses that the CPU does not virtualize: emulate the instruction. */
enum exit_result exit_apic_access(struct vcpu *vcpu)
{
	u64 qual = vmread(VMCS_EXIT_QUALIFICATION);

	switch (field_get(QUAL_TYPE, qual)) {
	case ACCESS_READ:
	case ACCESS_WRITE:
		return mmio_emulate(vcpu, VLAPIC_GPA + (qual & QUAL_OFFSET));
	case ACCESS_FETCH:
		return EXIT_UD;		/* register contents are no code */
	default:	/* IDT, stack or page tables in the APIC page */
		return EXIT_STOP;
	}
}

/* Trap-like: RIP is past the instruction, the page has the value. */
enum exit_result exit_apic_write(struct vcpu *vcpu)
{
	vlapic_apic_write(&vcpu->lapic,
			  (u32)(vmread(VMCS_EXIT_QUALIFICATION) & QUAL_OFFSET));
	return EXIT_RESUME;
}

enum exit_result exit_virtual_eoi(struct vcpu *vcpu)
{
	vlapic_eoi(&vcpu->lapic, (u8)vmread(VMCS_EXIT_QUALIFICATION));
	return EXIT_RESUME;
}
