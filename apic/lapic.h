/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The physical local APIC of this CPU, x2APIC wherever the CPU has it, xAPIC
 * otherwise. All host vectors are in this one table.
 */
#ifndef APIC_LAPIC_H
#define APIC_LAPIC_H

#include "core/types.h"

enum host_vector {
	VECTOR_SPURIOUS = 0xff,
	VECTOR_ERROR = 0xfe,
	VECTOR_TIMER = 0xfd,	/* idle wake-up */
	VECTOR_KICK = 0xfc,	/* look at your requests */
	VECTOR_CONSOLE = 0xf0,	/* host UART */
	VECTOR_NOTIFY = 0x40,	/* + slot: posted interrupt of that vCPU */
};
#define NOTIFY_SLOTS	64	/* vectors 0x40 to 0x7f */

/* Before lapic_init(): stay in xAPIC mode if the CPU can. */
void lapic_prefer_xapic(void);
/* Per CPU; the boot CPU first. -ENODEV: no local APIC. */
int lapic_init(void) __must_check;
bool lapic_is_x2apic(void);
u32 lapic_id(void);
void lapic_eoi(void);
/* Fixed, physical, edge. */
void lapic_send_ipi(u32 apic_id, u8 vector);
void lapic_send_nmi(u32 apic_id);
/* NDST of a posted-interrupt descriptor: its form follows the mode. */
u32 lapic_ndst(u32 apic_id);
u32 lapic_ndst_id(u32 ndst);
/* INIT, wait, SIPI, wait, SIPI; the start page is below 1 MiB. */
void lapic_start_ap(u32 apic_id, u64 start_hpa);
/* One-shot host timer for idle; TIME_NEVER stops it. */
void lapic_timer_arm(u64 deadline_tsc);

#endif
