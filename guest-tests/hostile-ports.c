/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: reads every port at each width, then writes zeros, ones and noise
 * to every port, except those by which it would end or reset itself; they are
 * listed. "writes=1" writes on bare hardware too, where it may do damage.
 */
#include "lib/guest.h"

/* First and last port; a wide access may touch the one behind. */
static const u16 own[][2] = {
	{ 0x0064, 0x0064 },	/* keyboard controller: reset */
	{ 0x0092, 0x0092 },	/* fast reset */
	{ 0x00f4, 0x00f7 },	/* debug exit */
	{ 0x03f8, 0x03ff },	/* our console */
	{ 0x00e9, 0x00e9 },	/* debug console */
	{ 0x0600, 0x0607 },	/* power */
	{ 0x0cf9, 0x0cf9 },	/* reset */
	{ 0x4004, 0x4007 },	/* power, other emulators */
	{ 0x8900, 0x8900 },	/* power, Bochs */
	{ 0xb000, 0xb007 },	/* power, Bochs and old QEMU */
};

static u16 acpi_ports[3];

static bool touches(u32 port, u32 width, u32 first, u32 last)
{
	return port <= last && port + width > first;
}

static bool skipped(u32 port, u32 width)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(own); i++)
		if (touches(port, width, own[i][0], own[i][1]))
			return true;
	for (i = 0; i < ARRAY_SIZE(acpi_ports); i++)
		if (acpi_ports[i] &&
		    touches(port, width, acpi_ports[i], acpi_ports[i]))
			return true;
	return false;
}

static void list_skipped(void)
{
	u32 i;

	acpi_ports[0] = acpi_gas_port(acpi_fadt(116, 12));
	acpi_ports[1] = acpi_gas_port(acpi_fadt(244, 12));
	acpi_ports[2] = acpi_gas_port(acpi_fadt(256, 12));
	print("not written:");
	for (i = 0; i < ARRAY_SIZE(own); i++)
		print(" %x-%x", own[i][0], own[i][1]);
	for (i = 0; i < ARRAY_SIZE(acpi_ports); i++)
		print(" %x", acpi_ports[i]);
	print("\n");
}

/* A bare emulator may abort on a wide read of a UART. */
static void test_reads(void)
{
	bool all = cpu_noexit();
	u32 port, answered = 0;

	for (port = 0; port < 0x10000; port++) {
		answered += inb((u16)port) != 0xff;
		if (all || !skipped(port, 2))
			inw((u16)port);
		if (all || !skipped(port, 4))
			inl((u16)port);
	}
	print("%u ports answer\n", answered);
	test_pass("hostile.ports.read");
}

static void write_all(u32 port, u32 val)
{
	if (!skipped(port, 1))
		outb((u8)val, (u16)port);
	if (!skipped(port, 2))
		outw((u16)val, (u16)port);
	if (!skipped(port, 4))
		outl(val, (u16)port);
}

static void test_writes(void)
{
	u32 port, noise = 12345;

	if (!cpu_noexit() && !boot_option("writes", 0)) {
		test_skip("hostile.ports.write", "no Noexit: may do damage");
		return;
	}
	for (port = 0; port < 0x10000; port++) {
		noise = noise * 1103515245 + 12345;
		write_all(port, 0);
		write_all(port, 0xffffffff);
		write_all(port, noise);
	}
	test_pass("hostile.ports.write");
}

/* String forms with wild counts end in a fault, not in the host. */
static void test_strings(void)
{
	u64 hole = BIT(46);
	struct trap t;

	t = TRAP_OF(
		u64 p = hole;
		u64 n = ~0ul;

		asm volatile("rep insb" : "+D"(p), "+c"(n) : "d"(0x1234)
			     : "memory"));
	test_check("hostile.ports.ins-wild", t.vector == VEC_PF,
		   "vector %u", t.vector);
	t = TRAP_OF(
		u64 p = hole;
		u64 n = ~0ul;

		asm volatile("rep outsl" : "+S"(p), "+c"(n) : "d"(0x1234)
			     : "memory"));
	test_check("hostile.ports.outs-wild", t.vector == VEC_PF,
		   "vector %u", t.vector);
}

int main(void)
{
	list_skipped();
	test_reads();
	test_strings();
	test_writes();
	test_equal("hostile.ports.alive", inb(0x1234), 0xff);
	return 0;
}
