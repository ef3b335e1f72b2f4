/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux bzImage by the 64-bit boot protocol: Documentation/x86/boot.rst of
 * Linux, and "Zero Page". Needs protocol 2.12 (kernels since 3.8).
 */
#include "boot/guest/loader.h"

#include "core/err.h"
#include "core/string.h"

enum setup_header {		/* offsets in the file and in the zero page */
	SETUP_SECTS = 0x1f1,
	SETUP_BOOT_FLAG = 0x1fe,
	SETUP_JUMP_OFFSET = 0x201,
	SETUP_HEADER = 0x202,
	SETUP_VERSION = 0x206,
	SETUP_TYPE_OF_LOADER = 0x210,
	SETUP_LOADFLAGS = 0x211,
	SETUP_CODE32_START = 0x214,
	SETUP_RAMDISK_IMAGE = 0x218,
	SETUP_RAMDISK_SIZE = 0x21c,
	SETUP_CMD_LINE_PTR = 0x228,
	SETUP_INITRD_ADDR_MAX = 0x22c,
	SETUP_KERNEL_ALIGNMENT = 0x230,
	SETUP_RELOCATABLE = 0x234,
	SETUP_XLOADFLAGS = 0x236,
	SETUP_CMDLINE_SIZE = 0x238,
	SETUP_PREF_ADDRESS = 0x258,
	SETUP_INIT_SIZE = 0x260,
	SETUP_END_2_12 = 0x268,	/* what protocol 2.12 has at least */
	SETUP_AREA_END = 0x290,	/* of the zero page */
};

enum zero_page {
	ZERO_ACPI_RSDP = 0x070,
	ZERO_E820_ENTRIES = 0x1e8,
	ZERO_E820_TABLE = 0x2d0,
	ZERO_E820_ENTRY_BYTES = 20,
};

#define BOOT_FLAG		0xaa55
#define HEADER_MAGIC		0x53726448	/* "HdrS" */
#define VERSION_2_12		0x020c
#define LOADFLAGS_HIGH		BIT(0)
#define XLOADFLAGS_KERNEL_64	BIT(0)
#define TYPE_OF_LOADER_UNDEFINED 0xff
#define ENTRY_64_OFFSET		0x200
#define SETUP_SECTS_DEFAULT	4
#define SECTOR_BYTES		512ull

#define SELECTOR_CODE	0x10
#define SELECTOR_DATA	0x18
#define PTE_PRESENT	BIT(0)
#define PTE_WRITABLE	BIT(1)
#define PTE_LARGE	BIT(7)
#define PTES		512
#define IDENTITY_GIB	4

struct setup {
	u8 zero_page[PAGE_SIZE];
	u64 payload_offset, payload_bytes;
	u64 pref_address, init_bytes, alignment;
	u64 initrd_limit;	/* first address that it must not reach */
	u32 cmdline_max;
	bool relocatable;
};

/* Fields are unaligned, and little-endian as this CPU is. */
static u64 field(const struct setup *s, size_t offset, size_t len_bytes)
{
	u64 value = 0;

	memcpy(&value, s->zero_page + offset, len_bytes);
	return value;
}

static void set_field(struct setup *s, size_t offset, u64 value,
		      size_t len_bytes)
{
	memcpy(s->zero_page + offset, &value, len_bytes);
}

bool is_linux(const struct guest_file *kernel)
{
	const u8 *bytes = kernel->bytes;
	u16 boot_flag;
	u32 magic;

	if (kernel->len_bytes < SETUP_END_2_12)
		return false;
	memcpy(&boot_flag, bytes + SETUP_BOOT_FLAG, sizeof(boot_flag));
	memcpy(&magic, bytes + SETUP_HEADER, sizeof(magic));
	return boot_flag == BOOT_FLAG && magic == HEADER_MAGIC;
}

