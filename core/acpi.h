/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI tables of the machine: found, checked (bounds, checksum) and reduced to
 * what Noexit uses. The parsers are pure and take bytes; bad tables are
 * skipped with one log line.
 */
#ifndef CORE_ACPI_H
#define CORE_ACPI_H

#include "core/boot_info.h"
#include "core/cpu.h"
#include "core/types.h"

#define ACPI_MAX_IOAPICS	64
#define ACPI_MAX_OVERRIDES	16

struct acpi_ioapic {
	u64 base_hpa;
	u32 gsi_base;
	u8 id;
};

struct acpi_override {		/* ISA IRQ -> GSI */
	u8 irq;
	u8 low, level;
	u32 gsi;
};

struct acpi_gas {		/* generic address structure */
	u8 space;		/* 0 memory, 1 I/O */
	u8 bit_width, bit_offset, access_size;
	u64 address;
};

struct acpi_info {
	u32 cpu_count;		/* enabled CPUs, boot CPU not moved first */
	u32 cpu_apic_id[MAX_CPUS];
	u32 cpus_dropped;	/* beyond MAX_CPUS */
	u64 lapic_hpa;
	u32 ioapic_count;
	struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
	u32 override_count;
	struct acpi_override override[ACPI_MAX_OVERRIDES];
	bool has_8259;
	/* FADT */
	bool hw_reduced;
	u32 pm_timer_port;	/* 0: none */
	bool pm_timer_32bit;
	bool reset_supported;
	struct acpi_gas reset_reg;
	u8 reset_value;
	u32 pm1a_control_port, pm1b_control_port;
	u16 s5_type_a, s5_type_b;	/* SLP_TYP from \_S5 (found by scan) */
	bool has_s5;
	/* MCFG: first segment */
	u64 ecam_hpa;
	u8 ecam_bus_first, ecam_bus_last;
	/* SPCR */
	bool has_spcr;
	struct acpi_gas spcr_reg;
	u32 spcr_gsi;		/* ~0: polled */
	/* Raw DMAR for iommu/ */
	u64 dmar_hpa;
	u32 dmar_len_bytes;
};

extern struct acpi_info acpi;

/* After paging_init(). -ENOENT: no RSDP; -EINVAL: no usable MADT behind it. */
int acpi_init(const struct boot_info *info) __must_check;
/* hpa of the first table with @signature and its length; -ENOENT. */
int acpi_find(const char signature[4], u64 *hpa, u32 *len_bytes)
	__must_check;
/* GSI and polarity of ISA interrupt @irq, overrides applied. */
u32 acpi_isa_gsi(u8 irq, bool *level, bool *low);

/* Pure: parse one table's bytes into @out. -EINVAL: unusable. */
int acpi_parse_madt(struct acpi_info *out, const void *table, u32 len_bytes)
	__must_check;
int acpi_parse_fadt(struct acpi_info *out, const void *table, u32 len_bytes)
	__must_check;
int acpi_parse_mcfg(struct acpi_info *out, const void *table, u32 len_bytes)
	__must_check;
int acpi_parse_spcr(struct acpi_info *out, const void *table, u32 len_bytes)
	__must_check;
/* Find \_S5's package in AML by its bytes. */
void acpi_parse_s5(struct acpi_info *out, const void *dsdt, u32 len_bytes);

#endif
