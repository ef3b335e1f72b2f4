/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest PCI configuration space, PCI Local Bus 3.0, 3.2.2.3.2 "Configuration
 * mechanism #1" and PCI Express 4.0, 7.2.2 "Enhanced Configuration Access
 * Mechanism". Any size and alignment works: an access is served bytewise.
 */
#include "pci/host_bridge.h"

#include "core/platform/platform.h"

#define CONFIG_PORT	0xcf8
#define CONFIG_PORTS	8
#define CONFIG_DATA	4	/* offset of 0xCFC */
#define RESET_OFFSET	(PLATFORM_RESET_PORT - CONFIG_PORT)

#define ADDRESS_ENABLE	BIT(31)
#define ADDRESS_BUS	BITS(23, 16)
#define ADDRESS_DEVFN	BITS(15, 8)
#define ADDRESS_REG	BITS(7, 2)
#define ADDRESS_BITS	(ADDRESS_ENABLE | BITS(23, 2))

#define ECAM_BYTES	(1ull << 20)	/* bus 0 */
#define ECAM_DEVFN	BITS(19, 12)
#define ECAM_REG	BITS(11, 0)

#define RESET_CPU	BIT(2)
#define RESET_BITS	BITS(3, 1)	/* SYS_RST, RST_CPU, FULL_RST */

enum config_register {
	CONFIG_VENDOR_ID = 0x00,
	CONFIG_DEVICE_ID = 0x02,
	CONFIG_COMMAND = 0x04,
	CONFIG_CLASS = 0x0b,	/* base class; sub-class at 0x0a */
	CONFIG_INTERRUPT_LINE = 0x3c,
};

#define HOST_BRIDGE_VENDOR	0x8086
#define HOST_BRIDGE_DEVICE	0x0d57
#define HOST_BRIDGE_COMMAND	6	/* memory, bus master: fixed to 1 */
#define HOST_BRIDGE_CLASS	0x06	/* sub-class 0: host bridge */

/* One byte of a function's 4 KiB; a function that is not there reads ones. */
static u8 config_read(const struct vpci *pci, u32 devfn, u32 reg)
{
	if (devfn)
		return 0xff;
	/* No extended capabilities: the list starts with 0. */
	return reg < VPCI_CONFIG_BYTES ? pci->config[reg] : 0;
}

static void config_write(struct vpci *pci, u32 devfn, u32 reg, u8 value)
{
	if (!devfn && reg == CONFIG_INTERRUPT_LINE)
		pci->config[reg] = value;
}

static void config_access(struct vpci *pci, u32 devfn, u32 reg,
			  struct trap_access *access)
{
	u64 data = 0;
	u8 i;

	spin_lock(&pci->lock);
	for (i = 0; i < access->size_bytes; i++) {
		if (access->write)
			config_write(pci, devfn, reg + i,
				     (u8)(access->data >> (i * 8)));
		else
			data |= (u64)config_read(pci, devfn, reg + i)
				<< (i * 8);
	}
	spin_unlock(&pci->lock);
	if (!access->write)
		access->data = data;
}

static void absent(struct trap_access *access)
{
	if (!access->write)
		access->data = ~0ull;
}

/* RST_CPU resets on its rising edge and reads back as 0 from then on. */
static void reset_access(struct vpci *pci, struct trap_access *access)
{
	u8 old;

	spin_lock(&pci->lock);
	old = pci->reset_control;
	if (access->write)
		pci->reset_control = access->data & RESET_BITS & ~RESET_CPU;
	spin_unlock(&pci->lock);
	if (!access->write)
		access->data = old;
	else if (access->data & RESET_CPU)
		guest_stop(pci->guest, GUEST_STOP_RESET, 0);
}

static void address_access(struct vpci *pci, struct trap_access *access)
{
	spin_lock(&pci->lock);
	if (access->write)
		pci->address = access->data & ADDRESS_BITS;
	else
		access->data = pci->address;
	spin_unlock(&pci->lock);
}

static void data_access(struct vpci *pci, struct trap_access *access)
{
	u32 byte = (u32)access->offset - CONFIG_DATA, address;

	spin_lock(&pci->lock);
	address = pci->address;
	spin_unlock(&pci->lock);
	if (!(address & ADDRESS_ENABLE) || field_get(ADDRESS_BUS, address))
		absent(access);
	else
		config_access(pci, field_get(ADDRESS_DEVFN, address),
			      (address & ADDRESS_REG) + byte, access);
}

/*
 * The address latch takes dwords only; 0xCF9 by itself is the reset register;
 * any other access to 0xCF8-0xCFB goes nowhere.
 */
static void port_access(void *device, struct trap_access *access)
{
	if (access->offset >= CONFIG_DATA)
		data_access(device, access);
	else if (access->offset == 0 && access->size_bytes == 4)
		address_access(device, access);
	else if (access->offset == RESET_OFFSET && access->size_bytes == 1)
		reset_access(device, access);
	else
		absent(access);
}

/* An access that crosses into the next function is no configuration access. */
static void ecam_access(void *device, struct trap_access *access)
{
	u32 devfn = field_get(ECAM_DEVFN, access->offset);
	u32 reg = field_get(ECAM_REG, access->offset);

	if (reg + access->size_bytes > ECAM_REG + 1)
		absent(access);
	else
		config_access(device, devfn, reg, access);
}

static void put16(u8 *at, u16 value)
{
	at[0] = (u8)value;
	at[1] = value >> 8;
}

int vpci_init(struct vpci *pci, struct guest *guest)
{
	int err;

	*pci = (struct vpci){ .guest = guest };
	spin_init(&pci->lock, LOCK_PCI);
	put16(&pci->config[CONFIG_VENDOR_ID], HOST_BRIDGE_VENDOR);
	put16(&pci->config[CONFIG_DEVICE_ID], HOST_BRIDGE_DEVICE);
	put16(&pci->config[CONFIG_COMMAND], HOST_BRIDGE_COMMAND);
	pci->config[CONFIG_CLASS] = HOST_BRIDGE_CLASS;
	err = guest_trap_pio(guest, CONFIG_PORT, CONFIG_PORTS, port_access,
			     pci);
	if (err)
		return err;
	return guest_trap_mmio(guest, PLATFORM_ECAM_GPA, ECAM_BYTES,
			       ecam_access, pci);
}
