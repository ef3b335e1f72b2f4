/* SPDX-License-Identifier: BSD-2-Clause */
/* cpio archives: members, padding, and headers that lie. */
#include "boot/cpio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/unit/test.h"

static u8 buf[2048];
static u32 len;

static void add(const char *name, u32 mode, const char *data)
{
	u32 name_bytes = (u32)strlen(name) + 1;
	u32 data_bytes = (u32)strlen(data);

	len += (u32)sprintf((char *)buf + len,
			    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X"
			    "%08X%08X%08X", 1, mode, 0, 0, 1, 0, data_bytes, 0,
			    0, 0, 0, name_bytes, 0);
	memcpy(buf + len, name, name_bytes);
	len = (u32)align_up(len + name_bytes, 4);
	memcpy(buf + len, data, data_bytes);
	len = (u32)align_up(len + data_bytes, 4);
}

static void begin(void)
{
	memset(buf, 0, sizeof(buf));
	len = 0;
}

/* The result of the last call, over an exact copy. */
static int walk(u32 bytes, u32 *members)
{
	u8 *copy = malloc(bytes ? bytes : 1);
	struct cpio cpio;
	struct cpio_member member;
	int more;

	memcpy(copy, buf, bytes);
	cpio = CPIO_OPEN(copy, bytes);
	*members = 0;
	while ((more = cpio_next(&cpio, &member)) > 0) {
		(*members)++;
		EXPECT(member.data_offset + member.data_bytes <= bytes);
		EXPECT_EQ(strlen(member.name), member.name_bytes);
	}
	free(copy);
	return more;
}

TEST(members_in_order)
{
	struct cpio cpio = CPIO_OPEN(buf, 0);
	struct cpio_member member;

	begin();
	add("noexit.conf", 0100644, "[vm a]\n");
	add("dir", 040755, "");
	add("./k", 0100755, "12345678");
	add("TRAILER!!!", 0, "");
	cpio.len_bytes = len;
	EXPECT_EQ(cpio_next(&cpio, &member), 1);
	EXPECT_STR(member.name, "noexit.conf");
	EXPECT(member.regular);
	EXPECT_EQ(member.data_bytes, 7);
	EXPECT_MEM(buf + member.data_offset, "[vm a]\n", 7);
	EXPECT_EQ(cpio_next(&cpio, &member), 1);
	EXPECT(!member.regular);
	EXPECT_EQ(cpio_next(&cpio, &member), 1);
	EXPECT_STR(member.name, "./k");
	EXPECT_MEM(buf + member.data_offset, "12345678", 8);
	EXPECT_EQ(cpio_next(&cpio, &member), 0);
}

TEST(an_archive_may_lack_its_trailer)
{
	u32 members;

	begin();
	add("a", 0100644, "x");
	EXPECT_EQ(walk(len, &members), 0);
	EXPECT_EQ(members, 1);
	EXPECT_EQ(walk(0, &members), 0);
}

TEST(padding_after_the_trailer_is_not_looked_at)
{
	u32 members;

	begin();
	add("a", 0100644, "x");
	add("TRAILER!!!", 0, "");
	EXPECT_EQ(walk(len + 300, &members), 0);
	EXPECT_EQ(members, 1);
}

TEST(an_archive_that_is_cut_off)
{
	u32 members, first;

	begin();
	add("a", 0100644, "four");
	first = len;
	add("b", 0100644, "12345678");
	for (u32 bytes = 1; bytes < len; bytes++)
		EXPECT_EQ(walk(bytes, &members),
			  bytes == first ? 0 : -EINVAL);
}

TEST(headers_that_lie)
{
	/* offset of a field, its digits */
	static const struct { u32 at; const char *digits; } lies[] = {
		{ 0, "070707" }, { 14, "xxxxxxxx" },
		{ 54, "FFFFFFFF" }, { 54, "00000100" }, { 54, "-0000001" },
		{ 94, "00000000" }, { 94, "00000001" }, { 94, "FFFFFFFF" },
		{ 94, "00001001" },
	};
	u32 members;

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		begin();
		add("name", 0100644, "data");
		memcpy(buf + lies[i].at, lies[i].digits,
		       strlen(lies[i].digits));
		EXPECT_EQ(walk(len, &members), -EINVAL);
		EXPECT_EQ(members, 0);
	}
}

TEST(crc_format_and_small_hex_digits)
{
	u32 members;

	begin();
	add("name", 0100644, "0123456789");
	memcpy(buf, "070702", 6);
	memcpy(buf + 54, "0000000a", 8);
	EXPECT_EQ(walk(len, &members), 0);
	EXPECT_EQ(members, 1);
}
