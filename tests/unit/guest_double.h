/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest for tests of devices and loaders: RAM in the physical-memory double
 * and what vmx/ defines of core/guest.h, recorded. One test program includes
 * it once.
 */
#ifndef TESTS_UNIT_GUEST_DOUBLE_H
#define TESTS_UNIT_GUEST_DOUBLE_H

#include <hw/phys.h>
#include <string.h>

#include "core/cpu.h"
#include "core/guest.h"
#include "tests/unit/test.h"

#define DOUBLE_RAM_HPA	0x40000000ull

static struct {
	u32 stops;
	enum guest_stop_reason reason;
	u64 code;
	u64 unmapped_gpa;
	u32 unmaps;
	int unmap_result;
	u32 requests;
} guest_double __attribute__((unused));

void guest_stop(struct guest *g, enum guest_stop_reason reason, u64 code)
{
	(void)g;
	guest_double.stops++;
	guest_double.reason = reason;
	guest_double.code = code;
}

int guest_unmap(struct guest *g, u64 gpa, u64 len_bytes)
{
	(void)g;
	(void)len_bytes;
	guest_double.unmaps++;
	guest_double.unmapped_gpa = gpa;
	return guest_double.unmap_result;
}

void cpu_request(u32 cpu_index, u32 bits)
{
	(void)cpu_index;
	__atomic_fetch_or(&guest_double.requests, bits, __ATOMIC_RELAXED);
}

/* A guest with @low_bytes of RAM from 0 and @high_bytes from 4 GiB. */
__attribute__((unused))
static void guest_double_init(struct guest *g, u64 low_bytes, u64 high_bytes)
{
	memset(&guest_double, 0, sizeof(guest_double));
	memset(g, 0, sizeof(*g));
	memcpy(g->name, "test", 5);
	hw_ram_reset();
	hw_ram_add(DOUBLE_RAM_HPA, low_bytes + high_bytes);
	EXPECT_EQ(guest_add_slot(g, 0, DOUBLE_RAM_HPA, low_bytes, false), 0);
	if (high_bytes)
		EXPECT_EQ(guest_add_slot(g, 1ull << 32,
					 DOUBLE_RAM_HPA + low_bytes, high_bytes,
					 false), 0);
	g->low_bytes = low_bytes;
	g->mem_bytes = low_bytes + high_bytes;
}

__attribute__((unused))
static u64 pio_in(struct guest *g, u16 port, u8 size_bytes)
{
	struct trap_access access = { .size_bytes = size_bytes };

	guest_pio(g, port, &access);
	return access.data;
}

__attribute__((unused))
static void pio_out(struct guest *g, u16 port, u8 size_bytes, u64 value)
{
	struct trap_access access = { .size_bytes = size_bytes, .write = true,
				      .data = value };

	guest_pio(g, port, &access);
}

__attribute__((unused))
static u64 mmio_in(struct guest *g, u64 gpa, u8 size_bytes)
{
	struct trap_access access = { .size_bytes = size_bytes };

	guest_mmio(g, gpa, &access);
	return access.data;
}

__attribute__((unused))
static void mmio_out(struct guest *g, u64 gpa, u8 size_bytes, u64 value)
{
	struct trap_access access = { .size_bytes = size_bytes, .write = true,
				      .data = value };

	guest_mmio(g, gpa, &access);
}

#endif
