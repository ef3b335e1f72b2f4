/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot information: multiboot 1, multiboot 2 and PVH. C entry point. */
#include "lib/guest.h"

struct boot boot;

static void add_range(u64 base, u64 len, u32 type)
{
	if (boot.nr_ranges < MAX_RANGES && len)
		boot.ranges[boot.nr_ranges++] =
			(struct ram_range){ base, len, type };
}

static void set_cmdline(const char *s)
{
	u32 i;

	for (i = 0; s[i] && i < sizeof(boot.cmdline) - 1; i++)
		boot.cmdline[i] = s[i];
	boot.cmdline[i] = 0;
}

/* Unaligned little-endian fields of the loader's structures. */
static u32 get32(u64 addr)
{
	u32 v;

	memcpy(&v, (void *)addr, sizeof(v));
	return v;
}

static u64 get64(u64 addr)
{
	return get32(addr) | (u64)get32(addr + 4) << 32;
}

static void parse_mb1(u64 info)
{
	u32 flags = get32(info);
	u64 p, end;

	if (flags & BIT(2))
		set_cmdline((char *)(u64)get32(info + 16));
	if (flags & BIT(3))
		boot.nr_modules = get32(info + 20);
	if (flags & BIT(6)) {
		p = get32(info + 48);
		end = p + get32(info + 44);
		for (; p < end; p += get32(p) + 4)
			add_range(get64(p + 4), get64(p + 12), get32(p + 20));
	} else if (flags & BIT(0)) {
		add_range(0, get32(info + 4) * KIB, 1);
		add_range(MIB, get32(info + 8) * KIB, 1);
	}
}

static void parse_mb2_mmap(u64 tag)
{
	u64 p, end = tag + get32(tag + 4);
	u32 step = get32(tag + 8);

	for (p = tag + 16; step && p + step <= end; p += step)
		add_range(get64(p), get64(p + 8), get32(p + 16));
}

static void parse_mb2(u64 info)
{
	u64 tag, end = info + get32(info);

	for (tag = info + 8; tag < end && get32(tag);
	     tag += (get32(tag + 4) + 7) & ~7ull) {
		switch (get32(tag)) {
		case 1:
			set_cmdline((char *)tag + 8);
			break;
		case 3:
			boot.nr_modules++;
			break;
		case 6:
			parse_mb2_mmap(tag);
			break;
		case 14:
		case 15:
			boot.rsdp = tag + 8;
			break;
		}
	}
}

static void parse_pvh(u64 info)
{
	u64 map = get64(info + 40);
	u32 i, n = get32(info + 48);

	boot.nr_modules = get32(info + 12);
	if (get64(info + 24))
		set_cmdline((char *)get64(info + 24));
	boot.rsdp = get64(info + 32);
	if (get32(info + 4) >= 1)
		for (i = 0; i < n; i++, map += 24)
			add_range(get64(map), get64(map + 8),
				  get32(map + 16));
}

void boot_parse(u32 magic, u64 info)
{
	boot.magic = magic;
	switch (magic) {
	case BOOT_MB1:
		parse_mb1(info);
		break;
	case BOOT_MB2:
		parse_mb2(info);
		break;
	case BOOT_PVH:
		parse_pvh(info);
		break;
	}
}

const char *boot_protocol(void)
{
	switch (boot.magic) {
	case BOOT_MB1:
		return "multiboot1";
	case BOOT_MB2:
		return "multiboot2";
	case BOOT_PVH:
		return "pvh";
	}
	return "unknown";
}

static u64 parse_number(const char *s)
{
	u64 base = 10, val = 0;

	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	for (;; s++) {
		if (*s >= '0' && *s <= '9')
			val = val * base + (u64)(*s - '0');
		else if (base == 16 && *s >= 'a' && *s <= 'f')
			val = val * base + (u64)(*s - 'a' + 10);
		else
			return val;
	}
}

u64 boot_option(const char *key, u64 fallback)
{
	const char *s = boot.cmdline, *k;

	while (*s) {
		for (k = key; *k && *s == *k; k++)
			s++;
		if (!*k && *s == '=')
			return parse_number(s + 1);
		while (*s && *s != ' ')
			s++;
		while (*s == ' ')
			s++;
	}
	return fallback;
}

u64 ram_low_top(void)
{
	u32 i;

	for (i = 0; i < boot.nr_ranges; i++)
		if (boot.ranges[i].type == 1 && boot.ranges[i].base <= MIB &&
		    boot.ranges[i].base + boot.ranges[i].len > MIB)
			return boot.ranges[i].base + boot.ranges[i].len;
	return 4 * MIB;
}

u64 ram_top(void)
{
	u64 end, top = 0;
	u32 i;

	for (i = 0; i < boot.nr_ranges; i++) {
		end = boot.ranges[i].base + boot.ranges[i].len;
		if (boot.ranges[i].type == 1 && end > top)
			top = end;
	}
	return top;
}

bool ram_covers(u64 addr, u64 len)
{
	u32 i;

	for (i = 0; i < boot.nr_ranges; i++)
		if (addr < boot.ranges[i].base + boot.ranges[i].len &&
		    addr + len > boot.ranges[i].base)
			return true;
	return false;
}

/* The 8259 pair is masked in case there is one: no test uses it. */
void guest_main(u32 magic, u64 info)
{
	boot_parse(magic, info);
	print_init();
	outb(0xff, 0x21);
	outb(0xff, 0xa1);
	trap_init();
	cpu_setup(0);
	time_init();
	acpi_init();
	apic_init();
	this_cpu()->apic_id = apic_id();
	this_cpu()->online = 1;
	main();
	test_end();
}
