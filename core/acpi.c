/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI of the machine, put together: acpi_root.c finds tables, the pure
 * parsers of acpi_madt.c and acpi_tables.c reduce them to struct acpi_info.
 */
#include "core/acpi.h"

#include "core/acpi_internal.h"
#include "core/err.h"
#include "core/log.h"

#define FADT_DSDT	40	/* u32 */
#define FADT_X_DSDT	140	/* u64 */

struct acpi_info acpi __ro_after_init;

typedef int (*acpi_parser)(struct acpi_info *out, const void *table,
			   u32 len_bytes);

/* -ENOENT: no such table; else what the parser says. */
static int parse(const char *signature, acpi_parser parser)
{
	const u8 *table;
	u64 hpa;
	u32 len;
	int err = acpi_find(signature, &hpa, &len);

	if (err)
		return err;
	table = acpi_map(hpa, len);
	err = table ? parser(&acpi, table, len) : -EINVAL;
	if (err)
		log_warn("acpi", "%s at %llx has nothing that we can use",
			 signature, (unsigned long long)hpa);
	return err;
}

static void parse_dsdt(void)
{
	const u8 *fadt, *dsdt;
	u64 hpa;
	u32 len;

	if (acpi_find("FACP", &hpa, &len))
		return;
	fadt = acpi_map(hpa, len);
	if (!fadt || len < FADT_DSDT + 4)
		return;
	hpa = acpi_u32(fadt + FADT_DSDT);
	if (len >= FADT_X_DSDT + 8 && acpi_u64(fadt + FADT_X_DSDT))
		hpa = acpi_u64(fadt + FADT_X_DSDT);
	dsdt = hpa ? acpi_table(hpa, &len) : NULL;
	if (dsdt)
		acpi_parse_s5(&acpi, dsdt, len);
}

int acpi_init(const struct boot_info *info)
{
	int err;

	memset(&acpi, 0, sizeof(acpi));
	err = acpi_root_init(info);
	if (err)
		return err;
	/* CPUs and IOAPICs are what we cannot do without. */
	err = parse("APIC", acpi_parse_madt);
	if (err)
		return fail(-EINVAL);
	/* The rest may be missing; parse() says what is broken. */
	(void)parse("FACP", acpi_parse_fadt);
	(void)parse("MCFG", acpi_parse_mcfg);
	(void)parse("SPCR", acpi_parse_spcr);
	parse_dsdt();
	err = acpi_find("DMAR", &acpi.dmar_hpa, &acpi.dmar_len_bytes);
	log_info("acpi", "%u CPUs, %u IOAPICs, ECAM %llx%s%s", acpi.cpu_count,
		 acpi.ioapic_count, (unsigned long long)acpi.ecam_hpa,
		 err ? ", no DMAR" : ", DMAR", acpi.has_s5 ? ", S5" : "");
	if (acpi.cpus_dropped)
		log_warn("acpi", "%u CPUs beyond the %d we can use stay off",
			 acpi.cpus_dropped, MAX_CPUS);
	return 0;
}

u32 acpi_isa_gsi(u8 irq, bool *level, bool *low)
{
	for (u32 i = 0; i < acpi.override_count; i++) {
		const struct acpi_override *o = &acpi.override[i];

		if (o->irq != irq)
			continue;
		*level = o->level;
		*low = o->low;
		return o->gsi;
	}
	/* ISA's own: edge-triggered, active high. */
	*level = false;
	*low = false;
	return irq;
}