/* The header ends where its jump instruction goes; it lies in the area. */
static int copy_header(struct loader *l, struct setup *s)
{
	const struct guest_file *kernel = &l->image->kernel;
	const u8 *bytes = kernel->bytes;
	size_t end;

	if (!is_linux(kernel))
		return loader_fail(l, -EINVAL, "not a Linux bzImage");
	end = SETUP_HEADER + bytes[SETUP_JUMP_OFFSET];
	end = min(end, (size_t)SETUP_AREA_END);
	end = min(end, kernel->len_bytes);
	memcpy(s->zero_page + SETUP_SECTS, bytes + SETUP_SECTS,
	       end - SETUP_SECTS);
	if (field(s, SETUP_VERSION, 2) < VERSION_2_12 || end < SETUP_END_2_12)
		return loader_fail(l, -ENOSYS,
				   "boot protocol older than 2.12");
	return 0;
}

/* From here on the private copy of the header counts, not the file. */
static int parse_header(struct loader *l, struct setup *s)
{
	u64 sects;
	int err = copy_header(l, s);

	if (err)
		return err;
	sects = field(s, SETUP_SECTS, 1);
	if (!(field(s, SETUP_XLOADFLAGS, 2) & XLOADFLAGS_KERNEL_64))
		return loader_fail(l, -ENOSYS, "kernel has no 64-bit entry");
	if (!(field(s, SETUP_LOADFLAGS, 1) & LOADFLAGS_HIGH))
		return loader_fail(l, -ENOSYS, "zImage, not a bzImage");
	s->payload_offset = ((sects ? sects : SETUP_SECTS_DEFAULT) + 1) *
			    SECTOR_BYTES;
	if (s->payload_offset >= l->image->kernel.len_bytes)
		return loader_fail(l, -EINVAL, "bzImage is truncated");
	s->payload_bytes = l->image->kernel.len_bytes - s->payload_offset;
	s->pref_address = field(s, SETUP_PREF_ADDRESS, 8);
	/* The decompressor works in place: it needs more than the file has. */
	s->init_bytes = max(field(s, SETUP_INIT_SIZE, 4), s->payload_bytes);
	s->alignment = field(s, SETUP_KERNEL_ALIGNMENT, 4);
	s->relocatable = field(s, SETUP_RELOCATABLE, 1);
	s->initrd_limit = field(s, SETUP_INITRD_ADDR_MAX, 4) + 1;
	s->cmdline_max = (u32)field(s, SETUP_CMDLINE_SIZE, 4);
	/* align_up() takes powers of two only. */
	if (!s->alignment || s->alignment & (s->alignment - 1))
		return loader_fail(l, -EINVAL, "bad kernel_alignment");
	return 0;
}

/* Where it prefers, or if that is beyond the RAM, as low as it may. */
static int load_payload(struct loader *l, const struct setup *s, u64 *gpa)
{
	const u8 *payload = (const u8 *)l->image->kernel.bytes +
			    s->payload_offset;
	u64 low_bytes = l->guest->low_bytes;

	*gpa = s->pref_address;
	if (s->relocatable && (*gpa > low_bytes ||
			       low_bytes - *gpa < s->init_bytes))
		*gpa = align_up(LOADER_HIGH_MIN_GPA, s->alignment);
	return loader_load(l, *gpa, payload, s->payload_bytes, s->init_bytes);
}

static int load_initrd(struct loader *l, struct setup *s)
{
	const struct guest_file *initrd = &l->image->initrd;
	u64 gpa;
	int err;

	if (!initrd->len_bytes)
		return 0;
	err = loader_place(l, initrd, s->initrd_limit, &gpa);
	if (err)
		return err;
	/* Below 4 GiB both: high_end starts at low_bytes. */
	set_field(s, SETUP_RAMDISK_IMAGE, gpa, 4);
	set_field(s, SETUP_RAMDISK_SIZE, initrd->len_bytes, 4);
	return 0;
}

