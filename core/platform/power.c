/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power-off and reset: ACPI sleep registers of the hardware-reduced profile
 * (ACPI 6.4, 4.8.3.7), a PM1 control look-alike, the reset pulse of a keyboard
 * controller, and port 0x92. The PCI reset register 0xCF9 is the bridge's.
 */
#include "core/platform/devices.h"

#define SLEEP_PORTS	8	/* 0x600..0x607 */
#define SLEEP_SLP_TYP	BITS(4, 2)
#define SLEEP_SLP_EN	BIT(5)
#define SLEEP_S5	5	/* the value that \_S5 names */
#define PM1_SLP_TYP	BITS(12, 10)
#define PM1_SLP_EN	BIT(13)

#define KBD_DATA_PORT	0x60
#define KBD_STATUS_PORT 0x64
#define KBD_WRITE_OUTPUT_PORT 0xd1
#define KBD_PULSE	0xf0	/* 0xf0..0xff: pulse the bits that are 0 */
#define KBD_OUTPUT_RESET BIT(0)	/* low active */

#define PORT_92		0x92
#define PORT_92_RESET	BIT(0)
#define PORT_92_A20	BIT(1)

static void reset(struct platform *p)
{
	guest_stop(p->guest, GUEST_STOP_RESET, 0);
}

static void write_sleep_control(struct platform *p, u8 value)
{
	if (value & SLEEP_SLP_EN && field_get(SLEEP_SLP_TYP, value) == SLEEP_S5)
		guest_stop(p->guest, GUEST_STOP_POWEROFF, 0);
}

/* 0x2000 as guests write it for QEMU's PM1a control: SLP_TYP 0 is S5 there. */
static void write_pm1(struct platform *p, u64 value)
{
	if (value & PM1_SLP_EN && !field_get(PM1_SLP_TYP, value))
		guest_stop(p->guest, GUEST_STOP_POWEROFF, 0);
}

static void sleep_access(void *device, struct trap_access *access)
{
	struct platform *p = device;
	u64 port = PLATFORM_SLEEP_PORT + access->offset;

	/* Sleep status has WAK_STS only, and this machine never wakes. */
	if (!access->write)
		access->data = 0;
	else if (port == PLATFORM_SLEEP_PORT)
		write_sleep_control(p, (u8)access->data);
	else if (port == PLATFORM_POWEROFF_PORT && access->size_bytes > 1)
		write_pm1(p, access->data);
}

static void write_kbd_command(struct platform *p, u8 value)
{
	WRITE_ONCE(p->kbd_command, value);
	if ((value & KBD_PULSE) == KBD_PULSE && !(value & KBD_OUTPUT_RESET))
		reset(p);
}

static void write_kbd_data(struct platform *p, u8 value)
{
	u8 command = READ_ONCE(p->kbd_command);

	WRITE_ONCE(p->kbd_command, 0);
	if (command == KBD_WRITE_OUTPUT_PORT && !(value & KBD_OUTPUT_RESET))
		reset(p);
}

/* Status 0: ready for a command, so that a wait before the reset ends. */
static void kbd_access(void *device, struct trap_access *access)
{
	struct platform *p = device;

	if (!access->write)
		access->data = 0;
	else
		write_kbd_command(p, (u8)access->data);
}

static void kbd_data_access(void *device, struct trap_access *access)
{
	struct platform *p = device;

	if (!access->write)
		access->data = ~0ull;
	else
		write_kbd_data(p, (u8)access->data);
}

/* Fast reset acts on the rising edge of its bit; A20 is always open. */
static void port_92_access(void *device, struct trap_access *access)
{
	struct platform *p = device;
	u8 old = READ_ONCE(p->port_92);

	if (!access->write) {
		access->data = old | PORT_92_A20;
		return;
	}
	WRITE_ONCE(p->port_92, (u8)access->data & PORT_92_RESET);
	if (access->data & ~old & PORT_92_RESET)
		reset(p);
}

int power_init(struct platform *p)
{
	int err = guest_trap_pio(p->guest, PLATFORM_SLEEP_PORT, SLEEP_PORTS,
				 sleep_access, p);

	if (!err)
		err = guest_trap_pio(p->guest, KBD_DATA_PORT, 1,
				     kbd_data_access, p);
	if (!err)
		err = guest_trap_pio(p->guest, KBD_STATUS_PORT, 1, kbd_access,
				     p);
	if (!err)
		err = guest_trap_pio(p->guest, PORT_92, 1, port_92_access, p);
	return err;
}
