/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI: RSDP by boot protocol or scan, tables by XSDT or RSDT. */
#include "lib/guest.h"

static struct acpi_rsdp *rsdp;

bool acpi_sum_ok(const void *p, u32 len)
{
	const u8 *b = p;
	u8 sum = 0;

	while (len--)
		sum = (u8)(sum + *b++);
	return !sum;
}

static struct acpi_rsdp *rsdp_at(u64 addr)
{
	struct acpi_rsdp *r = (struct acpi_rsdp *)addr;

	if (memcmp(r->signature, "RSD PTR ", 8) || !acpi_sum_ok(r, 20))
		return NULL;
	return r;
}

void acpi_init(void)
{
	u64 addr;

	if (boot.rsdp)
		rsdp = rsdp_at(boot.rsdp);
	for (addr = 0xe0000; !rsdp && addr < 0x100000; addr += 16)
		rsdp = rsdp_at(addr);
}

struct acpi_rsdp *acpi_rsdp(void)
{
	return rsdp;
}

static struct acpi_table *root_entry(u32 i)
{
	struct acpi_table *root;
	u64 addr = 0;
	u32 width, base = sizeof(*root);

	if (rsdp->revision >= 2 && rsdp->xsdt) {
		root = (struct acpi_table *)rsdp->xsdt;
		width = 8;
	} else {
		root = (struct acpi_table *)(u64)rsdp->rsdt;
		width = 4;
	}
	if (base + (i + 1) * width > root->length)
		return NULL;
	memcpy(&addr, (u8 *)root + base + i * width, width);
	return (struct acpi_table *)addr;
}

struct acpi_table *acpi_find(const char *signature)
{
	struct acpi_table *t;
	u32 i;

	if (!rsdp)
		return NULL;
	for (i = 0; (t = root_entry(i)); i++)
		if (!memcmp(t->signature, signature, 4))
			return t;
	return NULL;
}

static bool cpu_entry(const u8 *e, u32 *id)
{
	u32 flags;

	switch (e[0]) {
	case 0:		/* local APIC */
		memcpy(&flags, e + 4, 4);
		*id = e[3];
		break;
	case 9:		/* local x2APIC */
		memcpy(&flags, e + 8, 4);
		memcpy(id, e + 4, 4);
		break;
	default:
		return false;
	}
	return flags & 1;
}

u32 acpi_cpus(u32 *ids, u32 max)
{
	struct acpi_table *madt = acpi_find("APIC");
	const u8 *e = (u8 *)madt, *end;
	u32 id, n = 0;

	if (!madt)
		return 0;
	end = e + madt->length;
	for (e += 44; e + 2 <= end && e[1] >= 2; e += e[1])
		if (cpu_entry(e, &id) && n < max)
			ids[n++] = id;
	return n;
}

const u8 *acpi_fadt(u32 offset, u32 len)
{
	struct acpi_table *fadt = acpi_find("FACP");

	if (!fadt || offset + len > fadt->length)
		return NULL;
	return (u8 *)fadt + offset;
}

u32 acpi_fadt32(u32 offset)
{
	const u8 *p = acpi_fadt(offset, 4);
	u32 val = 0;

	if (p)
		memcpy(&val, p, 4);
	return val;
}

u16 acpi_gas_port(const u8 *p)
{
	u64 addr;

	if (!p || p[0] != 1)
		return 0;
	memcpy(&addr, p + 4, 8);
	return (u16)addr;
}

u64 acpi_ecam(void)
{
	struct acpi_table *mcfg = acpi_find("MCFG");
	u64 base = 0;

	if (mcfg && mcfg->length >= 60)
		memcpy(&base, (u8 *)mcfg + 44, 8);
	return base;
}
