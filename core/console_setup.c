/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Console devices that can only be found once ACPI and the direct map exist:
 * the UART of SPCR (ACPI "Serial Port Console Redirection Table") and the
 * framebuffer.
 */
#include "core/console_setup.h"

#include "core/acpi.h"
#include "core/fbtext.h"
#include "core/log.h"
#include "core/paging.h"

#define COM1_ISA_IRQ	4
#define ISA_GSIS	16
#define UART_REGISTERS	8
/* ACPI 6.4, 5.2.3.2 "Generic Address Structure" */
#define GAS_MEMORY	0
#define GAS_IO		1
#define GAS_ACCESS_DWORD 3

struct console_line console_find_com1_line(void)
{
	struct console_line line;

	line.gsi = (int)acpi_isa_gsi(COM1_ISA_IRQ, &line.level, &line.low);
	return line;
}

/*
 * SPCR gives a GSI without its trigger mode: below 16 that of the ISA bus,
 * above that of PCI.
 */
static struct console_line spcr_line(u32 gsi)
{
	bool pci = gsi >= ISA_GSIS;

	if (gsi == ~0u)
		return (struct console_line){ .gsi = -1 };
	return (struct console_line){ (int)gsi, pci, pci };
}

bool console_find_spcr(struct uart *uart, struct console_line *line)
{
	const struct acpi_gas *reg = &acpi.spcr_reg;
	u8 stride = 1;
	void *mmio = NULL;
	u16 port = 0;

	if (!acpi.has_spcr)
		return false;
	if (reg->access_size == GAS_ACCESS_DWORD || reg->bit_width == 32)
		stride = 4;
	if (reg->space == GAS_MEMORY)
		mmio = paging_map_mmio(reg->address,
				       UART_REGISTERS * (u64)stride, MMIO_UC);
	else if (reg->space == GAS_IO &&
		 reg->address <= 0xffff - UART_REGISTERS)
		port = (u16)reg->address;
	/* COM1 is in use already, with the interrupt that the MADT gives. */
	if ((!mmio && !port) || (uart->present && port == COM1_PORT))
		return false;
	if (!uart_init_spcr(uart, port, mmio, stride)) {
		log_warn("console", "the UART of ACPI SPCR does not answer");
		return false;
	}
	*line = spcr_line(acpi.spcr_gsi);
	return true;
}

bool console_find_framebuffer(const struct boot_framebuffer *fb)
{
	u64 bytes = fbtext_bytes(fb);

	if (!bytes)
		return false;
	return !fbtext_init(fb, paging_map_mmio(fb->base_hpa, bytes, MMIO_WC));
}
