/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports that test guests use: debug console 0xE9 as of Bochs and debug exit
 * 0xF4 as of QEMU's isa-debug-exit.
 */
#include "core/platform/devices.h"

#define DEBUGCON_PORT	0xe9
#define DEBUG_EXIT_PORT	0xf4
#define DEBUG_EXIT_PORTS 4

/* Reading back its own number tells a guest that the console is there. */
static void debugcon_access(void *device, struct trap_access *access)
{
	struct platform *p = device;

	if (access->write)
		vuart_console_out(p, (u8)access->data);
	else
		access->data = DEBUGCON_PORT;
}

static void debug_exit_access(void *device, struct trap_access *access)
{
	struct platform *p = device;

	if (!access->write)
		access->data = 0;
	else if (!access->offset)
		guest_stop(p->guest, GUEST_STOP_DEBUG_EXIT, access->data);
}

int debug_init(struct platform *p)
{
	int err = guest_trap_pio(p->guest, DEBUGCON_PORT, 1, debugcon_access,
				 p);

	if (!err)
		err = guest_trap_pio(p->guest, DEBUG_EXIT_PORT,
				     DEBUG_EXIT_PORTS, debug_exit_access, p);
	return err;
}
