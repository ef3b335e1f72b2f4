/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noexit.conf: valid files without a single message, and what the fields are
 * then. tests/unit/boot/config_errors_test.c has the wrong ones.
 */
#include "boot/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

static struct config config;

static void print_message(void *ctx, u32 line, u32 column, bool warning,
			  const char *message)
{
	(*(u32 *)ctx)++;
	printf("unexpected: %u:%u: %s: %s\n", line, column,
	       warning ? "warning" : "error", message);
}

/*
 * Parse a copy of exactly @len_bytes, so that the address sanitizer sees a
 * read beyond the end: a boot module has no NUL behind it.
 */
static void parse_bytes(const char *text, size_t len_bytes)
{
	char *copy = malloc(len_bytes ? len_bytes : 1);
	u32 messages = 0;

	memcpy(copy, text, len_bytes);
	config_defaults(&config);
	EXPECT_EQ(config_parse(&config, copy, len_bytes, print_message,
			       &messages), 0);
	EXPECT_EQ(messages, 0);
	free(copy);
}

static void parse(const char *text)
{
	parse_bytes(text, strlen(text));
}

#define VM	"[vm a]\nkernel=k\n"

/* Valid, each by itself. */
static const char *const valid[] = {
	VM,
	"[vm a]\r\nkernel=k\r\n",
	"[vm a]\nkernel=k",
	"\xef\xbb\xbf[vm a]\nkernel=k\n",
	"# comment\n\n  \t\n" VM,
	"  [vm a]  # comment\n\tkernel = k\t# comment\n",
	"[ vm  a ]\nkernel=k\n",
	"[noexit]\n" VM,
	VM "[noexit]\nlog=debug\n",
	"[noexit]\nlog=error\nend=poweroff\nprefix=yes\nmax_cpus=4\n"
	"ept_1g=no\nx2apic=no\n" VM,
	"[noexit]\nlog=warn\nend=reboot\nprefix=no\nmax_cpus=0x10\n" VM,
	"[noexit]\nlog=info\nend=stay\nprefix=auto\nmax_cpus=4096\n" VM,
	VM "initrd=initrd.img\n",
	VM "modules=a\n",
	VM "modules=a,b , c\n",
	VM "modules=a,b,c,d,e,f,g,h\n",
	VM "cmdline=\"console=ttyS0 quiet\"\n",
	VM "cmdline=console=ttyS0 quiet  # bare text ends here\n",
	VM "cmdline=\"\"\n",
	VM "cmdline=\"say \\\"hi\\\" to C:\\\\ # not a comment\"\n",
	VM "cmdline=dyndbg=\"file a#b +p\" x\n",
	VM "memory=2M\n",
	VM "memory=0x10000000\n",
	VM "memory=67108864\n",
	VM "memory=3145732k\n",
	VM "memory=16384G\n",
	VM "vcpus=64\n",
	VM "cpus=0\n",
	VM "cpus=0-1,3\n",
	VM "cpus=287\n",
	VM "cpus= 4 , 2-3, 3 \n",
	VM "boot=auto\n",
	VM "boot=linux\n",
	VM "boot=multiboot\n",
	VM "boot=multiboot2\n",
	VM "boot=pvh\n",
	VM "autostart=no\nx2apic=no\ntestdev=yes\n",
	VM "on_reset=stop\non_crash=restart\ndebug_exit=stop\n",
	VM "on_reset=restart\non_crash=stop\n",
	VM "share=1\n",
	VM "share=10000\n",
	VM "[vm b]\nkernel=k\nafter=a\n",
	VM "[vm b]\nkernel=k\nuntil=a\n",
	"[vm b]\nkernel=k\nuntil=a\nafter=a\n" VM,
	"[vm b]\nkernel=k\nafter=a\n" VM,
	"[vm c]\nkernel=k\nafter=b\n[vm b]\nkernel=k\nafter=a\n" VM,
	"[vm b]\nkernel=k\nafter=a\n[vm c]\nkernel=k\nafter=a\n" VM,
	"[vm A-b_c.9]\nkernel=boot/vmlinuz-6.1.0+1~deb\n",
	"[vm abcdefghijklmnopqrstuvwxyz12345]\n"
	"kernel=abcdefghijklmnopqrstuvwxyz12345\n",
	"[vm a]\nkernel=\"k\"\nmemory=\"64M\"\n",
	"[noexit]\nmax_cpus=4\n" VM "cpus=0-3\n",
	"[vm vm]\nkernel=k\n[vm noexit]\nkernel=k\n",
};

