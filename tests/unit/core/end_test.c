/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/end.h"

#include <setjmp.h>
#include <string.h>

#include <hw/cpu.h>
#include <hw/phys.h>
#include <hw/port.h>

#include "core/acpi.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/time.h"
#include "tests/unit/test.h"

#define RESET_HPA 0x5000

static jmp_buf halted;
static bool emulator;
static u16 pm1;
static char out[512];
static u32 out_len;
static u32 stopped_cpus;

/* The console as the end sees it. */
bool console_has_debugcon(void)
{
	return emulator;
}

void console_close(const char *last, size_t len_bytes)
{
	memcpy(out + out_len, last, len_bytes);
	out_len += (u32)len_bytes;
}

void cpu_request(u32 cpu_index, u32 bits)
{
	EXPECT_EQ(bits, CPU_REQ_STOP);
	EXPECT(cpu_index != this_cpu()->index);
	stopped_cpus++;
}

void time_delay_us(u64 us)
{
	(void)us;
	/* After the ways out comes a triple fault: stop before it. */
	for (u32 i = 0; i < hw_port_writes; i++)
		if (hw_port_trace[i].port == 0x64)
			longjmp(halted, 2);
}

static u32 port_in(u16 port, u32 size_bytes)
{
	(void)size_bytes;
	return port == 0x604 || port == 0x704 ? pm1 : ~0u;
}

static void at_halt(void)
{
	longjmp(halted, 1);
}

static void reset(bool is_emulator, enum end_action action)
{
	hw_reset();
	memset(&acpi, 0, sizeof(acpi));
	memset(out, 0, sizeof(out));
	out_len = 0;
	stopped_cpus = 0;
	emulator = is_emulator;
	cpu_count = 4;
	pm1 = 0x1c01;
	hw_port_in_hook = port_in;
	hw_halt_hook = at_halt;
	machine_end_action(action);
}

/* 1: it halted; 2: it tried every way of resetting. */
static int end(enum end_status status, const char *reason)
{
	int how = setjmp(halted);

	if (!how)
		machine_end(status, reason);
	return how;
}

static bool wrote(u16 port, u32 value)
{
	for (u32 i = 0; i < hw_port_writes; i++)
		if (hw_port_trace[i].port == port &&
		    hw_port_trace[i].value == value)
			return true;
	return false;
}

TEST(status_line_then_halt)
{
	reset(false, END_ACTION_STAY);
	EXPECT_EQ(end(END_NO_EPT, "no-ept"), 1);
	EXPECT_STR(out, "NOEXIT END status=5 no-ept\n");
	EXPECT_EQ(hw_port_writes, 0);
	EXPECT_EQ(stopped_cpus, 3);
}

TEST(panic_has_stopped_the_others_already)
{
	reset(false, END_ACTION_STAY);
	this_cpu()->in_panic = 1;
	EXPECT_EQ(end(END_PANIC, "panic"), 1);
	EXPECT_EQ(stopped_cpus, 0);
}

TEST(emulator_gets_the_status_and_is_left)
{
	reset(true, END_ACTION_STAY);
	acpi.has_s5 = true;
	acpi.s5_type_a = 5;
	acpi.pm1a_control_port = 0x604;
	EXPECT_EQ(end(END_CONFIG, "config"), 1);
	EXPECT_EQ(hw_port_trace[0].port, 0xf4);
	EXPECT_EQ(hw_port_trace[0].value, 0x12);
	for (u32 i = 0; i < 8; i++) {
		EXPECT_EQ(hw_port_trace[1 + i].port, 0x8900);
		EXPECT_EQ(hw_port_trace[1 + i].value, "Shutdown"[i]);
	}
	/* SLP_TYP 5 first, then with SLP_EN; other bits stay. */
	EXPECT_EQ(hw_port_trace[9].value, 0x1401);
	EXPECT_EQ(hw_port_trace[10].value, 0x3401);
}

TEST(poweroff_of_a_real_machine_is_acpi_only)
{
	reset(false, END_ACTION_POWEROFF);
	acpi.has_s5 = true;
	acpi.s5_type_b = 7;
	acpi.pm1a_control_port = 0x604;
	acpi.pm1b_control_port = 0x704;
	EXPECT_EQ(end(END_OK, "all-stopped"), 1);
	EXPECT_EQ(hw_port_writes, 4);
	EXPECT_EQ(hw_port_trace[1].port, 0x704);
	EXPECT_EQ(hw_port_trace[1].value, 0x3c01);
	EXPECT_EQ(hw_port_trace[3].port, 0x604);
	EXPECT_EQ(hw_port_trace[3].value, 0x2001);
	/* Without \_S5 there is nothing to write. */
	reset(false, END_ACTION_POWEROFF);
	EXPECT_EQ(end(END_OK, "all-stopped"), 1);
	EXPECT_EQ(hw_port_writes, 0);
}

TEST(reboot_tries_every_way)
{
	reset(false, END_ACTION_REBOOT);
	acpi.reset_supported = true;
	acpi.reset_reg = (struct acpi_gas){ 1, 8, 0, 1, 0xb2 };
	acpi.reset_value = 0x73;
	EXPECT_EQ(end(END_OK, "all-stopped"), 2);
	EXPECT_STR(out, "NOEXIT END status=0 all-stopped\n");
	EXPECT_EQ(hw_port_trace[0].port, 0xb2);
	EXPECT_EQ(hw_port_trace[0].value, 0x73);
	EXPECT(wrote(0xcf9, 2) && wrote(0xcf9, 6));
	EXPECT(wrote(0x64, 0xfe));
}

TEST(reset_register_in_memory)
{
	int how = setjmp(halted);
	u8 *memory;

	if (!how) {
		reset(false, END_ACTION_STAY);
		acpi.reset_supported = true;
		acpi.reset_reg = (struct acpi_gas){ 0, 8, 0, 1, RESET_HPA };
		acpi.reset_value = 0x42;
		machine_reboot();
	}
	memory = phys_to_virt(RESET_HPA);
	EXPECT_EQ(*memory, 0x42);
	EXPECT_EQ(out_len, 0);
}

TEST(a_failed_test_run_is_left_not_rebooted)
{
	reset(true, END_ACTION_REBOOT);
	EXPECT_EQ(end(END_PANIC, "panic"), 1);
	EXPECT(wrote(0xf4, 0x11));
	EXPECT(!wrote(0xcf9, 6));
	/* A server that panics comes back. */
	reset(false, END_ACTION_REBOOT);
	EXPECT_EQ(end(END_PANIC, "panic"), 2);
}

TEST(long_reason_is_cut)
{
	char reason[300];

	memset(reason, 'r', sizeof(reason) - 1);
	reason[299] = '\0';
	reset(false, END_ACTION_STAY);
	EXPECT_EQ(end(END_OK, reason), 1);
	EXPECT_EQ(out_len, 127);
}
