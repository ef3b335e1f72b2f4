/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI configuration space by ports and by ECAM: the host bridge at 0:0.0, all
 * ones where nothing is, every width and offset, both ways agreeing.
 */
#include "lib/guest.h"

static u64 ecam;

static u32 read32(u32 bus, u32 dev, u32 fn, u32 reg)
{
	outl(0x80000000 | bus << 16 | dev << 11 | fn << 8 | (reg & 0xfc),
	     PORT_PCI_ADDR);
	return inl(PORT_PCI_DATA);
}

static u64 ecam_addr(u32 bus, u32 dev, u32 fn, u32 reg)
{
	return (u64)page_window(3, ecam + (bus << 20 | dev << 15 | fn << 12)) +
	       reg;
}

static void test_ports(void)
{
	u32 id = read32(0, 0, 0, 0), header = read32(0, 0, 0, 0xc);

	print("host bridge %04x:%04x class %06x\n", id & 0xffff, id >> 16,
	      read32(0, 0, 0, 8) >> 8);
	test_check("pci.bridge-vendor", (id & 0xffff) != 0xffff &&
		   (id & 0xffff), "0x%x", id);
	test_equal("pci.bridge-class", read32(0, 0, 0, 8) >> 16, 0x0600);
	test_equal("pci.bridge-header", header >> 16 & 0x7f, 0);
	test_equal("pci.absent-device", read32(0, 30, 0, 0), ~0u);
	test_equal("pci.absent-bus", read32(200, 0, 0, 0), ~0u);
	outl(0x80000000, PORT_PCI_ADDR);
	test_equal("pci.address-reads-back", inl(PORT_PCI_ADDR), 0x80000000);
	test_equal("pci.data-16", inw(PORT_PCI_DATA + 2), id >> 16);
	test_equal("pci.data-8", inb(PORT_PCI_DATA + 1), id >> 8 & 0xff);
	outl(0, PORT_PCI_ADDR);
	test_equal("pci.disabled-address", inl(PORT_PCI_DATA), ~0u);
}

/* Read-only fields stay, whatever is written to them. */
static void test_write(void)
{
	u32 id = read32(0, 0, 0, 0);

	outl(0x80000000, PORT_PCI_ADDR);
	outl(~id, PORT_PCI_DATA);
	test_equal("pci.id-read-only", read32(0, 0, 0, 0), id);
	read32(0, 30, 0, 4);
	outl(0, PORT_PCI_DATA);
	test_equal("pci.absent-write", read32(0, 30, 0, 4), ~0u);
}

static void test_ecam(void)
{
	u64 a = ecam_addr(0, 0, 0, 0);
	u32 i, id = read32(0, 0, 0, 0), bad = 0;
	u8 byte;
	u16 word;

	test_equal("pci.ecam-vendor", mmio_read32(a), id);
	asm volatile("movw 2(%1), %0" : "=r"(word) : "r"(a));
	test_equal("pci.ecam-16", word, id >> 16);
	asm volatile("movb 1(%1), %0" : "=r"(byte) : "r"(a));
	test_equal("pci.ecam-8", byte, id >> 8 & 0xff);
	for (i = 0; i < 256; i += 4)
		bad += mmio_read32(a + i) != read32(0, 0, 0, i);
	test_check("pci.ecam-like-ports", !bad, "%u words differ", bad);
	test_equal("pci.ecam-absent", mmio_read32(ecam_addr(0, 30, 0, 0)),
		   ~0u);
	mmio_write32(a, ~id);
	test_equal("pci.ecam-read-only", mmio_read32(a), id);
	mmio_write32(ecam_addr(0, 30, 7, 0xffc), 0);
	test_equal("pci.ecam-absent-write",
		   mmio_read32(ecam_addr(0, 30, 7, 0xffc)), ~0u);
}

int main(void)
{
	test_ports();
	test_write();
	ecam = acpi_ecam();
	if (ecam)
		test_ecam();
	else
		test_skip("pci.ecam", "no MCFG");
	return 0;
}
