/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Front end of the guest loaders: firmware data (BIOS data area, ACPI) first,
 * then the image by its boot protocol.
 */
#include "boot/guest/guest_load.h"

#include "boot/guest/acpi_tables.h"
#include "boot/guest/loader.h"
#include "core/err.h"
#include "core/platform/platform.h"

#define RAM_MIN_BYTES	SIZE_2M
#define XAPIC_VCPUS	255

/* BIOS data area: what guests without ACPI, or on their way to it, look at. */
#define BDA_COM1_GPA	0x400
#define BDA_EBDA_GPA	0x40e	/* segment */
#define BDA_MEMORY_GPA	0x413	/* KiB below the EBDA */

static int put16(struct loader *l, u64 gpa, u64 value)
{
	u16 word = (u16)value;

	return guest_write(l->guest, gpa, &word, sizeof(word));
}

static int put_bios_data(struct loader *l)
{
	if (put16(l, BDA_COM1_GPA, PLATFORM_COM1_PORT) ||
	    put16(l, BDA_EBDA_GPA, GUEST_EBDA_GPA >> 4) ||
	    put16(l, BDA_MEMORY_GPA, GUEST_EBDA_GPA / 1024) ||
	    put16(l, GUEST_EBDA_GPA, 1))	/* EBDA size in KiB */
		return loader_fail(l, -EFAULT, "no RAM below 1 MiB");
	return 0;
}

static int put_acpi(struct loader *l)
{
	struct acpi_machine machine = { .vcpus = l->image->vcpus };
	u8 *block = guest_ram_ptr(l->guest, PLATFORM_ACPI_GPA,
				  PLATFORM_ACPI_BYTES);
	int len_bytes;

	if (!block)
		return loader_fail(l, -EFAULT,
				   "no contiguous RAM for ACPI tables");
	len_bytes = acpi_tables_build(&machine, block, PLATFORM_ACPI_BYTES,
				      PLATFORM_ACPI_GPA);
	if (len_bytes < 0)
		return loader_fail(l, len_bytes, "too many vCPUs for ACPI");
	l->rsdp_gpa = PLATFORM_ACPI_GPA;
	return 0;
}

/*
 * In this order, for one file may answer to several: a multiboot2 kernel with
 * an old header for old loaders, a Linux ELF with a PVH note only.
 */
static const struct {
	enum config_boot boot;
	bool (*is)(const struct guest_file *kernel);
	int (*load)(struct loader *l);
} protocols[] = {
	{ BOOT_LINUX, is_linux, load_linux },
	{ BOOT_MULTIBOOT2, is_multiboot2, load_multiboot2 },
	{ BOOT_MULTIBOOT, is_multiboot, load_multiboot },
	{ BOOT_PVH, is_pvh, load_pvh },
};

static int load_image(struct loader *l)
{
	const struct guest_image *image = l->image;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++)
		if (image->boot == protocols[i].boot ||
		    (image->boot == BOOT_AUTO &&
		     protocols[i].is(&image->kernel)))
			return protocols[i].load(l);
	return loader_fail(l, -EINVAL,
			   "neither bzImage, multiboot, multiboot2 nor PVH");
}

int guest_load(struct guest *g, const struct guest_image *img,
	       struct guest_entry *entry, char *why, size_t why_bytes)
{
	struct loader l = {
		.guest = g, .image = img, .entry = entry, .why = why,
		.why_bytes = why_bytes, .image_start = ~0ull,
		.high_end = g->low_bytes, .block_next = LOADER_BLOCK_GPA,
	};
	int err;

	*entry = (struct guest_entry){ 0 };
	(void)loader_fail(&l, 0, "internal error"); /* until one says more */
	if (g->low_bytes < RAM_MIN_BYTES)
		return loader_fail(&l, -E2BIG, "memory= is below 2 MiB");
	if (img->vcpus > XAPIC_VCPUS && !img->x2apic)
		return loader_fail(&l, -EINVAL,
				   "more than 255 vCPUs need x2apic=yes");
	if (img->module_count > CONFIG_MAX_MODULES)
		return loader_fail(&l, -EINVAL, "too many modules");
	err = put_bios_data(&l);
	if (!err)
		err = put_acpi(&l);
	if (!err)
		err = load_image(&l);
	return err;
}
