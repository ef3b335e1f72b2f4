/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * noexit.conf from any bytes. Besides what the sanitizers see: every message
 * has a place, errors are counted, and what is not bad is usable.
 */
#include "boot/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;

static void report(void *ctx, u32 line, u32 column, bool warning,
		   const char *message)
{
	if (!line || !column || !*message)
		abort();
	if (!warning)
		(*(u32 *)ctx)++;
}

static void check_vm(const struct vm_config *vm)
{
	if (memchr(vm->name, '\0', sizeof(vm->name)) == NULL ||
	    memchr(vm->cmdline, '\0', sizeof(vm->cmdline)) == NULL)
		abort();
	if (vm->bad)
		return;
	if (!vm->name[0] || !vm->kernel[0] || !vm->memory_bytes ||
	    vm->memory_bytes % PAGE_SIZE || !vm->vcpus ||
	    vm->vcpus > CONFIG_MAX_VCPUS || !vm->share ||
	    vm->module_count > CONFIG_MAX_MODULES)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char cmdline[256];
	size_t len = size < sizeof(cmdline) ? size : sizeof(cmdline) - 1;
	u32 errors = 0;
	bool bad;

	config_defaults(&config);
	if (config_parse(&config, (const char *)data, size, report,
			 &errors) != errors)
		abort();
	bad = config.bad;
	for (u32 i = 0; i < config.vm_count; i++) {
		check_vm(&config.vm[i]);
		bad |= config.vm[i].bad;
	}
	if (bad != (errors != 0))
		abort();
	memcpy(cmdline, data, len);
	cmdline[len] = '\0';
	config_parse_cmdline(&config, cmdline, report, &errors);
	return 0;
}