static int put_cmdline(struct loader *l, struct setup *s)
{
	u64 gpa;
	int err;

	if (strlen(l->image->cmdline) > s->cmdline_max)
		return loader_fail(l, -E2BIG,
				   "kernel takes a command line of %u bytes",
				   s->cmdline_max);
	err = loader_put_string(l, l->image->cmdline, &gpa);
	if (err)
		return err;
	set_field(s, SETUP_CMD_LINE_PTR, gpa, 4);
	return 0;
}

static void fill_e820(struct loader *l, struct setup *s)
{
	struct memory_range map[MEMORY_MAP_MAX];
	u32 count = memory_map_build(l->guest, map), i;

	for (i = 0; i < count; i++) {
		size_t at = ZERO_E820_TABLE + i * ZERO_E820_ENTRY_BYTES;

		set_field(s, at, map[i].base, 8);
		set_field(s, at + 8, map[i].len_bytes, 8);
		set_field(s, at + 16, map[i].type, 4);
	}
	set_field(s, ZERO_E820_ENTRIES, count, 1);
}

/*
 * 4 GiB by 2 MiB pages: all that a boot protocol below 4 GiB can ask for.
 * PML4, one page of pointers, and a directory for each GiB, in this order.
 */
static int put_page_tables(struct loader *l, u64 *cr3)
{
	const u64 link = PTE_PRESENT | PTE_WRITABLE;
	u64 pdpt, directory, entry;
	u32 i;
	int err = loader_reserve(l, (2 + IDENTITY_GIB) * PAGE_SIZE, PAGE_SIZE,
				 cr3);

	if (err)
		return err;
	pdpt = *cr3 + PAGE_SIZE;
	directory = pdpt + PAGE_SIZE;
	entry = pdpt | link;
	err = guest_write(l->guest, *cr3, &entry, sizeof(entry));
	for (i = 0; !err && i < IDENTITY_GIB; i++) {
		entry = (directory + i * PAGE_SIZE) | link;
		err = guest_write(l->guest, pdpt + i * sizeof(entry), &entry,
				  sizeof(entry));
	}
	for (i = 0; !err && i < IDENTITY_GIB * PTES; i++) {
		entry = i * SIZE_2M | link | PTE_LARGE;
		err = guest_write(l->guest, directory + i * sizeof(entry),
				  &entry, sizeof(entry));
	}
	return err;
}

/* The selectors that the protocol fixes: code 0x10, data 0x18. */
static int put_gdt(struct loader *l, struct guest_entry *entry)
{
	static const u64 gdt[] = {
		0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff,
	};
	int err = loader_put(l, gdt, sizeof(gdt), 16, &entry->gdt_gpa);

	entry->gdt_limit = sizeof(gdt) - 1;
	entry->cs = SELECTOR_CODE;
	entry->ds = SELECTOR_DATA;
	return err;
}

static int put_boot_params(struct loader *l, struct setup *s, u64 kernel_gpa)
{
	struct guest_entry *entry = l->entry;
	int err = put_cmdline(l, s);

	if (err)
		return err;
	fill_e820(l, s);
	set_field(s, SETUP_TYPE_OF_LOADER, TYPE_OF_LOADER_UNDEFINED, 1);
	set_field(s, SETUP_CODE32_START, kernel_gpa, 4);
	set_field(s, ZERO_ACPI_RSDP, l->rsdp_gpa, 8);
	err = loader_put(l, s->zero_page, sizeof(s->zero_page), PAGE_SIZE,
			 &entry->rsi);
	if (!err)
		err = put_page_tables(l, &entry->cr3);
	if (!err)
		err = put_gdt(l, entry);
	entry->mode = ENTRY_LONG_64;
	entry->rip = kernel_gpa + ENTRY_64_OFFSET;
	return err;
}

int load_linux(struct loader *l)
{
	struct setup s = { 0 };
	u64 kernel_gpa;
	int err = parse_header(l, &s);

	if (!err)
		err = load_payload(l, &s, &kernel_gpa);
	if (!err)
		err = load_initrd(l, &s);
	return err ? err : put_boot_params(l, &s, kernel_gpa);
}
