/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of QEMU's fw_cfg that test guests read: a 16-bit selector at 0x510
 * and a byte-wise data port at 0x511. An item reads as zeros behind its end,
 * and so does an unknown one.
 */
#include "core/platform/devices.h"

#define FWCFG_SELECTOR_PORT	0x510	/* data is the port behind */

enum fwcfg_key {
	FWCFG_SIGNATURE = 0,
	FWCFG_ID = 1,
	FWCFG_RAM_SIZE = 3,
	FWCFG_NB_CPUS = 5,
};

/* Items are at most 8 bytes, little-endian. */
static u64 item(const struct platform *p, u16 key)
{
	switch (key) {
	case FWCFG_SIGNATURE:
		return 0x554d4551;	/* "QEMU" */
	case FWCFG_ID:
		return 1;		/* this interface, no DMA */
	case FWCFG_RAM_SIZE:
		return p->guest->mem_bytes;
	case FWCFG_NB_CPUS:
		return p->vcpus;
	default:
		return 0;
	}
}

static u8 next_byte(struct platform *p)
{
	u32 offset = READ_ONCE(p->fwcfg_offset);

	if (offset >= 8)
		return 0;
	WRITE_ONCE(p->fwcfg_offset, offset + 1);
	return (u8)(item(p, READ_ONCE(p->fwcfg_key)) >> (offset * 8));
}

static void fwcfg_access(void *device, struct trap_access *access)
{
	struct platform *p = device;

	if (access->offset == 0 && access->write) {
		WRITE_ONCE(p->fwcfg_key, (u16)access->data);
		WRITE_ONCE(p->fwcfg_offset, 0);
	} else if (access->offset == 1 && !access->write) {
		access->data = next_byte(p);
	} else if (!access->write) {
		access->data = ~0ull;
	}
}

int fwcfg_init(struct platform *p)
{
	return guest_trap_pio(p->guest, FWCFG_SELECTOR_PORT, 2, fwcfg_access,
			      p);
}
