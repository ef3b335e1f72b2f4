/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MADT (ACPI 6.5, 5.2.12): CPUs, IOAPICs and how ISA interrupts reach them.
 * Pure.
 */
#include "core/acpi_internal.h"

#include "core/err.h"

#define MADT_LAPIC_ADDRESS	36	/* u32 */
#define MADT_FLAGS		40	/* u32 */
#define MADT_ENTRIES		44

#define MADT_PCAT_COMPAT	BIT(0)	/* dual 8259 */
#define MADT_CPU_ENABLED	BIT(0)

enum madt_type {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_OVERRIDE = 5,
	MADT_X2APIC = 9,
};

/* MPS INTI flags. */
#define INTI_POLARITY		BITS(1, 0)
#define INTI_TRIGGER		BITS(3, 2)
#define INTI_ACTIVE_LOW		3
#define INTI_LEVEL		3

static void add_cpu(struct acpi_info *out, u32 apic_id, u32 flags)
{
	/*
	 * "Online capable" alone means a socket that may be filled later: no
	 * CPU is there to answer INIT now.
	 */
	if (!(flags & MADT_CPU_ENABLED))
		return;
	/* Firmware may list a CPU in both forms. */
	for (u32 i = 0; i < out->cpu_count; i++)
		if (out->cpu_apic_id[i] == apic_id)
			return;
	if (out->cpu_count == MAX_CPUS)
		out->cpus_dropped++;
	else
		out->cpu_apic_id[out->cpu_count++] = apic_id;
}

static void add_ioapic(struct acpi_info *out, const u8 *entry)
{
	struct acpi_ioapic ioapic = {
		.base_hpa = acpi_u32(entry + 4),
		.gsi_base = acpi_u32(entry + 8),
		.id = entry[2],
	};

	for (u32 i = 0; i < out->ioapic_count; i++)
		if (out->ioapic[i].base_hpa == ioapic.base_hpa)
			return;
	if (ioapic.base_hpa && out->ioapic_count < ACPI_MAX_IOAPICS)
		out->ioapic[out->ioapic_count++] = ioapic;
}

static void add_override(struct acpi_info *out, const u8 *entry)
{
	u16 flags = acpi_u16(entry + 8);
	struct acpi_override override = {
		.irq = entry[3],
		.low = field_get(INTI_POLARITY, flags) == INTI_ACTIVE_LOW,
		.level = field_get(INTI_TRIGGER, flags) == INTI_LEVEL,
		.gsi = acpi_u32(entry + 4),
	};

	if (out->override_count < ACPI_MAX_OVERRIDES)
		out->override[out->override_count++] = override;
}

static void parse_entry(struct acpi_info *out, const u8 *entry, u8 len)
{
	switch (entry[0]) {
	case MADT_LAPIC:
		if (len >= 8 && entry[3] != 0xff)
			add_cpu(out, entry[3], acpi_u32(entry + 4));
		break;
	case MADT_X2APIC:
		if (len >= 16 && acpi_u32(entry + 4) != ~0u)
			add_cpu(out, acpi_u32(entry + 4),
				acpi_u32(entry + 8));
		break;
	case MADT_IOAPIC:
		if (len >= 12)
			add_ioapic(out, entry);
		break;
	case MADT_OVERRIDE:
		/* Bus 0 is ISA, the only one defined. */
		if (len >= 10 && entry[2] == 0)
			add_override(out, entry);
		break;
	case MADT_LAPIC_OVERRIDE:
		if (len >= 12)
			out->lapic_hpa = acpi_u64(entry + 4);
		break;
	}
}

int acpi_parse_madt(struct acpi_info *out, const void *table, u32 len_bytes)
{
	const u8 *bytes = table;
	u32 at = MADT_ENTRIES;

	if (len_bytes < MADT_ENTRIES)
		return -EINVAL;
	out->lapic_hpa = acpi_u32(bytes + MADT_LAPIC_ADDRESS);
	out->has_8259 = acpi_u32(bytes + MADT_FLAGS) & MADT_PCAT_COMPAT;
	while (len_bytes - at >= 2) {
		u8 len = bytes[at + 1];

		/* A length below 2 would never end. */
		if (len < 2 || len > len_bytes - at)
			break;
		parse_entry(out, bytes + at, len);
		at += len;
	}
	return out->cpu_count ? 0 : -EINVAL;
}
