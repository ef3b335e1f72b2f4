/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small writer of ACPI Machine Language: ACPI 6.4, chapter 20 "AML
 * Specification" and 6.4 "Resource Data Types". Objects nest by begin/end; a
 * buffer that is too small sets `overflow` and nothing is written behind it.
 */
#ifndef BOOT_GUEST_ACPI_AML_H
#define BOOT_GUEST_ACPI_AML_H

#include "core/types.h"

struct aml {
	u8 *at;			/* the whole table, header included */
	size_t size_bytes;
	size_t len_bytes;
	bool overflow;
};

/* What begin returns and end takes. */
struct aml_mark {
	size_t offset;
};

void aml_bytes(struct aml *aml, const void *bytes, size_t len_bytes);
void aml_u8(struct aml *aml, u8 value);
void aml_u16(struct aml *aml, u16 value);
void aml_u32(struct aml *aml, u32 value);

/* @name is one segment of four characters, or a root path "\\_S5_". */
struct aml_mark aml_scope(struct aml *aml, const char *name);
struct aml_mark aml_device(struct aml *aml, const char *name);
void aml_end(struct aml *aml, struct aml_mark mark);

void aml_name_int(struct aml *aml, const char *name, u32 value);
void aml_name_string(struct aml *aml, const char *name, const char *value);
/* @id as "PNP0501". */
void aml_name_eisa_id(struct aml *aml, const char *name, const char *id);
/* Package of @count integers. */
void aml_name_package(struct aml *aml, const char *name, const u32 *values,
		      u8 count);

/* _CRS: begin, descriptors, end. */
struct aml_crs {
	struct aml_mark buffer;
	size_t size_offset;
};
struct aml_crs aml_crs_begin(struct aml *aml);
void aml_crs_end(struct aml *aml, struct aml_crs crs);
void aml_io(struct aml *aml, u16 port, u8 ports);
/* Edge-triggered, active high, not shared: as an ISA interrupt. */
void aml_edge_interrupt(struct aml *aml, u32 gsi);
void aml_memory32_fixed(struct aml *aml, u32 base, u32 len_bytes);
/* Windows that a bridge hands on. */
void aml_bus_window(struct aml *aml, u16 first, u16 last);
void aml_io_window(struct aml *aml, u16 first, u16 last);
void aml_memory_window(struct aml *aml, u32 first, u32 last);

#endif
