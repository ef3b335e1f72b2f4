/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports of hardware that this machine does not have but that guests touch by
 * habit, mostly to silence it. They behave as if absent; being named here
 * keeps them out of the count of unhandled accesses, which is there to point
 * at what a guest really misses.
 */
#include "core/platform/devices.h"

static const struct {
	u16 port, count;
} absent[] = {
	{ 0x20, 2 },		/* 8259 master */
	{ 0x40, 4 },		/* 8254 timer */
	{ 0x61, 1 },		/* NMI status, speaker */
	{ 0x80, 1 },		/* POST code, also used as a delay */
	{ 0xa0, 2 },		/* 8259 slave */
	{ 0xed, 1 },		/* delay */
	{ 0x2f8, 8 },		/* COM2 */
	{ 0x3e8, 8 },		/* COM3 */
	{ 0x2e8, 8 },		/* COM4 */
	{ 0x4d0, 2 },		/* 8259 edge/level control */
	{ 0x8900, 1 },		/* Bochs: "Shutdown" */
};

static void absent_access(void *device, struct trap_access *access)
{
	(void)device;		/* the same for every VM */
	if (!access->write)
		access->data = ~0ull;
}

int legacy_init(struct platform *p)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		int err = guest_trap_pio(p->guest, absent[i].port,
					 absent[i].count, absent_access, p);

		if (err)
			return err;
	}
	return 0;
}
