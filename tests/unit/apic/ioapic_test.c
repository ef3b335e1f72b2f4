/* SPDX-License-Identifier: BSD-2-Clause */
/* apic/ioapic.c against two IOAPICs behind their index and data registers. */
#include "apic/ioapic.h"

#include <string.h>

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/mmio.h>
#include <hw/phys.h>
#include <hw/port.h>

#include "core/acpi.h"
#include "core/err.h"
#include "core/log.h"

struct model {
	u32 index;
	u32 version;
	u32 reg[256];
	u32 order[8];		/* indices of the last writes */
	u32 writes;
};

static struct model models[2];

static u64 model_read(void *device, u64 offset, u32 size_bytes)
{
	struct model *m = device;

	EXPECT_EQ(size_bytes, 4);
	if (offset == 0x10)
		return m->index == 1 ? m->version : m->reg[m->index & 0xff];
	return m->index;
}

static void model_write(void *device, u64 offset, u32 size_bytes, u64 value)
{
	struct model *m = device;

	EXPECT_EQ(size_bytes, 4);
	if (offset == 0) {
		m->index = (u32)value;
		return;
	}
	EXPECT_EQ(offset, 0x10);
	m->reg[m->index & 0xff] = (u32)value;
	m->order[m->writes++ % 8] = m->index;
}

static void start(void)
{
	hw_reset();
	log_set_level(LOG_ERROR);
	hw_ram_add(0, PAGE_SIZE);
	memset(models, 0, sizeof(models));
	memset(&acpi, 0, sizeof(acpi));
	models[0].version = 0x170020;	/* 24 pins */
	models[1].version = 0x070020;	/* 8 pins */
	acpi.has_8259 = true;
	acpi.ioapic_count = 2;
	acpi.ioapic[0] = (struct acpi_ioapic){ 0xfec00000, 0, 0 };
	acpi.ioapic[1] = (struct acpi_ioapic){ 0xfec01000, 24, 1 };
	for (u32 i = 0; i < 2; i++)
		hw_mmio_add(acpi.ioapic[i].base_hpa, PAGE_SIZE, model_read,
			    model_write, &models[i]);
	ioapic_init();
}

TEST(everything_starts_masked)
{
	start();
	for (u32 pin = 0; pin < 24; pin++)
		EXPECT_EQ(models[0].reg[0x10 + 2 * pin], 0x10000);
	EXPECT_EQ(models[1].reg[0x10 + 14], 0x10000);
	EXPECT_EQ(models[1].reg[0x10 + 16], 0);
	EXPECT_EQ(hw_port_trace[0].port, 0x21);
	EXPECT_EQ(hw_port_trace[0].value, 0xff);
	EXPECT_EQ(hw_port_trace[1].port, 0xa1);
}

TEST(no_8259_no_ports)
{
	start();
	acpi.has_8259 = false;
	hw_port_reset();
	ioapic_init();
	EXPECT_EQ(hw_port_writes, 0);
}

TEST(edge_route_unmasks_last)
{
	struct model *m = &models[0];
	u32 n;

	start();
	n = m->writes;
	EXPECT_EQ(ioapic_route(4, 0xf0, 3, false, false), 0);
	EXPECT_EQ(m->reg[0x18], 0xf0);
	EXPECT_EQ(m->reg[0x19], 3u << 24);
	EXPECT_EQ(m->order[(n + 2) % 8], 0x18);
}

TEST(level_low_on_the_second_ioapic)
{
	start();
	EXPECT_EQ(ioapic_route(30, 0x55, 254, true, true), 0);
	EXPECT_EQ(models[1].reg[0x10 + 12], 0x55 | 1 << 15 | 1 << 13);
	EXPECT_EQ(models[1].reg[0x11 + 12], 254u << 24);
}

TEST(mask_keeps_the_rest)
{
	start();
	EXPECT_EQ(ioapic_route(4, 0xf0, 3, true, false), 0);
	ioapic_mask(4);
	EXPECT_EQ(models[0].reg[0x18], 0xf0 | 1 << 15 | 1 << 16);
	ioapic_mask(99);
}

TEST(what_cannot_be_routed)
{
	start();
	EXPECT_EQ(ioapic_route(32, 0x55, 0, false, false), -ENOENT);
	EXPECT_EQ(ioapic_route(4, 0x55, 255, false, false), -ERANGE);
	EXPECT_EQ(ioapic_route(4, 0x55, 256, false, false), -ERANGE);
	EXPECT_EQ(models[0].reg[0x18], 0x10000);
}

TEST(absent_ioapics_are_left_out)
{
	start();
	models[0].version = ~0u;
	acpi.ioapic[1].base_hpa = 0xfed00000;	/* cannot be mapped */
	ioapic_init();
	EXPECT_EQ(ioapic_route(4, 0x55, 0, false, false), -ENOENT);
	EXPECT_EQ(ioapic_route(30, 0x55, 0, false, false), -ENOENT);
}
