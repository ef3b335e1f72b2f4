/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers for assembly. Compiled to assembly only; the build turns each line
 * `->NAME value` into a #define of asm_offsets.h.
 */
#include <hw/msr.h>
#include <hw/x86.h>

#include "core/boot_entry.h"
#include "core/cpu.h"
#include "core/gdt.h"
#include "core/idt.h"
#include "core/paging.h"
#include "core/smp_slot.h"

#define DEFINE(name, value) \
	asm volatile("\n->" #name " %0" : : "i"((long)(value)))
#define OFFSET(name, type, field) DEFINE(name, offsetof(struct type, field))

void asm_offsets(void);
void asm_offsets(void)
{
	/* What an entry pushed between the registers and RIP. */
	DEFINE(FRAME_VECTOR_ERROR_BYTES,
	       offsetof(struct exception_frame, rip) -
		       offsetof(struct exception_frame, vector));

	OFFSET(SLOT_ENTRY, smp_slot, entry);
	OFFSET(SLOT_STACK, smp_slot, stack);
	OFFSET(SLOT_AREA, smp_slot, area);
	OFFSET(SLOT_CR3, smp_slot, cr3);
	OFFSET(SLOT_APIC_ID, smp_slot, apic_id);
	OFFSET(SLOT_STATE, smp_slot, state);
	DEFINE(SLOT_BYTES, sizeof(struct smp_slot));
	DEFINE(SLOT_STATE_WAITING, SLOT_WAITING);
	DEFINE(SLOT_STATE_TAKEN, SLOT_TAKEN);

	/* Truncated to 32 bits: MOV to CR0 and CR4 outside of 64-bit mode. */
	DEFINE(BOOT_CR0, CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	DEFINE(BOOT_CR0_32, CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	DEFINE(BOOT_CR4, CR4_PAE);
	DEFINE(EFI_CR4_KEEP, CR4_PAE | CR4_LA57);
	DEFINE(BOOT_EFER, EFER_LME | EFER_NXE);
	DEFINE(CPUID_EXT1_EDX_NEEDED, CPUID_EXT1_EDX_LM | CPUID_EXT1_EDX_NX);
	DEFINE(EFER_MSR, MSR_IA32_EFER);
	DEFINE(GS_BASE_MSR, MSR_IA32_GS_BASE);

	DEFINE(BOOT_MAGIC_MB2, BOOT_FROM_MULTIBOOT2);
	DEFINE(BOOT_MAGIC_PVH, BOOT_FROM_PVH);
	DEFINE(BOOT_MAGIC_EFI, BOOT_FROM_EFI);
	DEFINE(BOOT_STACK_TOP, offsetof(struct boot_stacks, main_guard));
	DEFINE(DIRECT_MAP_PML4_INDEX, DIRECT_MAP_VA >> 39 & 511);
	DEFINE(IMAGE_PML4_INDEX, IMAGE_VA >> 39 & 511);
	DEFINE(IMAGE_PDPT_INDEX, IMAGE_VA >> 30 & 511);
	DEFINE(IMAGE_PD_INDEX, IMAGE_VA >> 21 & 511);
}
