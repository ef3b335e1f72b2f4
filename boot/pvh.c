/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PVH start information, version 1: structures lie below 4 GiB, where the
 * first page tables reach. Counts and addresses are checked; the loader
 * itself (an emulator) is trusted to have put memory there.
 */
#include "boot/pvh.h"

#include "boot/cpio.h"
#include "core/err.h"
#include "core/string.h"

#include <hw/phys.h>

#define PVH_MAX_ENTRIES	1024	/* of a list; no loader has as many */
#define PVH_LIMIT	(1ull << 32)

struct pvh_start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 nr_modules;
	u64 modlist_paddr;
	u64 cmdline_paddr;
	u64 rsdp_paddr;
	/* Version 1 on. */
	u64 memmap_paddr;
	u32 memmap_entries;
	u32 reserved;
};

struct pvh_module {
	u64 paddr, size;
	u64 cmdline_paddr;
	u64 reserved;
};

struct pvh_memmap_entry {
	u64 addr, size;
	u32 type;		/* as in E820 */
	u32 reserved;
};

_Static_assert(sizeof(struct pvh_start_info) == 56, "hvm_start_info");
_Static_assert(sizeof(struct pvh_module) == 32, "hvm_modlist_entry");
_Static_assert(sizeof(struct pvh_memmap_entry) == 24, "hvm_memmap_table_entry");

/* NULL unless [paddr, paddr + len) is not empty and below the limit. */
static const void *pvh_bytes(u64 paddr, u64 len_bytes)
{
	if (!paddr || !len_bytes || paddr >= PVH_LIMIT ||
	    len_bytes > PVH_LIMIT - paddr)
		return NULL;
	return phys_to_virt(paddr);
}

/* Text of unknown length: as much of it as lies below the limit. */
static const char *pvh_text(u64 paddr, size_t most, size_t *len_bytes)
{
	if (!paddr || paddr >= PVH_LIMIT) {
		*len_bytes = 0;
		return "";
	}
	*len_bytes = (size_t)min((u64)most, PVH_LIMIT - paddr);
	return phys_to_virt(paddr);
}

static const char *member_name(const struct cpio_member *member)
{
	const char *name = member->name;

	if (name[0] == '.' && name[1] == '/')
		name += 2;
	return name;
}

/* Is it an archive, whole, and with a configuration in it? */
static bool is_our_archive(const void *bytes, u64 len_bytes)
{
	struct cpio cpio = CPIO_OPEN(bytes, len_bytes);
	struct cpio_member member;
	bool found = false;
	int more;

	while ((more = cpio_next(&cpio, &member)) > 0)
		found |= strcmp(member_name(&member), "noexit.conf") == 0;
	return more == 0 && found;
}

static void add_members(struct boot_info *out, u64 paddr, u64 len_bytes)
{
	struct cpio cpio = CPIO_OPEN(phys_to_virt(paddr), len_bytes);
	struct cpio_member member;

	while (cpio_next(&cpio, &member) > 0) {
		const char *name = member_name(&member);

		if (member.regular)
			boot_info_add_module(out, name, strlen(name),
					     paddr + member.data_offset,
					     member.data_bytes);
	}
}

static void add_module(struct boot_info *out, const struct pvh_module *module)
{
	const void *bytes = pvh_bytes(module->paddr, module->size);
	const char *text;
	size_t len;

	if (!bytes)
		return;
	if (is_our_archive(bytes, module->size)) {
		add_members(out, module->paddr, module->size);
		return;
	}
	text = pvh_text(module->cmdline_paddr, sizeof(out->module[0].cmdline),
			&len);
	boot_info_add_module(out, text, len, module->paddr, module->size);
}

static void parse_modules(struct boot_info *out, u64 paddr, u32 count)
{
	struct pvh_module module;
	const u8 *list;

	count = min(count, (u32)PVH_MAX_ENTRIES);
	list = pvh_bytes(paddr, (u64)count * sizeof(module));
	for (u32 i = 0; list && i < count; i++) {
		memcpy(&module, list + i * sizeof(module), sizeof(module));
		add_module(out, &module);
	}
}

static void parse_memmap(struct boot_info *out, u64 paddr, u32 count)
{
	struct pvh_memmap_entry entry;
	const u8 *list;

	count = min(count, (u32)PVH_MAX_ENTRIES);
	list = pvh_bytes(paddr, (u64)count * sizeof(entry));
	for (u32 i = 0; list && i < count; i++) {
		memcpy(&entry, list + i * sizeof(entry), sizeof(entry));
		if (entry.type < REGION_RAM || entry.type > REGION_BAD)
			entry.type = REGION_RESERVED;
		boot_info_add_region(out, entry.addr, entry.size, entry.type);
	}
}

int pvh_parse(const void *start_info, struct boot_info *out)
{
	struct pvh_start_info info;
	const char *text;
	size_t len;

	memset(out, 0, sizeof(*out));
	memcpy(&info, start_info, offsetof(struct pvh_start_info,
					   memmap_paddr));
	if (info.magic != PVH_START_MAGIC || info.version < 1)
		return -EINVAL;
	memcpy(&info, start_info, sizeof(info));
	(void)str_copy(out->loader, sizeof(out->loader), "PVH");
	text = pvh_text(info.cmdline_paddr, sizeof(out->cmdline), &len);
	boot_info_copy_text(out->cmdline, sizeof(out->cmdline), text, len);
	out->rsdp_hpa = info.rsdp_paddr;
	parse_memmap(out, info.memmap_paddr, info.memmap_entries);
	parse_modules(out, info.modlist_paddr, info.nr_modules);
	return out->region_count ? 0 : -EINVAL;
}
