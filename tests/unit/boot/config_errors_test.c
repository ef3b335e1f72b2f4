/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noexit.conf: wrong files, each with all the messages that it must give, and
 * what else it must not spoil.
 */
#include "boot/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

static struct config config;

struct output {
	char text[8192];
	size_t len;
};

static void add_message(void *ctx, u32 line, u32 column, bool warning,
			const char *message)
{
	struct output *out = ctx;

	EXPECT(line >= 1);
	EXPECT(column >= 1);
	if (out->len >= sizeof(out->text))
		return;
	out->len += (size_t)snprintf(out->text + out->len,
				     sizeof(out->text) - out->len,
				     "%u:%u: %s%s\n", line, column,
				     warning ? "warning: " : "", message);
}

/* Parse an exact copy; returns the errors, the messages are in @out. */
static u32 parse_bytes(struct output *out, const char *text, size_t len_bytes)
{
	char *copy = malloc(len_bytes ? len_bytes : 1);
	u32 errors;

	memcpy(copy, text, len_bytes);
	out->len = 0;
	out->text[0] = '\0';
	config_defaults(&config);
	errors = config_parse(&config, copy, len_bytes, add_message, out);
	free(copy);
	return errors;
}

static u32 parse(struct output *out, const char *text)
{
	return parse_bytes(out, text, strlen(text));
}

/* Line 1 and 2 of most cases. */
#define VM	"[vm a]\nkernel=k\n"
#define X31	"abcdefghijklmnopqrstuvwxyz12345"

enum spoils { NOTHING, VMS, ALL };	/* which `bad` must be set */

