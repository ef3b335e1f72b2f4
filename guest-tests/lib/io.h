/* SPDX-License-Identifier: BSD-2-Clause */
/* Port and memory-mapped I/O. */
#ifndef GUEST_IO_H
#define GUEST_IO_H

#include "lib/types.h"

/* Ports of the platform that every guest relies on. */
#define PORT_COM1	0x3f8
#define PORT_DEBUGCON	0xe9
#define PORT_DEBUG_EXIT	0xf4
#define PORT_ACPI_OFF	0x604
#define PORT_SHUTDOWN	0x8900
#define PORT_FWCFG	0x510
#define PORT_PCI_ADDR	0xcf8
#define PORT_PCI_DATA	0xcfc
#define PORT_TD_SCRATCH	0xe0
#define PORT_TD_FLUSH	0xe4
#define PORT_TD_LINE	0x2000

static inline u8 inb(u16 port)
{
	u8 val;

	asm volatile("inb %1, %0" : "=a"(val) : "Nd"(port) : "memory");
	return val;
}

static inline u16 inw(u16 port)
{
	u16 val;

	asm volatile("inw %1, %0" : "=a"(val) : "Nd"(port) : "memory");
	return val;
}

static inline u32 inl(u16 port)
{
	u32 val;

	asm volatile("inl %1, %0" : "=a"(val) : "Nd"(port) : "memory");
	return val;
}

static inline void outb(u8 val, u16 port)
{
	asm volatile("outb %0, %1" :: "a"(val), "Nd"(port) : "memory");
}

static inline void outw(u16 val, u16 port)
{
	asm volatile("outw %0, %1" :: "a"(val), "Nd"(port) : "memory");
}

static inline void outl(u32 val, u16 port)
{
	asm volatile("outl %0, %1" :: "a"(val), "Nd"(port) : "memory");
}

static inline u32 mmio_read32(u64 addr)
{
	u32 val;

	asm volatile("movl (%1), %0" : "=r"(val) : "r"(addr) : "memory");
	return val;
}

static inline void mmio_write32(u64 addr, u32 val)
{
	asm volatile("movl %0, (%1)" :: "r"(val), "r"(addr) : "memory");
}

/* The optional test device answers with what was written to its scratch. */
static inline bool testdev_present(void)
{
	outl(0x5aa51234, PORT_TD_SCRATCH);
	return inl(PORT_TD_SCRATCH) == 0x5aa51234;
}

#endif
