/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI from any bytes. First byte 0: the rest is physical memory from 1 MiB
 * on, with an RSDP at its start whose checksums are made right, and so are
 * those of each table that it leads to (a fuzzer cannot guess them). Else it
 * selects a pure parser, which gets the rest as its table.
 */
#include "core/acpi.h"

#include <stdlib.h>
#include <string.h>

#include <hw/phys.h>

#include "core/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE_HPA	0x100000ull
#define INPUT_MAX	(64u << 10)
#define MEMORY_BYTES	(2ull << 20)

static struct acpi_info info;
static u8 *memory;

/* Set byte @at so that @len bytes sum to zero, if they are all there. */
static void mend(u64 hpa, u32 at, u64 len)
{
	u8 sum = 0;

	if (hpa >= MEMORY_BYTES || len > MEMORY_BYTES - hpa || len <= at)
		return;
	memory[hpa + at] = 0;
	for (u64 i = 0; i < len; i++)
		sum += memory[hpa + i];
	memory[hpa + at] = (u8)-sum;
}

static u64 table_len(u64 hpa)
{
	u32 len = 0;

	if (hpa + 8 <= MEMORY_BYTES && hpa + 8 > hpa)
		memcpy(&len, memory + hpa + 4, 4);
	return len;
}

static void mend_tables(void)
{
	u64 xsdt, table;
	u64 len;

	memcpy(memory + BASE_HPA, "RSD PTR ", 8);
	mend(BASE_HPA, 8, 20);
	mend(BASE_HPA, 32, 36);
	memcpy(&xsdt, memory + BASE_HPA + 24, 8);
	len = table_len(xsdt);
	for (u64 at = 36; at + 8 <= len && len < INPUT_MAX; at += 8) {
		if (xsdt + at + 8 > MEMORY_BYTES)
			break;
		memcpy(&table, memory + xsdt + at, 8);
		mend(table, 9, table_len(table));
	}
	mend(xsdt, 9, len);
}

static void whole(const uint8_t *data, size_t size)
{
	struct boot_info *boot = calloc(1, sizeof(*boot));

	if (!memory)
		memory = hw_ram_add(0, MEMORY_BYTES);
	memcpy(memory + BASE_HPA, data, size);
	mend_tables();
	boot->rsdp_hpa = BASE_HPA;
	(void)!acpi_init(boot);
	boot->rsdp_hpa = 0;
	boot->efi_system_table_hpa = BASE_HPA;
	(void)!acpi_init(boot);
	memset(memory + BASE_HPA, 0, INPUT_MAX);
	free(boot);
}

static void check(void)
{
	if (info.cpu_count > MAX_CPUS ||
	    info.ioapic_count > ACPI_MAX_IOAPICS ||
	    info.override_count > ACPI_MAX_OVERRIDES ||
	    info.pm_timer_port > 0xffff || info.s5_type_a > 7)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *table;
	u32 len;

	log_set_level(LOG_ERROR);
	if (!size || size > INPUT_MAX)
		return 0;
	len = (u32)size - 1;
	if (data[0] == 0) {
		whole(data + 1, len);
		return 0;
	}
	/* An exact copy, to see reads beyond its end. */
	table = malloc(len ? len : 1);
	memcpy(table, data + 1, len);
	memset(&info, 0, sizeof(info));
	if (data[0] % 5 == 0)
		(void)!acpi_parse_madt(&info, table, len);
	else if (data[0] % 5 == 1)
		(void)!acpi_parse_fadt(&info, table, len);
	else if (data[0] % 5 == 2)
		(void)!acpi_parse_mcfg(&info, table, len);
	else if (data[0] % 5 == 3)
		(void)!acpi_parse_spcr(&info, table, len);
	else
		acpi_parse_s5(&info, table, len);
	check();
	free(table);
	return 0;
}
