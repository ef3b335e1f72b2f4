/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest memory and trapped regions. Slots and regions are sorted and do not
 * overlap, so one binary search finds the only candidate for an address. Both
 * tables are written at VM creation only; lookups take no lock.
 */
#include "core/guest.h"

#include <hw/phys.h>

#include "core/err.h"
#include "core/log.h"
#include "core/string.h"

/* Index of the last slot with gpa <= @gpa, or slot_count if there is none. */
static u32 slot_index(const struct guest *g, u64 gpa)
{
	u32 low = 0, high = g->slot_count;

	while (low < high) {
		u32 mid = (low + high) / 2;

		if (g->slot[mid].gpa <= gpa)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : g->slot_count;
}

static const struct guest_slot *slot_find(const struct guest *g, u64 gpa)
{
	u32 i;

	/* Low RAM is the first slot and mostly the only one. */
	if (likely(g->slot_count &&
		   gpa - g->slot[0].gpa < g->slot[0].len_bytes))
		return &g->slot[0];
	i = slot_index(g, gpa);
	if (i == g->slot_count || gpa - g->slot[i].gpa >= g->slot[i].len_bytes)
		return NULL;
	return &g->slot[i];
}

/*
 * The host address of @gpa and in @run how much of @len_bytes follows it in
 * the same slot. NULL if @gpa is no RAM, or ROM that is to be written.
 */
static void *ram_run(const struct guest *g, u64 gpa, u64 len_bytes, bool write,
		     u64 *run)
{
	const struct guest_slot *slot = slot_find(g, gpa);

	if (!slot || (write && slot->readonly))
		return NULL;
	*run = min(len_bytes, slot->len_bytes - (gpa - slot->gpa));
	return phys_to_virt(slot->hpa + (gpa - slot->gpa));
}

/* A copy may go through several slots: host memory comes in pieces. */
int guest_read(const struct guest *g, u64 gpa, void *buf, u64 len_bytes)
{
	u8 *to = buf;
	u64 run;

	for (; len_bytes; gpa += run, to += run, len_bytes -= run) {
		const void *from = ram_run(g, gpa, len_bytes, false, &run);

		if (!from)
			return -EFAULT;
		memcpy(to, from, run);
	}
	return 0;
}

int guest_read_u64(const struct guest *g, u64 gpa, u64 *value)
{
	const struct guest_slot *slot = slot_find(g, gpa);
	const u64 *entry;

	if (!slot || !is_aligned(gpa, 8))
		return -EFAULT;
	entry = phys_to_virt(slot->hpa + (gpa - slot->gpa));
	*value = READ_ONCE(*entry);
	return 0;
}

int guest_write(const struct guest *g, u64 gpa, const void *buf, u64 len_bytes)
{
	const u8 *from = buf;
	u64 run;

	for (; len_bytes; gpa += run, from += run, len_bytes -= run) {
		void *to = ram_run(g, gpa, len_bytes, true, &run);

		if (!to)
			return -EFAULT;
		memcpy(to, from, run);
	}
	return 0;
}

void *guest_ram_ptr(const struct guest *g, u64 gpa, u64 len_bytes)
{
	u64 run;
	void *ptr = ram_run(g, gpa, len_bytes, true, &run);

	return ptr && run == len_bytes ? ptr : NULL;
}

/* Pages, because the second stage maps pages. */
int guest_add_slot(struct guest *g, u64 gpa, u64 hpa, u64 len_bytes,
		   bool readonly)
{
	u32 at = 0;

	if (!len_bytes || gpa + len_bytes < gpa || hpa + len_bytes < hpa ||
	    !is_aligned(gpa | hpa | len_bytes, PAGE_SIZE))
		return fail(-EINVAL);
	if (g->slot_count == GUEST_MAX_SLOTS)
		return fail(-ENOSPC);
	while (at < g->slot_count && g->slot[at].gpa <= gpa)
		at++;
	if (at && gpa - g->slot[at - 1].gpa < g->slot[at - 1].len_bytes)
		return fail(-EEXIST);
	if (at < g->slot_count && g->slot[at].gpa - gpa < len_bytes)
		return fail(-EEXIST);
	memmove(&g->slot[at + 1], &g->slot[at],
		(g->slot_count - at) * sizeof(g->slot[0]));
	g->slot[at] = (struct guest_slot){
		.gpa = gpa, .hpa = hpa, .len_bytes = len_bytes,
		.readonly = readonly,
	};
	g->slot_count++;
	return 0;
}

#define PIO_GROUP_SHIFT		8	/* 256 ports */
#define MMIO_GROUP_SHIFT	24	/* 16 MiB: 256 of them below 4 GiB */

static void trap_index(struct trap_table *table)
{
	u32 at = 0;

	for (u32 group = 0; group < TRAP_GROUPS; group++) {
		while (at < table->count &&
		       table->region[at].base + table->region[at].len - 1 <
		       (u64)group << table->shift)
			at++;
		table->first[group] = (u8)at;
	}
}

static int trap_add(struct trap_table *table, u8 shift, u64 base, u64 len,
		    trap_handler handler, void *device)
{
	struct trap_region *region = table->region;
	u32 at = 0;

	if (table->count == GUEST_MAX_TRAPS)
		return fail(-ENOSPC);
	while (at < table->count && region[at].base <= base)
		at++;
	if (at && base - region[at - 1].base < region[at - 1].len)
		return fail(-EEXIST);
	if (at < table->count && region[at].base - base < len)
		return fail(-EEXIST);
	memmove(&region[at + 1], &region[at],
		(table->count - at) * sizeof(region[0]));
	region[at] = (struct trap_region){
		.base = base, .len = len, .handler = handler, .device = device,
	};
	table->count++;
	table->shift = shift;
	trap_index(table);
	return 0;
}

int guest_trap_mmio(struct guest *g, u64 gpa, u64 len_bytes,
		    trap_handler handler, void *device)
{
	if (!len_bytes || gpa + len_bytes < gpa)
		return fail(-EINVAL);
	return trap_add(&g->mmio, MMIO_GROUP_SHIFT, gpa, len_bytes, handler,
			device);
}

int guest_trap_pio(struct guest *g, u16 port, u32 ports, trap_handler handler,
		   void *device)
{
	if (!ports || port + ports > 0x10000)
		return fail(-EINVAL);
	return trap_add(&g->pio, PIO_GROUP_SHIFT, port, ports, handler,
			device);
}

/* The first region that ends behind @base; it may begin behind it, too. */
static const struct trap_region *trap_find(const struct trap_table *table,
					   u64 base)
{
	u64 group = min(base >> table->shift, (u64)TRAP_GROUPS - 1);
	const struct trap_region *region = &table->region[table->first[group]];
	const struct trap_region *end = &table->region[table->count];

	while (region < end && region->base + region->len <= base)
		region++;
	return region < end ? region : NULL;
}

static bool trap_covers(const struct trap_region *region, u64 base, u8 size)
{
	return base >= region->base &&
	       base + size <= region->base + region->len;
}

static void trap_call(const struct trap_region *region, u64 base,
		      struct trap_access *access)
{
	access->offset = base - region->base;
	region->handler(region->device, access);
	if (!access->write)
		access->data &= ~0ull >> (64 - access->size_bytes * 8);
}

/* Nobody there: a bus without a responder reads as ones. */
static void trap_absent(struct trap_access *access, u64 *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
	if (!access->write)
		access->data = ~0ull >> (64 - access->size_bytes * 8);
}

/* A byte beside a region may also be RAM: only MMIO has such neighbours. */
static bool ram_byte(const struct guest *g, u64 gpa, struct trap_access *byte)
{
	u8 value = (u8)byte->data;

	if (byte->write)
		return !guest_write(g, gpa, &value, 1);
	if (guest_read(g, gpa, &value, 1))
		return false;
	byte->data = value;
	return true;
}

static void trap_split(struct guest *g, const struct trap_table *table,
		       u64 base, struct trap_access *access, u64 *counter)
{
	const struct trap_region *region;
	u64 data = access->write ? access->data : 0;
	u8 i;

	for (i = 0; i < access->size_bytes; i++) {
		struct trap_access byte = {
			.vcpu = access->vcpu, .size_bytes = 1,
			.write = access->write, .data = (u8)(data >> (i * 8)),
		};

		region = trap_find(table, base + i);
		if (region && trap_covers(region, base + i, 1))
			trap_call(region, base + i, &byte);
		else if (table != &g->mmio || !ram_byte(g, base + i, &byte))
			trap_absent(&byte, counter);
		if (!access->write)
			data |= (u64)(u8)byte.data << (i * 8);
	}
	access->data = data;
}

static inline void trap_dispatch(struct guest *g,
				 const struct trap_table *table, u64 base,
				 struct trap_access *access, u64 *counter)
{
	const struct trap_region *region = trap_find(table, base);

	if (!region || base + access->size_bytes <= region->base)
		trap_absent(access, counter);
	else if (likely(trap_covers(region, base, access->size_bytes)))
		trap_call(region, base, access);
	else
		trap_split(g, table, base, access, counter);
}

const struct trap_region *guest_mmio_region(const struct guest *g, u64 gpa,
					    u8 size_bytes)
{
	const struct trap_region *region = trap_find(&g->mmio, gpa);

	return region && trap_covers(region, gpa, size_bytes) ? region : NULL;
}

void guest_mmio(struct guest *g, u64 gpa, struct trap_access *access)
{
	trap_dispatch(g, &g->mmio, gpa, access, &g->unhandled_mmio);
}

void guest_pio(struct guest *g, u16 port, struct trap_access *access)
{
	trap_dispatch(g, &g->pio, port, access, &g->unhandled_pio);
}
