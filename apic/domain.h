/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt fabric of one VM: its virtual LAPICs by APIC ID and its
 * virtual IOAPIC. Devices raise lines and send messages here and know nothing
 * of vCPUs.
 */
#ifndef APIC_DOMAIN_H
#define APIC_DOMAIN_H

#include "apic/vlapic.h"
#include "core/guest.h"
#include "core/spinlock.h"
#include "core/types.h"

#define VIOAPIC_PINS	24
#define VIOAPIC_GPA	0xfec00000ull
#define VLAPIC_GPA	0xfee00000ull

struct vioapic {
	struct spinlock lock;	/* LOCK_VIOAPIC; guards everything below */
	u8 ioregsel;
	u8 id;
	u64 rte[VIOAPIC_PINS];
	u32 line;		/* bit n: pin n's input is asserted */
};

struct apic_domain {
	/* Set once at creation. */
	u32 count;		/* vCPUs; their APIC IDs are 0..count-1 */
	struct vlapic **vlapic;
	struct guest *guest;
	u64 timer_hz;		/* APIC timer's input clock (CPUID 0x15) */
	u64 *pid_table;		/* PID-pointer table; NULL: none */
	u64 pid_table_hpa;
	u32 pid_table_entries;
	u8 phys_bits;		/* guest's MAXPHYADDR; 0 counts as 52 */
	bool no_x2apic;		/* CPUID hides x2APIC: EXTD is reserved */
	/* Own lock. */
	struct vioapic vioapic;
	/* Atomic: grows with RTEs and LDRs, see vlapic_eoi_exit_bitmap. */
	u32 eoi_generation;
};

/*
 * Set up the vIOAPIC and trap its page in @guest. The creator fills timer_hz
 * (0: the TSC's own), phys_bits and no_x2apic, before or after.
 */
int apic_domain_init(struct apic_domain *d, struct guest *guest,
		     struct vlapic **vlapics, u32 count) __must_check;
void apic_domain_reset(struct apic_domain *d);

/* Any CPU: drive IOAPIC input @gsi. Edge pins fire on the rising edge. */
void apic_domain_line(struct apic_domain *d, u32 gsi, bool asserted);
/* Any CPU: deliver a compatibility-format MSI. */
void apic_domain_msi(struct apic_domain *d, u64 address, u32 data);
/* Any CPU: fixed interrupt @vector to APIC @id; false: no such target. */
bool apic_domain_post(struct apic_domain *d, u32 id, u8 vector, bool level);
/* From vlapic_eoi: level-triggered @vector has been completed. */
void vioapic_eoi(struct apic_domain *d, u8 vector);

/* ICR, fully general; called by vlapic on behalf of @sender. */
void apic_domain_icr(struct apic_domain *d, struct vlapic *sender, u64 icr);

#endif