TEST(valid_files_have_no_message)
{
	EXPECT(ARRAY_SIZE(valid) >= 30);
	for (size_t i = 0; i < ARRAY_SIZE(valid); i++) {
		parse(valid[i]);
		EXPECT(!config.bad);
		EXPECT(config.vm_count >= 1);
		for (u32 v = 0; v < config.vm_count; v++)
			EXPECT(!config.vm[v].bad);
	}
}

TEST(defaults_of_noexit)
{
	parse(VM);
	EXPECT_EQ(config.log_level, LOG_INFO);
	EXPECT_EQ(config.end, END_ACTION_STAY);
	EXPECT_EQ(config.prefix, PREFIX_AUTO);
	EXPECT_EQ(config.max_cpus, 0);
	EXPECT(config.ept_1g);
	EXPECT(config.x2apic);
}

TEST(defaults_of_a_vm)
{
	const struct vm_config *vm = &config.vm[0];

	parse(VM);
	EXPECT_STR(vm->name, "a");
	EXPECT_STR(vm->kernel, "k");
	EXPECT_STR(vm->initrd, "");
	EXPECT_EQ(vm->module_count, 0);
	EXPECT_STR(vm->cmdline, "");
	EXPECT_EQ(vm->memory_bytes, 128ull << 20);
	EXPECT_EQ(vm->vcpus, 1);
	for (u32 i = 0; i < CONFIG_CPU_WORDS; i++)
		EXPECT_EQ(vm->cpus[i], 0);
	EXPECT_EQ(vm->boot, BOOT_AUTO);
	EXPECT(vm->autostart);
	EXPECT_STR(vm->after, "");
	EXPECT(vm->x2apic);
	EXPECT(!vm->testdev);
	EXPECT(vm->restart_on_reset);
	EXPECT(!vm->restart_on_crash);
	EXPECT_EQ(vm->share, 100);
	EXPECT_EQ(vm->line, 1);
}

TEST(every_key_of_noexit_is_stored)
{
	parse("[noexit]\nlog=debug\nend=poweroff\nprefix=yes\nmax_cpus=7\n"
	      "ept_1g=no\nx2apic=no\napicv=vid\n" VM);
	EXPECT_EQ(config.log_level, LOG_DEBUG);
	EXPECT_EQ(config.end, END_ACTION_POWEROFF);
	EXPECT_EQ(config.prefix, PREFIX_YES);
	EXPECT_EQ(config.max_cpus, 7);
	EXPECT(!config.ept_1g);
	EXPECT(!config.x2apic);
	EXPECT_EQ(config.apicv, APICV_VID);
	parse("[noexit]\napicv=pi\n" VM);
	EXPECT_EQ(config.apicv, APICV_PI);
	parse(VM);
	EXPECT_EQ(config.apicv, APICV_IPIV);
}

TEST(every_key_of_a_vm_is_stored)
{
	const struct vm_config *vm = &config.vm[1];

	parse(VM "[vm linux]\nkernel=vmlinuz\ninitrd=initrd.img\n"
	      "modules=one, two\ncmdline=\"a=\\\"b\\\" \\\\\"\nmemory=1G\n"
	      "vcpus=4\ncpus=1,64-65,287\nboot=linux\nautostart=no\n"
	      "after=a\nx2apic=no\ntestdev=yes\non_reset=stop\n"
	      "on_crash=restart\ndebug_exit=stop\nshare=250\n");
	EXPECT_STR(vm->name, "linux");
	EXPECT_STR(vm->kernel, "vmlinuz");
	EXPECT_STR(vm->initrd, "initrd.img");
	EXPECT_EQ(vm->module_count, 2);
	EXPECT_STR(vm->module[0], "one");
	EXPECT_STR(vm->module[1], "two");
	EXPECT_STR(vm->cmdline, "a=\"b\" \\");
	EXPECT_EQ(vm->memory_bytes, 1ull << 30);
	EXPECT_EQ(vm->vcpus, 4);
	EXPECT_EQ(vm->cpus[0], 2);
	EXPECT_EQ(vm->cpus[1], 3);
	EXPECT_EQ(vm->cpus[4], BIT(31));
	EXPECT_EQ(vm->boot, BOOT_LINUX);
	EXPECT(!vm->autostart);
	EXPECT_STR(vm->after, "a");
	EXPECT(!vm->x2apic);
	EXPECT(vm->testdev);
	EXPECT(!vm->restart_on_reset);
	EXPECT(vm->restart_on_crash);
	EXPECT_EQ(vm->share, 250);
	EXPECT_EQ(vm->line, 3);
}

TEST(sizes_have_binary_units)
{
	static const struct { const char *text; u64 bytes; } sizes[] = {
		{ "2M", 2 << 20 }, { "2m", 2 << 20 }, { "2048K", 2 << 20 },
		{ "0x200000", 2 << 20 }, { "0x2M", 2 << 20 },
		{ "1g", 1 << 30 }, { "4194304", 4 << 20 },
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(text, sizeof(text), VM "memory=%s\n", sizes[i].text);
		parse(text);
		EXPECT_EQ(config.vm[0].memory_bytes, sizes[i].bytes);
	}
}

