/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot protocol told us, in one form. */
#ifndef GUEST_BOOT_H
#define GUEST_BOOT_H

#include "lib/types.h"

#define MAX_RANGES	32

struct ram_range {
	u64 base;
	u64 len;
	u32 type;	/* 1 = RAM */
};

struct boot {
	u32 magic;
	u32 nr_ranges;
	u32 nr_modules;
	u64 rsdp;		/* 0 if the protocol names none */
	struct ram_range ranges[MAX_RANGES];
	char cmdline[256];
};

extern struct boot boot;

void boot_parse(u32 magic, u64 info);
const char *boot_protocol(void);

/* Value of "key=number" (or 0x...) on the command line. */
u64 boot_option(const char *key, u64 fallback);

/* End of the RAM that starts at 1 MiB; highest RAM address of all. */
u64 ram_low_top(void);
u64 ram_top(void);
bool ram_covers(u64 addr, u64 len);

void guest_main(u32 magic, u64 info);

#endif
