/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical IOAPICs from the MADT. All pins start masked. */
#ifndef APIC_IOAPIC_H
#define APIC_IOAPIC_H

#include "core/types.h"

void ioapic_init(void);
/* Route @gsi (overrides of the MADT applied by the caller's GSI) to a CPU. */
int ioapic_route(u32 gsi, u8 vector, u32 apic_id, bool level, bool low)
	__must_check;
void ioapic_mask(u32 gsi);

#endif
