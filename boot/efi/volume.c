/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the volume that the application was started from (UEFI 2.10, 13.4
 * and 13.5). Names come from noexit.conf: ASCII, '/' or '\' between folders.
 */
#include "boot/efi/app.h"

#include "core/string.h"

/* Some firmware fails on very large reads. */
#define READ_CHUNK_BYTES	(4ull << 20)

#define DEVICE_PATH_MEDIA	4
#define DEVICE_PATH_FILE	4
#define DEVICE_PATH_END		0x7f

static EFI_GUID file_system_guid = {
	0x964e5b22, 0x6459, 0x11d2,
	{ 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b },
};

static u32 add_chars(CHAR16 *path, u32 len, const char *text)
{
	for (; *text && len + 1 < VOLUME_PATH_CHARS; text++)
		path[len++] = *text == '/' ? '\\' : (CHAR16)(u8)*text;
	path[len] = 0;
	return len;
}

/*
 * The folder of the application from the nodes of its device path (10.3.5.4
 * "File Path Media Device Path"): text in one node or in several.
 */
static void own_dir(CHAR16 *dir, const u8 *node)
{
	u32 len = 0, end = 0;
	u16 node_bytes;
	CHAR16 c;

	while (node && node[0] != DEVICE_PATH_END) {
		memcpy(&node_bytes, node + 2, sizeof(node_bytes));
		if (node_bytes < 4 || node[0] != DEVICE_PATH_MEDIA ||
		    node[1] != DEVICE_PATH_FILE)
			break;
		for (u32 at = 4; at + 2 <= node_bytes; at += 2) {
			memcpy(&c, node + at, sizeof(c));
			if (!c || len + 1 >= VOLUME_PATH_CHARS)
				break;
			dir[len++] = c == '/' ? '\\' : c;
			if (dir[len - 1] == '\\')
				end = len;
		}
		node += node_bytes;
	}
	if (!end)
		dir[end++] = '\\';
	dir[end] = 0;
}

EFI_STATUS volume_open(struct volume *volume,
		       EFI_LOADED_IMAGE_PROTOCOL *image)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *fs;
	EFI_STATUS status;

	own_dir(volume->dir[0], (const u8 *)image->FilePath);
	add_chars(volume->dir[1], 0, "\\EFI\\noexit\\");
	add_chars(volume->dir[2], 0, "\\boot\\noexit\\");
	status = uefi_call_wrapper(BS->HandleProtocol, 3, image->DeviceHandle,
				   &file_system_guid, (void **)&fs);
	if (EFI_ERROR(status))
		return status;
	return uefi_call_wrapper(fs->OpenVolume, 2, fs, &volume->root);
}

static EFI_STATUS open_file(struct volume *volume, const char *name,
			    EFI_FILE_PROTOCOL **file)
{
	CHAR16 path[VOLUME_PATH_CHARS];
	EFI_STATUS status = EFI_NOT_FOUND;
	u32 len;

	for (u32 i = 0; i < VOLUME_DIRS; i++) {
		for (len = 0; volume->dir[i][len]; len++)
			path[len] = volume->dir[i][len];
		/* A name from the root of the volume is complete. */
		if (name[0] == '/' || name[0] == '\\')
			len = 0;
		add_chars(path, len, name);
		status = uefi_call_wrapper(volume->root->Open, 5, volume->root,
					   file, path,
					   (UINT64)EFI_FILE_MODE_READ,
					   (UINT64)0);
		if (!EFI_ERROR(status))
			return status;
	}
	return status;
}

/* Position ~0 is the end of a file; a folder has no such position. */
static EFI_STATUS file_size(EFI_FILE_PROTOCOL *file, UINT64 *len_bytes)
{
	EFI_STATUS status;

	status = uefi_call_wrapper(file->SetPosition, 2, file, ~(UINT64)0);
	if (EFI_ERROR(status))
		return status;
	status = uefi_call_wrapper(file->GetPosition, 2, file, len_bytes);
	if (EFI_ERROR(status))
		return status;
	return uefi_call_wrapper(file->SetPosition, 2, file, (UINT64)0);
}

static EFI_STATUS read_all(EFI_FILE_PROTOCOL *file, u8 *bytes, u64 len_bytes)
{
	EFI_STATUS status;
	UINTN chunk;

	while (len_bytes) {
		chunk = (UINTN)min(len_bytes, READ_CHUNK_BYTES);
		status = uefi_call_wrapper(file->Read, 3, file, &chunk, bytes);
		if (EFI_ERROR(status))
			return status;
		if (!chunk)
			return EFI_END_OF_FILE;
		bytes += chunk;
		len_bytes -= chunk;
	}
	return EFI_SUCCESS;
}

EFI_STATUS volume_read(struct volume *volume, const char *name,
		       struct blob *blob)
{
	EFI_FILE_PROTOCOL *file;
	EFI_STATUS status;

	status = open_file(volume, name, &file);
	if (EFI_ERROR(status))
		return status;
	status = file_size(file, &blob->len_bytes);
	if (!EFI_ERROR(status)) {
		blob->bytes = alloc_low(blob->len_bytes + 1, EfiLoaderData);
		status = blob->bytes ? read_all(file, blob->bytes,
						blob->len_bytes) :
				       EFI_OUT_OF_RESOURCES;
	}
	uefi_call_wrapper(file->Close, 1, file);
	return status;
}