static const struct {
	enum spoils spoils;
	const char *text;
	const char *messages;
} wrong[] = {
	/* Lines */
	{ ALL, "log=debug\n" VM,
	  "1:1: expected [noexit] or [vm NAME] first\n" },
	{ ALL, "\x7f" "ELF\x02\x01\n" VM,
	  "1:1: byte 0x7f is not printable ASCII\n" },
	{ VMS, VM "cmdline=\xc3\xa4\n",
	  "3:9: byte 0xc3 is not printable ASCII\n" },
	{ VMS, VM "cmdline=\"a\rb\"\n",
	  "3:11: byte 0x0d is not printable ASCII\n" },
	{ VMS, VM "=5\n", "3:1: expected key=value, [section] or # comment\n" },
	{ VMS, VM "\"memory\"=5M\n",
	  "3:1: expected key=value, [section] or # comment\n" },
	{ VMS, VM "  vcpus\n", "3:8: expected '=' after 'vcpus'\n" },
	{ VMS, VM "vcpus 2\n", "3:7: expected '=' after 'vcpus'\n" },
	{ VMS, VM "vcpus: 2\n", "3:6: expected '=' after 'vcpus'\n" },
	{ VMS, VM "vcpus=\n", "3:7: 'vcpus' has no value\n" },
	{ VMS, VM "vcpus=   # two\n", "3:7: 'vcpus' has no value\n" },
	{ VMS, VM "cmdline=a#b\n",
	  "3:10: put a blank before '#', or the value in quotes\n" },

	/* Sections */
	{ ALL, VM "[vm b\nkernel=k\n", "3:6: expected ']'\n" },
	{ ALL, "[]\n" VM,
	  "1:2: unknown section '': there are [noexit] and [vm NAME]\n" },
	{ ALL, "[device 3:0.0]\nx=1\n" VM,
	  "1:2: unknown section 'device': there are [noexit] and [vm NAME]\n" },
	{ ALL, "[noexti]\nlog=debug\n" VM,
	  "1:2: unknown section 'noexti'; did you mean 'noexit'?\n" },
	{ ALL, "[vms b]\nkernel=k\n" VM,
	  "1:2: unknown section 'vms'; did you mean 'vm'?\n" },
	{ ALL, "[VM b]\n" VM,
	  "1:2: unknown section 'VM'; did you mean 'vm'?\n" },
	{ ALL, "[noexit main]\nlog=debug\n" VM,
	  "1:9: [noexit] takes no name\n" },
	{ ALL, "[noexit]\n" VM "[noexit]\nlog=debug\n",
	  "4:1: [noexit] was in line 1 already\n" },
	{ ALL, "[vm]\nkernel=k\n" VM, "1:4: a VM needs a name: [vm NAME]\n" },
	{ ALL, "[vm a b]\n" VM,
	  "1:6: a VM's name has letters, digits, '.', '_' and '-' only\n" },
	{ ALL, "[vm " X31 "6]\n" VM,
	  "1:5: '" X31 "6' is longer than 31 characters\n" },
	{ VMS, VM "[vm a]\nkernel=other\n",
	  "3:5: VM 'a' exists in line 1 already\n" },

	/* Keys */
	{ VMS, "[vm a]\nkernl=k\n",
	  "2:1: unknown key 'kernl'; did you mean 'kernel'?\n" },
	{ VMS, VM "Memory=64M\n",
	  "3:1: unknown key 'Memory'; did you mean 'memory'?\n" },
	{ VMS, VM "vcpu=2\n",
	  "3:1: unknown key 'vcpu'; did you mean 'vcpus'?\n" },
	{ VMS, VM "ram=64M\n", "3:1: unknown key 'ram'\n" },
	{ VMS, VM "on-reset=stop\n",
	  "3:1: unknown key 'on-reset'; did you mean 'on_reset'?\n" },
	{ VMS, VM "log=debug\n",
	  "3:1: 'log' belongs in a [noexit] section\n" },
	{ ALL, "[noexit]\nmemory=64M\n" VM,
	  "2:1: 'memory' belongs in a [vm NAME] section\n" },
	{ ALL, "[noexit]\nlogs=debug\n" VM,
	  "2:1: unknown key 'logs'; did you mean 'log'?\n" },
	{ ALL, "[noexit]\nmax_cpu=2\n" VM,
	  "2:1: unknown key 'max_cpu'; did you mean 'max_cpus'?\n" },
	{ VMS, VM "kernel=j\n", "3:1: 'kernel' was given in line 2 already\n" },
	{ ALL, "[noexit]\nend=stay\nend=stay\n" VM,
	  "3:1: 'end' was given in line 2 already\n" },
	{ VMS, VM "a_key_that_is_much_longer_than_any_key_we_have=1\n",
	  "3:1: unknown key 'a_key_that_is_much_longer_than_any_key_w...'\n" },

	/* Choices */
	{ ALL, "[noexit]\nlog=debgu\n" VM,
	  "2:5: 'debgu' is not error, warn, info or debug; "
	  "did you mean 'debug'?\n" },
	{ ALL, "[noexit]\nlog=verbose\n" VM,
	  "2:5: 'verbose' is not error, warn, info or debug\n" },
	{ ALL, "[noexit]\nend = halt\n" VM,
	  "2:7: 'halt' is not stay, poweroff or reboot\n" },
	{ ALL, "[noexit]\nprefix=maybe\n" VM,
	  "2:8: 'maybe' is not auto, yes or no\n" },
	{ ALL, "[noexit]\napicv=none\n" VM,
	  "2:7: 'none' is not ipiv, pi or vid\n" },
	{ ALL, "[noexit]\nx2apic=on\n" VM,
	  "2:8: 'on' is not yes or no\n" },
	{ ALL, "[noexit]\nept_1g=nope\n" VM,
	  "2:8: 'nope' is not yes or no\n" },
	{ VMS, VM "autostart=ys\n",
	  "3:11: 'ys' is not yes or no; did you mean 'yes'?\n" },
	{ VMS, VM "autostart=true\n", "3:11: 'true' is not yes or no\n" },
	{ VMS, VM "boot=multiboot3\n",
	  "3:6: 'multiboot3' is not auto, linux, multiboot, multiboot2 or "
	  "pvh; did you mean 'multiboot'?\n" },
	{ VMS, VM "on_crash=halt\n",
	  "3:10: 'halt' is not restart or stop\n" },
	{ VMS, VM "debug_exit=restart\n", "3:12: 'restart' is not stop\n" },
	{ VMS, VM "testdev=\"\"\n", "3:10: '' is not yes or no\n" },

	/* Numbers */
	{ ALL, "[noexit]\nmax_cpus=0\n" VM,
	  "2:10: max_cpus must be from 1 to 4096\n" },
	{ VMS, VM "vcpus=two\n", "3:7: 'two' is not a number\n" },
	{ VMS, VM "vcpus=-1\n", "3:7: '-1' is not a number\n" },
	{ VMS, VM "vcpus=0x\n", "3:8: 'x' after the number\n" },
	{ VMS, VM "vcpus=2 cpus=3\n", "3:8: ' cpus=3' after the number\n" },
	{ VMS, VM "vcpus=1.5\n", "3:8: '.5' after the number\n" },
	{ VMS, VM "vcpus=65\n", "3:7: vcpus must be from 1 to 64\n" },
	{ VMS, VM "vcpus=18446744073709551617\n",
	  "3:7: vcpus must be from 1 to 64\n" },
	{ VMS, VM "share=0\n", "3:7: share must be from 1 to 10000\n" },

	/* Sizes */
	{ VMS, VM "memory=lots\n",
	  "3:8: 'lots' is not a size such as 64M\n" },
	{ VMS, VM "memory=64MB\n",
	  "3:11: 'B' after the number: the units are K, M and G\n" },
	{ VMS, VM "memory=64 M\n",
	  "3:10: ' M' after the number: the units are K, M and G\n" },
	{ VMS, VM "memory=1T\n",
	  "3:9: 'T' after the number: the units are K, M and G\n" },
	{ VMS, VM "memory=64\n", "3:8: memory must be from 2M to 16384G\n" },
	{ VMS, VM "memory=16385G\n",
	  "3:8: memory must be from 2M to 16384G\n" },
	{ VMS, VM "memory=99999999999999999G\n",
	  "3:8: memory must be from 2M to 16384G\n" },
	{ VMS, VM "memory=4097K\n", "3:8: memory is not a multiple of 4K\n" },

	/* Names */
	{ VMS, "[vm a]\nkernel=\"\"\n",
	  "2:9: a name in kernel is empty\n" },
	{ VMS, "[vm a]\nkernel=my kernel\n",
	  "2:10: a name in kernel has no blank, comma, quote or backslash\n" },
	{ VMS, VM "initrd=a,b\n",
	  "3:9: a name in initrd has no blank, comma, quote or backslash\n" },
	{ VMS, VM "initrd=" X31 "6\n",
	  "3:8: '" X31 "6' is longer than 31 characters\n" },
	{ VMS, VM "modules=a,,b\n", "3:11: a name in modules is empty\n" },
	{ VMS, VM "modules=a,\n", "3:11: a name in modules is empty\n" },
	{ VMS, VM "modules=1,2,3,4,5,6,7,8,9\n",
	  "3:25: more than 8 modules\n" },

	/* CPU lists */
	{ VMS, VM "cpus=all\n", "3:6: not a list of CPUs such as 0-1,3\n" },
	{ VMS, VM "cpus=0,,1\n", "3:8: not a list of CPUs such as 0-1,3\n" },
	{ VMS, VM "cpus=0-\n", "3:8: not a list of CPUs such as 0-1,3\n" },
	{ VMS, VM "cpus=0-1-2\n", "3:9: not a list of CPUs such as 0-1,3\n" },
	{ VMS, VM "cpus=0 1\n", "3:7: not a list of CPUs such as 0-1,3\n" },
	{ VMS, VM "cpus=3-1\n",
	  "3:6: the range runs backwards; write 1-3\n" },
	{ VMS, VM "cpus=0,288\n", "3:8: CPU numbers end at 287\n" },
	{ VMS, VM "cpus=0-18446744073709551615\n",
	  "3:6: CPU numbers end at 287\n" },

	/* Quotes */
	{ VMS, VM "cmdline=\"abc\n", "3:9: the quote is not closed\n" },
	{ VMS, VM "cmdline=\"abc\\\"\n", "3:9: the quote is not closed\n" },
	{ VMS, VM "cmdline=\"\n", "3:9: the quote is not closed\n" },
	{ VMS, VM "cmdline=\"abc\" def\n",
	  "3:15: text after the closing quote\n" },
	{ VMS, VM "cmdline=\"a\\nb\"\n",
	  "3:11: a backslash in quotes goes before \" or \\ only\n" },

	/* The whole */
	{ VMS, "[vm a]\nvcpus=2\n", "1:1: VM 'a' has no kernel=\n" },
	{ VMS, VM "after=a\n", "3:7: VM 'a' cannot wait for itself\n" },
	{ VMS, VM "until=a\n", "3:7: VM 'a' cannot wait for itself\n" },
	{ VMS, VM "after = other\n", "3:9: no VM is named 'other'\n" },
	{ VMS, "[vm server]\nkernel=k\n" VM "after=sever\n",
	  "5:7: no VM is named 'sever'; did you mean 'server'?\n" },
	{ VMS, VM "after=b\n[vm b]\nkernel=k\nafter=a\n",
	  "3:7: VM 'a' waits for 'b', which waits for it\n"
	  "6:7: VM 'b' waits for 'a', which waits for it\n" },
	{ VMS, VM "after=b\n[vm b]\nkernel=k\nafter=c\n"
	  "[vm c]\nkernel=k\nafter=b\n",
	  "6:7: VM 'b' waits for 'c', which waits for it\n"
	  "9:7: VM 'c' waits for 'b', which waits for it\n" },
	{ VMS, "[noexit]\nmax_cpus=2\n" VM "cpus=2-3\n",
	  "3:1: max_cpus=2 starts none of the CPUs of VM 'a'\n" },
	{ NOTHING, "[noexit]\nmax_cpus=2\n" VM "cpus=1-3\n",
	  "3:1: warning: max_cpus=2 starts only 1 of the 3 CPUs of "
	  "VM 'a'\n" },
	{ NOTHING, "",
	  "1:1: warning: no [vm NAME] section: nothing will run\n" },
	{ NOTHING, "# nothing\n[noexit]\n",
	  "3:1: warning: no [vm NAME] section: nothing will run\n" },

	/* Several at once, in the order of the lines; then the whole's. */
	{ ALL, "[noexit]\nlgo=debug\nend=now\n[vm a]\nvcpus=0\nmemory=1\n"
	  "after=x\n",
	  "2:1: unknown key 'lgo'; did you mean 'log'?\n"
	  "3:5: 'now' is not stay, poweroff or reboot\n"
	  "5:7: vcpus must be from 1 to 64\n"
	  "6:8: memory must be from 2M to 16384G\n"
	  "7:7: no VM is named 'x'\n" },
};

