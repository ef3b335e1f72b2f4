/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry of BOOTX64.EFI. The configuration is parsed here only to learn which
 * files to load: the hypervisor parses it again and reports its errors, so
 * that every boot path says the same.
 */
#include "boot/efi/app.h"

#include "boot/config.h"
#include "boot/efi/elf.h"
#include "core/string.h"

#include <hw/cpu.h>

/* Time to read a refusal before the firmware goes on to what is next. */
#define REFUSE_SECONDS	5
#define IMAGE_ALIGN	SIZE_2M

#define CONF_NAME	"noexit.conf"
#define ELF_NAME	"noexit.elf"

/* The image's UEFI entry, by the System V ABI: RDI = struct boot_info. */
typedef void (*image_entry)(u64 boot_info_hpa);

static EFI_GUID loaded_image_guid = {
	0x5b1b31a1, 0x9562, 0x11d2,
	{ 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b },
};

EFI_STATUS refuse(EFI_STATUS status, const char *cause, const char *cure)
{
	Print(L"noexit: error: %a\r\nnoexit: cure: %a\r\n", cause, cure);
	uefi_call_wrapper(BS->Stall, 1, (UINTN)REFUSE_SECONDS * 1000000);
	return status;
}

/*
 * Load options as command line: UCS-2 text when a person typed it, anything
 * when a boot entry carries data of its own; then there is none.
 */
static void take_cmdline(struct boot_info *info,
			 EFI_LOADED_IMAGE_PROTOCOL *image)
{
	u32 count = image->LoadOptions ? image->LoadOptionsSize / 2 : 0;
	const u8 *text = image->LoadOptions;
	CHAR16 c;

	for (u32 i = 0; i < count && i + 1 < BOOT_CMDLINE_BYTES; i++) {
		memcpy(&c, text + 2 * i, sizeof(c));
		if (!c)
			return;
		if (c < ' ' || c > '~') {
			info->cmdline[0] = '\0';
			return;
		}
		info->cmdline[i] = (char)c;
		info->cmdline[i + 1] = '\0';
	}
}

/* Load @name unless it is there already. A VM that lacks a file stays off. */
static void load_module(struct boot_info *info, struct volume *volume,
			const char *name)
{
	struct blob file;
	EFI_STATUS status;

	if (!name[0] || boot_module_find(info, name))
		return;
	if (info->module_count == BOOT_MAX_MODULES) {
		Print(L"noexit: error: %a: more than %d files\r\n", name,
		      BOOT_MAX_MODULES);
		return;
	}
	status = volume_read(volume, name, &file);
	if (EFI_ERROR(status)) {
		Print(L"noexit: error: cannot load %a: %r\r\n"
		      L"noexit: cure: put it next to " CONF_NAME L"\r\n",
		      name, status);
		return;
	}
	Print(L"noexit: %a, %ld bytes\r\n", name, file.len_bytes);
	boot_info_add_module(info, name, strlen(name),
			     (u64)(UINTN)file.bytes, file.len_bytes);
}

static void load_modules(struct boot_info *info, struct volume *volume,
			 const struct config *config)
{
	for (u32 i = 0; i < config->vm_count; i++) {
		const struct vm_config *vm = &config->vm[i];

		if (vm->bad)
			continue;
		load_module(info, volume, vm->kernel);
		load_module(info, volume, vm->initrd);
		for (u32 k = 0; k < vm->module_count; k++)
			load_module(info, volume, vm->module[k]);
	}
}

static EFI_STATUS load_config(struct boot_info *info, struct volume *volume)
{
	struct config *config = alloc_low(sizeof(*config), EfiLoaderData);
	struct blob file;
	EFI_STATUS status;

	if (!config)
		return refuse(EFI_OUT_OF_RESOURCES, "out of memory",
			      "give the machine more memory below 4 GiB");
	status = volume_read(volume, CONF_NAME, &file);
	if (EFI_ERROR(status)) {
		Print(L"noexit: " CONF_NAME L": %r\r\n", status);
		return refuse(status, CONF_NAME " cannot be read",
			      "put it next to BOOTX64.EFI, or into "
			      "\\EFI\\noexit or \\boot\\noexit");
	}
	boot_info_add_module(info, CONF_NAME, sizeof(CONF_NAME),
			     (u64)(UINTN)file.bytes, file.len_bytes);
	config_defaults(config);
	config_parse(config, file.bytes, file.len_bytes, NULL, NULL);
	load_modules(info, volume, config);
	return EFI_SUCCESS;
}

