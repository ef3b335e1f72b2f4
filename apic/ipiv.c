/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPI virtualization, SDM "IPI virtualization" in the chapter on APIC
 * virtualization. The CPU reads an entry at each use and caches none, so an
 * entry changes by one store. It is valid only while the vCPU's APIC accepts
 * fixed interrupts: enabled by hardware and software, not reset by INIT (wait-
 * for-SIPI), and its vCPU has a notification vector. IDs cannot be changed by
 * a guest; an index is the ID in both modes.
 *
 *   retired by			then
 *   software disable, INIT,	a sender that read the entry before posts late:
 *   mode change		it is as one that sent earlier
 *   the vCPU leaves its CPU	SCHED_REQ_STOP takes every vCPU of the VM out
 *				of its guest before the VM's pages are freed
 */
#include "apic/ipiv.h"

#include <hw/phys.h>

#include "apic/domain.h"
#include "apic/icr.h"
#include "apic/notify.h"

/* Everything but the vector, and bit 14 (assert), which is ignored. */
#define NOT_UNICAST_FIXED (~(u32)(ICR_VECTOR | ICR_ASSERT))

_Static_assert(PID_TABLE_ENTRIES * sizeof(u64) == PAGE_SIZE, "one page");

void ipiv_publish(const struct vlapic *v, bool accepts)
{
	u64 *table = v->domain->pid_table;
	u64 entry = 0;

	if (!table)
		return;
	if (accepts && v->notify_vector)
		entry = v->pid_hpa | PID_ENTRY_VALID;
	/* Whoever finds it retired also finds what came before. */
	__atomic_store_n(&table[v->id], entry, __ATOMIC_SEQ_CST);
}

bool ipiv_walk(const struct apic_domain *d, u32 icr_low, u32 dest)
{
	u8 vector = (u8)icr_low;
	u64 entry, control;

	if ((icr_low & NOT_UNICAST_FIXED) || vector < 16 ||
	    dest >= d->pid_table_entries)
		return false;
	/* Acquire: the descriptor is set up behind its entry. */
	entry = __atomic_load_n(&d->pid_table[dest], __ATOMIC_ACQUIRE);
	if ((entry & (PID_ENTRY_VALID | PID_ENTRY_RESERVED)) !=
	    PID_ENTRY_VALID)
		return false;
	if (pi_post(phys_to_virt(entry & PID_ENTRY_HPA), vector, &control))
		notify_send(control);
	return true;
}