TEST(bare_text_ends_before_a_comment)
{
	parse(VM "cmdline=  a=b  c \t # d\n");
	EXPECT_STR(config.vm[0].cmdline, "a=b  c");
}

TEST(quotes_inside_bare_text_stay)
{
	parse(VM "cmdline=dyndbg=\"file a#b +p\" x\n");
	EXPECT_STR(config.vm[0].cmdline, "dyndbg=\"file a#b +p\" x");
}

TEST(longest_cmdline)
{
	char text[2048], expected[CONFIG_CMDLINE_BYTES];

	memset(expected, 'x', sizeof(expected) - 1);
	expected[sizeof(expected) - 1] = '\0';
	snprintf(text, sizeof(text), VM "cmdline=\"%s\"\n", expected);
	parse(text);
	EXPECT_STR(config.vm[0].cmdline, expected);
}

TEST(as_many_vms_as_there_is_room_for)
{
	char text[4096];
	size_t len = 0;

	for (u32 i = 0; i < CONFIG_MAX_VMS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"[vm v%u]\nkernel=k\n", i);
	parse(text);
	EXPECT_EQ(config.vm_count, CONFIG_MAX_VMS);
	EXPECT_STR(config.vm[CONFIG_MAX_VMS - 1].name, "v63");
}

TEST(no_callback_is_fine)
{
	const char *text = "[vm a]\nkernl=k\n";

	config_defaults(&config);
	EXPECT_EQ(config_parse(&config, text, strlen(text), NULL, NULL), 1);
	EXPECT(config.vm[0].bad);
}

/* ---- The hypervisor's command line ---- */

static u32 parse_cmdline(const char *cmdline)
{
	u32 messages = 0;

	config_defaults(&config);
	return config_parse_cmdline(&config, cmdline, print_message,
				    &messages);
}

TEST(cmdline_takes_noexit_keys)
{
	EXPECT_EQ(parse_cmdline("log=debug  end=poweroff max_cpus=3"), 0);
	EXPECT_EQ(config.log_level, LOG_DEBUG);
	EXPECT_EQ(config.end, END_ACTION_POWEROFF);
	EXPECT_EQ(config.max_cpus, 3);
	EXPECT(!config.bad);
}

TEST(cmdline_may_start_with_the_images_name)
{
	EXPECT_EQ(parse_cmdline("/boot/noexit.elf log=warn "), 0);
	EXPECT_EQ(config.log_level, LOG_WARN);
	EXPECT_EQ(parse_cmdline(""), 0);
	EXPECT_EQ(parse_cmdline("noexit.elf"), 0);
}

TEST(cmdline_overrides_the_file)
{
	parse("[noexit]\nlog=error\nx2apic=no\n" VM);
	EXPECT_EQ(config_parse_cmdline(&config, "log=debug", NULL, NULL), 0);
	EXPECT_EQ(config.log_level, LOG_DEBUG);
	EXPECT(!config.x2apic);
	EXPECT_EQ(config.vm_count, 1);
}

/* ---- No configuration at all ---- */

TEST(default_vm_of_a_module)
{
	config_defaults(&config);
	config_default_vm(&config, "boot/vmlinuz 6.1", 1ull << 30);
	EXPECT_EQ(config.vm_count, 1);
	EXPECT_STR(config.vm[0].name, "vmlinuz-6.1");
	EXPECT_STR(config.vm[0].kernel, "boot/vmlinuz 6.1");
	EXPECT_EQ(config.vm[0].vcpus, 1);
	EXPECT(config.vm[0].autostart);
	EXPECT(!config.vm[0].bad);
	EXPECT(config.vm[0].memory_bytes < (1ull << 30) - (16 << 20));
	EXPECT(config.vm[0].memory_bytes > 900ull << 20);
	EXPECT(is_aligned(config.vm[0].memory_bytes, SIZE_2M));
}

TEST(default_vm_needs_memory)
{
	config_defaults(&config);
	config_default_vm(&config, "k", 8 << 20);
	EXPECT(config.vm[0].bad);
	EXPECT_EQ(config.vm[0].memory_bytes, 0);
}

TEST(default_vm_with_long_names)
{
	config_defaults(&config);
	config_default_vm(&config,
			  "folder/abcdefghijklmnopqrstuvwxyz0123456789/",
			  1ull << 30);
	EXPECT_STR(config.vm[0].name, "abcdefghijklmnopqrstuvwxyz01234");
}
