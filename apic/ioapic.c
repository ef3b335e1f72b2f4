/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical IOAPICs (82093AA) and the two 8259s, which are masked for good.
 * A register is reached by writing its index to IOREGSEL and then using IOWIN,
 * so each access to the pair holds the lock.
 */
#include "apic/ioapic.h"

#include <hw/mmio.h>
#include <hw/port.h>

#include "core/acpi.h"
#include "core/err.h"
#include "core/log.h"
#include "core/paging.h"
#include "core/spinlock.h"

#define IOREGSEL		0x00
#define IOWIN			0x10
#define IOAPIC_VERSION		0x01
#define IOAPIC_RTE_LOW(pin)	(0x10 + 2 * (pin))
#define IOAPIC_RTE_HIGH(pin)	(0x11 + 2 * (pin))

#define VERSION_MAX_ENTRY	BITS(23, 16)
#define MAX_PINS		240	/* the index register has 8 bits */

#define RTE_VECTOR		BITS(7, 0)
#define RTE_ACTIVE_LOW		BIT(13)
#define RTE_LEVEL		BIT(15)
#define RTE_MASKED		BIT(16)
#define RTE_DESTINATION		BITS(63, 56)
#define MAX_DESTINATION		0xfe	/* 0xff is the broadcast */

#define PIC1_DATA		0x21
#define PIC2_DATA		0xa1

struct ioapic {
	volatile u8 *regs;
	u32 gsi_base;
	u32 pins;
};

static struct spinlock lock = SPINLOCK_INIT(LOCK_IRT);
/* Set once at boot. */
static struct ioapic ioapics[ACPI_MAX_IOAPICS] __ro_after_init;
static u32 ioapic_count __ro_after_init;

static u32 ioapic_read(const struct ioapic *io, u32 index)
{
	mmio_write32(io->regs + IOREGSEL, index);
	return mmio_read32(io->regs + IOWIN);
}

static void ioapic_write(const struct ioapic *io, u32 index, u32 value)
{
	mmio_write32(io->regs + IOREGSEL, index);
	mmio_write32(io->regs + IOWIN, value);
}

static void add(const struct acpi_ioapic *from)
{
	struct ioapic *io = &ioapics[ioapic_count];
	u32 version;

	io->regs = paging_map_mmio(from->base_hpa, PAGE_SIZE, MMIO_UC);
	if (!io->regs) {
		log_error("ioapic", "cannot map the IOAPIC at %llx",
			  (unsigned long long)from->base_hpa);
		return;
	}
	version = ioapic_read(io, IOAPIC_VERSION);
	if (version == ~0u) {
		log_warn("ioapic", "nothing answers at %llx",
			 (unsigned long long)from->base_hpa);
		return;
	}
	io->gsi_base = from->gsi_base;
	io->pins = (u32)field_get(VERSION_MAX_ENTRY, version) + 1;
	io->pins = min(io->pins, (u32)MAX_PINS);
	for (u32 pin = 0; pin < io->pins; pin++)
		ioapic_write(io, IOAPIC_RTE_LOW(pin), (u32)RTE_MASKED);
	ioapic_count++;
	log_info("ioapic", "GSI %u to %u at %llx", io->gsi_base,
		 io->gsi_base + io->pins - 1,
		 (unsigned long long)from->base_hpa);
}

void ioapic_init(void)
{
	if (acpi.has_8259) {
		out8(PIC1_DATA, 0xff);
		out8(PIC2_DATA, 0xff);
	}
	ioapic_count = 0;
	for (u32 i = 0; i < acpi.ioapic_count; i++)
		add(&acpi.ioapic[i]);
}

static const struct ioapic *find(u32 gsi)
{
	for (u32 i = 0; i < ioapic_count; i++) {
		const struct ioapic *io = &ioapics[i];

		if (gsi >= io->gsi_base && gsi - io->gsi_base < io->pins)
			return io;
	}
	return NULL;
}

int ioapic_route(u32 gsi, u8 vector, u32 apic_id, bool level, bool low)
{
	const struct ioapic *io = find(gsi);
	u64 rte = field_prep(RTE_VECTOR, vector) |
		  field_prep(RTE_DESTINATION, apic_id) |
		  (level ? RTE_LEVEL : 0) | (low ? RTE_ACTIVE_LOW : 0);
	u32 pin;

	if (!io)
		return fail(-ENOENT);
	/* Without interrupt remapping an RTE reaches 8-bit IDs only. */
	if (apic_id > MAX_DESTINATION)
		return fail(-ERANGE);
	pin = gsi - io->gsi_base;
	spin_lock(&lock);
	/* Destination first: the low half, written last, unmasks. */
	ioapic_write(io, IOAPIC_RTE_LOW(pin), (u32)RTE_MASKED);
	ioapic_write(io, IOAPIC_RTE_HIGH(pin), (u32)(rte >> 32));
	ioapic_write(io, IOAPIC_RTE_LOW(pin), (u32)rte);
	spin_unlock(&lock);
	return 0;
}

void ioapic_mask(u32 gsi)
{
	const struct ioapic *io = find(gsi);
	u32 index;

	if (!io)
		return;
	index = IOAPIC_RTE_LOW(gsi - io->gsi_base);
	spin_lock(&lock);
	ioapic_write(io, index, ioapic_read(io, index) | (u32)RTE_MASKED);
	spin_unlock(&lock);
}
