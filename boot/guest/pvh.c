/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PVH: an ELF file whose note XEN_ELFNOTE_PHYS32_ENTRY names a 32-bit entry
 * point, and struct hvm_start_info (xen/include/public/arch-x86/hvm).
 */
#include "boot/guest/elf.h"
#include "boot/guest/loader.h"

#include "core/err.h"

#define XEN_NOTE_NAME		"Xen"
#define XEN_ELFNOTE_PHYS32_ENTRY 18
#define START_INFO_MAGIC	0x336ec578

struct start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist_paddr, cmdline_paddr, rsdp_paddr, memmap_paddr;
	u32 memmap_entries, reserved;
};
_Static_assert(sizeof(struct start_info) == 56, "hvm_start_info");

struct start_module {
	u64 paddr, len_bytes, cmdline_paddr, reserved;
};
_Static_assert(sizeof(struct start_module) == 32, "hvm_modlist_entry");

struct start_memory {
	u64 addr, len_bytes;
	u32 type, reserved;
};
_Static_assert(sizeof(struct start_memory) == 24, "hvm_memmap_table_entry");

bool is_pvh(const struct guest_file *kernel)
{
	struct elf elf;
	u64 entry;

	return !elf_open(&elf, kernel) &&
	       elf_note(&elf, XEN_NOTE_NAME, XEN_ELFNOTE_PHYS32_ENTRY, &entry);
}

/* The note's entry point is physical already, unlike e_entry. */
static int load_kernel(struct loader *l)
{
	struct elf elf;

	if (elf_open(&elf, &l->image->kernel))
		return loader_fail(l, -EINVAL, "not an x86 ELF file");
	if (!elf_note(&elf, XEN_NOTE_NAME, XEN_ELFNOTE_PHYS32_ENTRY,
		      &l->entry->rip))
		return loader_fail(l, -EINVAL, "ELF without a PVH note");
	return elf_load(&elf, l);
}

static int put_module(struct loader *l, const struct guest_file *file,
		      struct start_module *module)
{
	int err = loader_place(l, file, l->high_end, &module->paddr);

	module->len_bytes = file->len_bytes;
	if (!err && file->cmdline)
		err = loader_put_string(l, file->cmdline,
					&module->cmdline_paddr);
	return err;
}

/* The initrd is module 0, where Linux looks for it. */
static int put_modules(struct loader *l, struct start_info *info)
{
	struct start_module module[CONFIG_MAX_MODULES + 1] = { 0 };
	u32 i, n = 0;
	int err;

	if (l->image->initrd.len_bytes) {
		err = put_module(l, &l->image->initrd, &module[n++]);
		if (err)
			return err;
	}
	for (i = 0; i < l->image->module_count; i++) {
		err = put_module(l, &l->image->module[i], &module[n++]);
		if (err)
			return err;
	}
	info->nr_modules = n;
	return loader_put(l, module, n * sizeof(module[0]), 8,
			  &info->modlist_paddr);
}

/* Version 1 has the map; Linux takes no start information without it. */
static int put_memory(struct loader *l, struct start_info *info)
{
	struct start_memory entry[MEMORY_MAP_MAX] = { 0 };
	struct memory_range map[MEMORY_MAP_MAX];
	u32 count = memory_map_build(l->guest, map), i;

	for (i = 0; i < count; i++)
		entry[i] = (struct start_memory){
			map[i].base, map[i].len_bytes, map[i].type, 0,
		};
	info->memmap_entries = count;
	return loader_put(l, entry, count * sizeof(entry[0]), 8,
			  &info->memmap_paddr);
}

int load_pvh(struct loader *l)
{
	struct start_info info = {
		.magic = START_INFO_MAGIC, .version = 1,
		.rsdp_paddr = l->rsdp_gpa,
	};
	int err = load_kernel(l);

	if (!err)
		err = put_modules(l, &info);
	if (!err)
		err = put_memory(l, &info);
	if (!err)
		err = loader_put_string(l, l->image->cmdline,
					&info.cmdline_paddr);
	l->entry->mode = ENTRY_PROTECTED_32;
	return err ? err : loader_put(l, &info, sizeof(info), 8,
				      &l->entry->rbx);
}
