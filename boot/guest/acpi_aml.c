/* SPDX-License-Identifier: BSD-2-Clause */
/* AML writer; encodings from ACPI 6.4, 20.2 and 6.4. */
#include "boot/guest/acpi_aml.h"

#include "core/string.h"

#define AML_NAME_OP	0x08
#define AML_BYTE_PREFIX	0x0a
#define AML_WORD_PREFIX	0x0b
#define AML_DWORD_PREFIX 0x0c
#define AML_STRING_PREFIX 0x0d
#define AML_SCOPE_OP	0x10
#define AML_BUFFER_OP	0x11
#define AML_PACKAGE_OP	0x12
#define AML_EXT_PREFIX	0x5b
#define AML_EXT_DEVICE	0x82
#define AML_ROOT_CHAR	'\\'
#define AML_NAME_SEG_BYTES 4

/* PkgLength in its three-byte form: 4 bits, then two bytes. */
#define PKG_BYTES	3
#define PKG_LEAD	(2 << 6)
#define PKG_LOW		BITS(3, 0)

/* Large resource items: tag, then the length of what follows. */
#define RES_MEMORY32_FIXED 0x86
#define RES_DWORD_SPACE	0x87
#define RES_WORD_SPACE	0x88
#define RES_INTERRUPT	0x89
#define RES_IO		0x47	/* small item, 7 bytes */
#define RES_END		0x79	/* small item, 1 byte: checksum 0 is "none" */

#define SPACE_MEMORY	0
#define SPACE_IO	1
#define SPACE_BUS	2
#define SPACE_FIXED	0x0c	/* minimum and maximum fixed, producer */
#define MEMORY_READ_WRITE 0x01
#define IO_ENTIRE_RANGE	0x03
#define IO_DECODE_16	0x01
#define INTERRUPT_EDGE_CONSUMER 0x03

void aml_bytes(struct aml *aml, const void *bytes, size_t len_bytes)
{
	if (aml->overflow || aml->size_bytes - aml->len_bytes < len_bytes) {
		aml->overflow = true;
		return;
	}
	memcpy(aml->at + aml->len_bytes, bytes, len_bytes);
	aml->len_bytes += len_bytes;
}

void aml_u8(struct aml *aml, u8 value)
{
	aml_bytes(aml, &value, sizeof(value));
}

void aml_u16(struct aml *aml, u16 value)
{
	aml_bytes(aml, &value, sizeof(value));
}

void aml_u32(struct aml *aml, u32 value)
{
	aml_bytes(aml, &value, sizeof(value));
}

/* A name of one segment needs no prefix but the root's. */
static void aml_name(struct aml *aml, const char *name)
{
	if (*name == AML_ROOT_CHAR)
		aml_u8(aml, (u8)*name++);
	aml_bytes(aml, name, AML_NAME_SEG_BYTES);
}

/* The shortest form, as a compiler writes it. */
static void aml_int(struct aml *aml, u32 value)
{
	if (value <= 1) {		/* ZeroOp, OneOp */
		aml_u8(aml, (u8)value);
	} else if (value <= 0xff) {
		aml_u8(aml, AML_BYTE_PREFIX);
		aml_u8(aml, (u8)value);
	} else if (value <= 0xffff) {
		aml_u8(aml, AML_WORD_PREFIX);
		aml_u16(aml, (u16)value);
	} else {
		aml_u8(aml, AML_DWORD_PREFIX);
		aml_u32(aml, value);
	}
}

/* Room for a PkgLength; aml_end() fills it. */
static struct aml_mark package_begin(struct aml *aml)
{
	struct aml_mark mark = { aml->len_bytes };
	static const u8 room[PKG_BYTES];

	aml_bytes(aml, room, sizeof(room));
	return mark;
}

/* PkgLength counts itself. */
void aml_end(struct aml *aml, struct aml_mark mark)
{
	size_t len_bytes = aml->len_bytes - mark.offset;

	if (aml->overflow)
		return;
	aml->at[mark.offset] = PKG_LEAD | (len_bytes & PKG_LOW);
	aml->at[mark.offset + 1] = (u8)(len_bytes >> 4);
	aml->at[mark.offset + 2] = (u8)(len_bytes >> 12);
}

struct aml_mark aml_scope(struct aml *aml, const char *name)
{
	struct aml_mark mark;

	aml_u8(aml, AML_SCOPE_OP);
	mark = package_begin(aml);
	aml_name(aml, name);
	return mark;
}

struct aml_mark aml_device(struct aml *aml, const char *name)
{
	struct aml_mark mark;

	aml_u8(aml, AML_EXT_PREFIX);
	aml_u8(aml, AML_EXT_DEVICE);
	mark = package_begin(aml);
	aml_name(aml, name);
	return mark;
}

void aml_name_int(struct aml *aml, const char *name, u32 value)
{
	aml_u8(aml, AML_NAME_OP);
	aml_name(aml, name);
	aml_int(aml, value);
}