static bool any_vm_bad(void)
{
	for (u32 i = 0; i < config.vm_count; i++)
		if (config.vm[i].bad)
			return true;
	return false;
}

TEST(wrong_files_give_these_messages)
{
	struct output out;

	EXPECT(ARRAY_SIZE(wrong) >= 60);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		u32 errors = parse(&out, wrong[i].text);

		EXPECT_STR(out.text, wrong[i].messages);
		EXPECT_EQ(errors != 0, wrong[i].spoils != NOTHING);
		EXPECT_EQ(config.bad, wrong[i].spoils == ALL);
		if (wrong[i].spoils == VMS)
			EXPECT(any_vm_bad());
	}
}

TEST(errors_of_a_vm_leave_its_neighbours_alone)
{
	struct output out;

	EXPECT_EQ(parse(&out, "[vm bad]\nkernel=k\nmemory=3\n"
			      "[vm good]\nkernel=k\nmemory=8M\n"), 1);
	EXPECT(!config.bad);
	EXPECT(config.vm[0].bad);
	EXPECT(!config.vm[1].bad);
	EXPECT_EQ(config.vm[1].memory_bytes, 8 << 20);
}

TEST(a_wrong_value_leaves_the_default)
{
	struct output out;

	parse(&out, VM "vcpus=99\nshare=x\ncpus=1,x\n");
	EXPECT_EQ(config.vm[0].vcpus, 1);
	EXPECT_EQ(config.vm[0].share, 100);
	EXPECT_EQ(config.vm[0].cpus[0], 0);
}

