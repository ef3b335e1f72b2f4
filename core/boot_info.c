/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one form of what a boot loader says: modules by name, and a memory map
 * that stays safe when firmware lists more than the table holds.
 */
#include "core/boot_info.h"

#include "core/printf.h"
#include "core/string.h"

const struct boot_module *boot_module_find(const struct boot_info *info,
					   const char *name)
{
	for (u32 i = 0; i < info->module_count; i++)
		if (strcmp(info->module[i].name, name) == 0)
			return &info->module[i];
	return NULL;
}

void boot_info_copy_text(char *dst, size_t size_bytes, const char *text,
			 size_t text_bytes)
{
	size_t len = 0;

	while (len < text_bytes && len + 1 < size_bytes && text[len]) {
		dst[len] = text[len];
		len++;
	}
	dst[len] = '\0';
}

void boot_info_add_module(struct boot_info *info, const char *text,
			  size_t text_bytes, u64 base_hpa, u64 len_bytes)
{
	struct boot_module *module;
	size_t skip = 0, word;

	/* Also refuses a range that wraps: nobody could copy from it. */
	if (info->module_count == BOOT_MAX_MODULES ||
	    base_hpa + len_bytes < base_hpa)
		return;
	module = &info->module[info->module_count];
	while (skip < text_bytes && text[skip] == ' ')
		skip++;
	text += skip;
	text_bytes -= skip;
	for (word = 0; word < text_bytes; word++)
		if (!text[word] || text[word] == ' ')
			break;
	boot_info_copy_text(module->name, sizeof(module->name), text, word);
	if (!word)
		format(module->name, sizeof(module->name), "module%u",
		       info->module_count);
	while (word < text_bytes && text[word] == ' ')
		word++;
	boot_info_copy_text(module->cmdline, sizeof(module->cmdline),
			    text + word, text_bytes - word);
	module->base_hpa = base_hpa;
	module->len_bytes = len_bytes;
	info->module_count++;
}

static bool overlaps(const struct boot_region *region, u64 base_hpa,
		     u64 len_bytes)
{
	return base_hpa < region->base_hpa + region->len_bytes &&
	       region->base_hpa < base_hpa + len_bytes;
}

/*
 * No room for one more. RAM that is not listed is RAM that is not used: no
 * harm. Anything else takes the RAM that it overlaps out of use.
 */
static void add_to_full_table(struct boot_info *info, u64 base_hpa,
			      u64 len_bytes, u32 type)
{
	if (type == REGION_RAM)
		return;
	for (u32 i = 0; i < info->region_count; i++) {
		struct boot_region *region = &info->region[i];

		if (region->type == REGION_RAM &&
		    overlaps(region, base_hpa, len_bytes))
			region->type = type;
	}
}

void boot_info_add_region(struct boot_info *info, u64 base_hpa, u64 len_bytes,
			  u32 type)
{
	struct boot_region *last;

	/* No address above 2^52 exists: what ends there cannot wrap. */
	if (!len_bytes || base_hpa >= 1ull << 52)
		return;
	len_bytes = min(len_bytes, (1ull << 52) - base_hpa);
	if (info->region_count == BOOT_MAX_REGIONS) {
		add_to_full_table(info, base_hpa, len_bytes, type);
		return;
	}
	if (info->region_count) {
		last = &info->region[info->region_count - 1];
		if (last->type == type &&
		    last->base_hpa + last->len_bytes == base_hpa) {
			last->len_bytes += len_bytes;
			return;
		}
	}
	info->region[info->region_count++] = (struct boot_region){
		.base_hpa = base_hpa, .len_bytes = len_bytes, .type = type,
	};
}