void aml_name_string(struct aml *aml, const char *name, const char *value)
{
	aml_u8(aml, AML_NAME_OP);
	aml_name(aml, name);
	aml_u8(aml, AML_STRING_PREFIX);
	aml_bytes(aml, value, strlen(value) + 1);
}

static u32 hex_digit(char c)
{
	return (u32)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* 19.3.4: three letters of five bits and four hex digits, big-endian. */
void aml_name_eisa_id(struct aml *aml, const char *name, const char *id)
{
	u32 value = 0, i;

	for (i = 0; i < 3; i++)
		value = value << 5 | (u32)(id[i] - '@');
	for (; i < 7; i++)
		value = value << 4 | hex_digit(id[i]);
	aml_u8(aml, AML_NAME_OP);
	aml_name(aml, name);
	aml_u8(aml, AML_DWORD_PREFIX);
	aml_u32(aml, __builtin_bswap32(value));
}

void aml_name_package(struct aml *aml, const char *name, const u32 *values,
		      u8 count)
{
	struct aml_mark mark;
	u8 i;

	aml_u8(aml, AML_NAME_OP);
	aml_name(aml, name);
	aml_u8(aml, AML_PACKAGE_OP);
	mark = package_begin(aml);
	aml_u8(aml, count);
	for (i = 0; i < count; i++)
		aml_int(aml, values[i]);
	aml_end(aml, mark);
}

/* Buffer: PkgLength, size as a word (always, so that it can be filled in). */
struct aml_crs aml_crs_begin(struct aml *aml)
{
	struct aml_crs crs;

	aml_u8(aml, AML_NAME_OP);
	aml_name(aml, "_CRS");
	aml_u8(aml, AML_BUFFER_OP);
	crs.buffer = package_begin(aml);
	aml_u8(aml, AML_WORD_PREFIX);
	crs.size_offset = aml->len_bytes;
	aml_u16(aml, 0);
	return crs;
}

void aml_crs_end(struct aml *aml, struct aml_crs crs)
{
	u16 len_bytes;

	aml_u8(aml, RES_END);
	aml_u8(aml, 0);
	if (aml->overflow)
		return;
	len_bytes = (u16)(aml->len_bytes - crs.size_offset - sizeof(len_bytes));
	memcpy(aml->at + crs.size_offset, &len_bytes, sizeof(len_bytes));
	aml_end(aml, crs.buffer);
}

void aml_io(struct aml *aml, u16 port, u8 ports)
{
	aml_u8(aml, RES_IO);
	aml_u8(aml, IO_DECODE_16);
	aml_u16(aml, port);
	aml_u16(aml, port);
	aml_u8(aml, 1);			/* alignment */
	aml_u8(aml, ports);
}

void aml_edge_interrupt(struct aml *aml, u32 gsi)
{
	aml_u8(aml, RES_INTERRUPT);
	aml_u16(aml, 6);
	aml_u8(aml, INTERRUPT_EDGE_CONSUMER);
	aml_u8(aml, 1);			/* one interrupt */
	aml_u32(aml, gsi);
}

void aml_memory32_fixed(struct aml *aml, u32 base, u32 len_bytes)
{
	aml_u8(aml, RES_MEMORY32_FIXED);
	aml_u16(aml, 9);
	aml_u8(aml, MEMORY_READ_WRITE);
	aml_u32(aml, base);
	aml_u32(aml, len_bytes);
}

static void word_space(struct aml *aml, u8 type, u8 flags, u16 first, u16 last)
{
	aml_u8(aml, RES_WORD_SPACE);
	aml_u16(aml, 13);
	aml_u8(aml, type);
	aml_u8(aml, SPACE_FIXED);
	aml_u8(aml, flags);
	aml_u16(aml, 0);		/* granularity */
	aml_u16(aml, first);
	aml_u16(aml, last);
	aml_u16(aml, 0);		/* translation */
	aml_u16(aml, (u16)(last - first + 1));
}

void aml_bus_window(struct aml *aml, u16 first, u16 last)
{
	word_space(aml, SPACE_BUS, 0, first, last);
}

void aml_io_window(struct aml *aml, u16 first, u16 last)
{
	word_space(aml, SPACE_IO, IO_ENTIRE_RANGE, first, last);
}

void aml_memory_window(struct aml *aml, u32 first, u32 last)
{
	aml_u8(aml, RES_DWORD_SPACE);
	aml_u16(aml, 23);
	aml_u8(aml, SPACE_MEMORY);
	aml_u8(aml, SPACE_FIXED);
	aml_u8(aml, MEMORY_READ_WRITE);
	aml_u32(aml, 0);
	aml_u32(aml, first);
	aml_u32(aml, last);
	aml_u32(aml, 0);
	aml_u32(aml, last - first + 1);
}