TEST(a_circle_marks_only_those_on_it)
{
	struct output out;

	EXPECT_EQ(parse(&out, VM "after=b\n[vm b]\nkernel=k\nafter=c\n"
			      "[vm c]\nkernel=k\nafter=b\n"), 2);
	EXPECT(!config.vm[0].bad);
	EXPECT(config.vm[1].bad);
	EXPECT(config.vm[2].bad);
}

TEST(too_many_vms)
{
	struct output out;
	char text[4096];
	size_t len = 0;

	for (u32 i = 0; i <= CONFIG_MAX_VMS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"[vm v%u]\nkernel=k\n", i);
	EXPECT_EQ(parse(&out, text), 1);
	EXPECT_STR(out.text, "129:5: more than 64 VMs\n");
	EXPECT_EQ(config.vm_count, CONFIG_MAX_VMS);
	EXPECT(config.bad);
}

TEST(too_long_a_cmdline)
{
	struct output out;
	char text[2048];

	memset(text, 'x', sizeof(text));
	memcpy(text, VM "cmdline=", strlen(VM "cmdline="));
	text[strlen(VM "cmdline=") + CONFIG_CMDLINE_BYTES] = '\0';
	EXPECT_EQ(parse(&out, text), 1);
	EXPECT_STR(out.text, "3:9: cmdline is longer than 1023 characters\n");
}

