/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noexit.conf, parsed by the same file in the hypervisor and in
 * tools/noexit-check. Pure: text in, struct config out, messages through a
 * callback. docs/config.md describes the format.
 */
#ifndef BOOT_CONFIG_H
#define BOOT_CONFIG_H

#include "core/apicv.h"
#include "core/end.h"
#include "core/log.h"
#include "core/types.h"

#define CONFIG_MAX_VMS		64
#define CONFIG_MAX_MODULES	8
#define CONFIG_NAME_BYTES	32
#define CONFIG_CMDLINE_BYTES	1024
#define CONFIG_MAX_VCPUS	64
#define CONFIG_CPU_WORDS	5	/* 320 CPUs */

enum config_boot {
	BOOT_AUTO, BOOT_LINUX, BOOT_MULTIBOOT, BOOT_MULTIBOOT2, BOOT_PVH,
};
enum config_prefix { PREFIX_AUTO, PREFIX_YES, PREFIX_NO };

struct vm_config {
	char name[CONFIG_NAME_BYTES];
	char kernel[CONFIG_NAME_BYTES];		/* module names */
	char initrd[CONFIG_NAME_BYTES];		/* "": none */
	char module[CONFIG_MAX_MODULES][CONFIG_NAME_BYTES];
	u32 module_count;
	char cmdline[CONFIG_CMDLINE_BYTES];
	u64 memory_bytes;	/* multiple of 4 KiB */
	u32 vcpus;
	u64 cpus[CONFIG_CPU_WORDS];	/* mask; all zero: any */
	enum config_boot boot;
	bool autostart;
	char after[CONFIG_NAME_BYTES];	/* start when that VM has stopped */
	char until[CONFIG_NAME_BYTES];	/* stop when that VM has stopped */
	bool x2apic;
	bool testdev;
	bool restart_on_reset;
	bool restart_on_crash;
	u32 share;		/* 1..10000, default 100 */
	u32 line;		/* of its section header */
	bool bad;		/* has errors: not started */
};

struct config {
	enum log_level log_level;
	enum end_action end;
	enum config_prefix prefix;
	u32 max_cpus;		/* 0: all */
	bool ept_1g;
	bool x2apic;
	enum apicv_rung apicv;	/* use no better one */
	bool bad;		/* an error in [noexit] or outside sections */
	u32 vm_count;
	struct vm_config vm[CONFIG_MAX_VMS];
};

/* One message: line and column are 1-based; @warning else error. */
typedef void (*config_report)(void *ctx, u32 line, u32 column, bool warning,
			      const char *message);

void config_defaults(struct config *config);
/* Returns the number of errors; VM errors mark that VM `bad` only. */
u32 config_parse(struct config *config, const char *text, size_t len_bytes,
		 config_report report, void *ctx);
/* `key=value` words of the hypervisor's command line: [noexit] keys. */
u32 config_parse_cmdline(struct config *config, const char *cmdline,
			 config_report report, void *ctx);
/* One VM from the first module: all free memory but a reserve, 1 vCPU. */
void config_default_vm(struct config *config, const char *module_name,
		       u64 memory_bytes);

#endif
