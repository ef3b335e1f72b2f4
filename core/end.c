/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a run: the status line, then out of the machine by the first way
 * that works. Emulator ports are touched only where 0xE9 has echoed.
 */
#include "core/end.h"

#include "core/acpi.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/paging.h"
#include "core/printf.h"
#include "core/time.h"

#include <hw/cpu.h>
#include <hw/mmio.h>
#include <hw/port.h>

#define QEMU_EXIT_PORT	0xf4	/* isa-debug-exit: status * 2 + 1 */
#define QEMU_EXIT_BASE	0x10	/* so that no status looks like QEMU's own */
#define BOCHS_EXIT_PORT	0x8900
#define RESET_PORT	0xcf9
#define RESET_HARD	0x02	/* SYS_RST: hard reset ... */
#define RESET_GO	0x06	/* ... on the rise of RST_CPU */
#define KBC_PORT	0x64
#define KBC_PULSE_RESET	0xfe
/* ACPI 6.4, 4.8.3.2 "PM1 Control Registers" */
#define PM1_SLP_TYP	BITS(12, 10)
#define PM1_SLP_EN	BIT(13)
/* ACPI 6.4, 5.2.3.2 "Generic Address Structure" */
#define GAS_MEMORY	0
#define GAS_IO		1

#define RESET_WAIT_US	50000
#define POWER_WAIT_US	1000000

static enum end_action end_action;

void machine_end_action(enum end_action action)
{
	end_action = action;
}

static _Noreturn void halt(void)
{
	for (;;) {
		cpu_cli();
		cpu_halt();
	}
}

static void stop_other_cpus(void)
{
	u32 self = this_cpu()->index;

	/* In a panic they have been stopped by NMI. */
	if (this_cpu()->in_panic)
		return;
	for (u32 i = 0; i < cpu_count; i++) {
		if (i != self)
			cpu_request(i, CPU_REQ_STOP);
	}
}

/* SLP_TYP first: some chipsets latch it before they look at SLP_EN. */
static void write_pm1_control(u32 port, u16 type)
{
	u16 value = in16((u16)port);

	value = (u16)field_set(PM1_SLP_TYP, value, type);
	out16((u16)port, value & (u16)~PM1_SLP_EN);
	out16((u16)port, value | (u16)PM1_SLP_EN);
}

static void power_off(void)
{
	if (!acpi.has_s5)
		return;
	/* The sleep begins when both blocks are written: B before A. */
	if (acpi.pm1b_control_port)
		write_pm1_control(acpi.pm1b_control_port, acpi.s5_type_b);
	if (acpi.pm1a_control_port)
		write_pm1_control(acpi.pm1a_control_port, acpi.s5_type_a);
	time_delay_us(POWER_WAIT_US);
}

static void leave_emulator(enum end_status status)
{
	static const char word[] = "Shutdown";

	out8(QEMU_EXIT_PORT, (u8)(QEMU_EXIT_BASE + status));
	for (u32 i = 0; i < sizeof(word) - 1; i++)
		out8(BOCHS_EXIT_PORT, (u8)word[i]);
}

static void reset_by_acpi(void)
{
	u64 address = acpi.reset_reg.address;
	void *mmio;

	if (!acpi.reset_supported)
		return;
	if (acpi.reset_reg.space == GAS_IO && address <= 0xffff) {
		out8((u16)address, acpi.reset_value);
	} else if (acpi.reset_reg.space == GAS_MEMORY) {
		mmio = paging_map_mmio(address, 1, MMIO_UC);
		if (mmio)
			mmio_write8(mmio, acpi.reset_value);
	}
	time_delay_us(RESET_WAIT_US);
}

_Noreturn static void reset(void)
{
	struct desc_ptr no_idt = { 0 };

	reset_by_acpi();
	out8(RESET_PORT, RESET_HARD);
	out8(RESET_PORT, RESET_GO);
	time_delay_us(RESET_WAIT_US);
	out8(KBC_PORT, KBC_PULSE_RESET);
	time_delay_us(RESET_WAIT_US);
	/* No gate for any exception: #UD, #GP, #DF, triple fault. */
	lidt(&no_idt);
	__builtin_trap();
}

_Noreturn void machine_reboot(void)
{
	stop_other_cpus();
	console_close("", 0);
	reset();
}

_Noreturn void machine_end(enum end_status status, const char *reason)
{
	bool emulator = console_has_debugcon();
	char line[128];
	int len;

	stop_other_cpus();
	len = format(line, sizeof(line), "NOEXIT END status=%d %s\n",
		     (int)status, reason);
	console_close(line, min((size_t)len, sizeof(line) - 1));
	/* A script waits for the status; a server's owner for the machine. */
	if (end_action == END_ACTION_REBOOT && (status == END_OK || !emulator))
		reset();
	if (emulator)
		leave_emulator(status);
	if (emulator || end_action == END_ACTION_POWEROFF)
		power_off();
	halt();
}