TEST(too_large_a_file)
{
	static char text[(64 << 10) + 1];
	struct output out;

	memset(text, '\n', sizeof(text));
	EXPECT_EQ(parse_bytes(&out, text, sizeof(text)), 1);
	EXPECT_STR(out.text, "1:1: the file is larger than 64 KiB\n");
	EXPECT(config.bad);
	EXPECT_EQ(parse_bytes(&out, text, sizeof(text) - 1), 0);
}

TEST(nul_bytes)
{
	static const char text[] = VM "vcpus=\0" "2\n";
	struct output out;

	EXPECT_EQ(parse_bytes(&out, text, sizeof(text) - 1), 1);
	EXPECT_STR(out.text, "3:7: byte 0x00 is not printable ASCII\n");
}

/* Every prefix of a file with everything in it, for the sanitizers. */
TEST(files_that_are_cut_off)
{
	static const char text[] =
		"[noexit]\nlog=debug\n[vm a]\nkernel=\"k\"\nmodules=a,b\n"
		"cmdline=\"a\\\"b\\\\\" # c\ncpus=0-1,3\nmemory=0x10M\n";
	struct output out;

	for (size_t len = 0; len < sizeof(text); len++)
		parse_bytes(&out, text, len);
	EXPECT_EQ(config.vm_count, 1);
}

/* ---- Command line ---- */

TEST(cmdline_errors_have_columns)
{
	struct output out = { .len = 0 };

	config_defaults(&config);
	EXPECT_EQ(config_parse_cmdline(&config,
				       "noexit.elf lgo=debug quiet end=now "
				       "end=stay memory=64M",
				       add_message, &out), 5);
	EXPECT_STR(out.text,
		   "1:12: unknown key 'lgo'; did you mean 'log'?\n"
		   "1:27: expected '=' after 'quiet'\n"
		   "1:32: 'now' is not stay, poweroff or reboot\n"
		   "1:36: 'end' was given in line 1 already\n"
		   "1:45: 'memory' belongs in a [vm NAME] section\n");
	EXPECT(config.bad);
}
