/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest-visible platform apart from APICs and PCI: UART, power and reset
 * registers, debug ports, fw_cfg, test devices. One instance per VM.
 */
#ifndef CORE_PLATFORM_PLATFORM_H
#define CORE_PLATFORM_PLATFORM_H

#include "core/guest.h"
#include "core/spinlock.h"
#include "core/types.h"
#include "core/vconsole.h"

/* Guest-physical map and ports: docs/guest-abi.md. */
#define PLATFORM_COM1_PORT	0x3f8
#define PLATFORM_COM1_GSI	4
#define PLATFORM_ECAM_GPA	0xe0000000ull	/* one bus: 1 MiB */
#define PLATFORM_HOLE_GPA	0xc0000000ull	/* RAM below 4 GiB ends here */
#define PLATFORM_SLEEP_PORT	0x600	/* ACPI sleep control (HW-reduced) */
#define PLATFORM_SLEEP_STATUS_PORT 0x601
#define PLATFORM_POWEROFF_PORT	0x604	/* 0x2000 written: S5 */
#define PLATFORM_RESET_PORT	0xcf9	/* part of pci/host_bridge.c */
#define PLATFORM_ACPI_GPA	0xe0000ull	/* RSDP and tables */
#define PLATFORM_ACPI_BYTES	0x10000ull

/* How a device drives an interrupt line without knowing apic/. */
typedef void (*platform_line)(void *ctx, u32 gsi, bool asserted);

#define VUART_LOOP_BYTES	16	/* receive FIFO in loopback */

struct vuart {
	struct spinlock lock;		/* LOCK_UART; guards all below */
	u8 ier, lcr, mcr, scr, fcr, dll, dlm;
	u8 msr_delta;			/* MSR bits 3:0, cleared by reading */
	bool thr_pending;		/* THRE interrupt not read from IIR */
	bool overrun;			/* LSR.OE, cleared by reading LSR */
	bool line;			/* level on GSI 4 */
	bool notify;			/* CPU 0 is to be told of output */
	u8 loop[VUART_LOOP_BYTES];	/* sent in loopback, not yet read */
	u8 loop_head, loop_count;
};

struct platform {
	/* Set once at creation. */
	struct guest *guest;
	struct vconsole *console;
	platform_line line;
	void *line_ctx;
	u32 vcpus;
	bool testdev;
	u8 *test_ram;			/* kept for the next platform_init() */
	u64 rtc_epoch_tsc;
	/* Own lock. */
	struct vuart uart;
	/* Atomic: what racing vCPUs leave here concerns their guest only. */
	u16 fwcfg_key;
	u32 fwcfg_offset;
	u32 test_scratch;
	u8 rtc_index;			/* port 0x70 */
	u8 kbd_command;			/* port 0x64, waiting for its data */
	u8 port_92;
};

/*
 * Trap all ports and MMIO of the platform. @p is zero before the first call;
 * it may be initialised again for the next life of the VM.
 */
int platform_init(struct platform *p, struct guest *guest,
		  struct vconsole *console, u32 vcpus, bool testdev,
		  platform_line line, void *line_ctx) __must_check;
/* Host side put bytes into console->in: raise the receive interrupt. */
void platform_console_input(struct platform *p);

#endif
