/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI tables built field by field, for the tests of core/acpi*.c. */
#ifndef TESTS_UNIT_CORE_ACPI_BUILD_H
#define TESTS_UNIT_CORE_ACPI_BUILD_H

#include <string.h>

#include <hw/phys.h>

#include "core/types.h"

struct table {
	u8 bytes[4096];
	u32 len;
};

static inline void put8(struct table *t, u8 value)
{
	t->bytes[t->len++] = value;
}

static inline void put16(struct table *t, u16 value)
{
	memcpy(t->bytes + t->len, &value, 2);
	t->len += 2;
}

static inline void put32(struct table *t, u32 value)
{
	memcpy(t->bytes + t->len, &value, 4);
	t->len += 4;
}

static inline void put64(struct table *t, u64 value)
{
	memcpy(t->bytes + t->len, &value, 8);
	t->len += 8;
}

static inline void table_begin(struct table *t, const char *signature)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->bytes, signature, 4);
	t->len = 36;
}

static inline u8 checksum(const void *bytes, u32 len)
{
	const u8 *p = bytes;
	u8 sum = 0;

	while (len--)
		sum += *p++;
	return (u8)-sum;
}

static inline void table_put(struct table *t, u64 hpa)
{
	memcpy(t->bytes + 4, &t->len, 4);
	t->bytes[9] = 0;
	t->bytes[9] = checksum(t->bytes, t->len);
	memcpy(phys_to_virt(hpa), t->bytes, t->len);
}

static inline void madt_begin(struct table *t)
{
	table_begin(t, "APIC");
	put32(t, 0xfee00000);
	put32(t, 1);
}

static inline void madt_cpu(struct table *t, u8 id, u32 flags)
{
	put8(t, 0), put8(t, 8), put8(t, id), put8(t, id), put32(t, flags);
}

static inline void madt_x2apic(struct table *t, u32 id, u32 flags)
{
	put8(t, 9), put8(t, 16), put16(t, 0), put32(t, id), put32(t, flags);
	put32(t, id);
}

static inline void madt_override(struct table *t, u8 irq, u32 gsi, u16 flags)
{
	put8(t, 2), put8(t, 10), put8(t, 0), put8(t, irq), put32(t, gsi);
	put16(t, flags);
}

static inline void madt_ioapic(struct table *t, u8 id, u32 base, u32 gsi)
{
	put8(t, 1), put8(t, 12), put8(t, id), put8(t, 0), put32(t, base);
	put32(t, gsi);
}

static inline void small_madt(struct table *t)
{
	madt_begin(t);
	madt_cpu(t, 0, 1);
	madt_cpu(t, 1, 1);
}

#endif