/* Put noexit.elf in place; its entry's address goes to @entry. */
static EFI_STATUS load_image(struct boot_info *info, struct volume *volume,
			     image_entry *entry)
{
	struct blob file;
	struct elf_plan plan;
	const char *wrong;
	EFI_STATUS status;
	u8 *image;

	status = volume_read(volume, ELF_NAME, &file);
	if (EFI_ERROR(status)) {
		Print(L"noexit: " ELF_NAME L": %r\r\n", status);
		return refuse(status, ELF_NAME " cannot be read",
			      "put it next to " CONF_NAME);
	}
	wrong = elf_measure(file.bytes, file.len_bytes, &plan);
	if (wrong) {
		Print(L"noexit: " ELF_NAME L" %a\r\n", wrong);
		return refuse(EFI_LOAD_ERROR, ELF_NAME " is not usable",
			      "copy it again from the build that made "
			      "BOOTX64.EFI");
	}
	/* One alignment more than needed: firmware aligns to pages only. */
	image = alloc_low(plan.span_bytes + IMAGE_ALIGN, EfiLoaderCode);
	if (!image)
		return refuse(EFI_OUT_OF_RESOURCES,
			      "no memory for " ELF_NAME " below 4 GiB",
			      "give the machine more memory");
	info->image_hpa = align_up((u64)(UINTN)image, IMAGE_ALIGN);
	image = (u8 *)(UINTN)info->image_hpa;
	elf_place(file.bytes, &plan, image);
	*entry = (image_entry)(UINTN)(image + plan.entry_offset);
	return EFI_SUCCESS;
}

static EFI_STATUS prepare(EFI_HANDLE self, EFI_SYSTEM_TABLE *system,
			  struct boot_info *info, image_entry *entry)
{
	EFI_LOADED_IMAGE_PROTOCOL *image;
	struct volume *volume = alloc_low(sizeof(*volume), EfiLoaderData);
	EFI_STATUS status;

	status = uefi_call_wrapper(BS->HandleProtocol, 3, self,
				   &loaded_image_guid, (void **)&image);
	if (EFI_ERROR(status) || !volume)
		return refuse(EFI_LOAD_ERROR, "firmware does not say where "
			      "BOOTX64.EFI came from",
			      "start it from a FAT volume");
	status = volume_open(volume, image);
	if (EFI_ERROR(status))
		return refuse(status, "the volume of BOOTX64.EFI has no files",
			      "start it from a FAT volume, not over the "
			      "network");
	boot_info_copy_text(info->loader, sizeof(info->loader),
			    "Noexit UEFI application", 64);
	take_cmdline(info, image);
	status = load_config(info, volume);
	if (!EFI_ERROR(status))
		status = load_image(info, volume, entry);
	if (!EFI_ERROR(status))
		machine_describe(info, system);
	return status;
}

EFI_STATUS efi_main(EFI_HANDLE self, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE self, EFI_SYSTEM_TABLE *system)
{
	struct boot_info *info;
	image_entry entry = NULL;
	EFI_STATUS status;

	InitializeLib(self, system);
	info = alloc_low(sizeof(*info), EfiLoaderData);
	if (!info)
		return refuse(EFI_OUT_OF_RESOURCES, "out of memory",
			      "give the machine more memory below 4 GiB");
	status = prepare(self, system, info, &entry);
	if (EFI_ERROR(status))
		return status;
	Print(L"noexit: leaving UEFI boot services\r\n");
	status = machine_take_over(info, self);
	if (EFI_ERROR(status))
		return status;
	/* The firmware's timer interrupt has no handler any more. */
	cpu_cli();
	entry((u64)(UINTN)info);
	return EFI_SUCCESS;
}
