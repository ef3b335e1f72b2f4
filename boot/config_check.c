/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks over the whole of noexit.conf: what each VM lacks, and who waits for
 * whom. They come last because a VM may name one that follows it in the file.
 */
#include "boot/config_internal.h"

#include "core/string.h"

static struct config_place header_of(const struct vm_config *vm)
{
	return (struct config_place){ vm->line, 1 };
}

static struct vm_config *find_vm(struct config *config, const char *name)
{
	for (u32 i = 0; i < config->vm_count; i++)
		if (strcmp(config->vm[i].name, name) == 0)
			return &config->vm[i];
	return NULL;
}

static void check_kernel(struct config_parser *parser, struct vm_config *vm)
{
	/* A kernel= with an error was reported where it stands. */
	if (!vm->kernel[0] && !vm->bad)
		config_error_at(parser, header_of(vm), vm,
				"VM '%s' has no kernel=", vm->name);
}

/* max_cpus= leaves fewer CPUs than cpus= wants. */
static void check_cpus(struct config_parser *parser, struct vm_config *vm)
{
	u32 limit = parser->config->max_cpus;
	u32 wanted = 0, usable = 0;

	for (u32 cpu = 0; cpu < CONFIG_CPU_WORDS * 64; cpu++) {
		if (!(vm->cpus[cpu / 64] & BIT(cpu % 64)))
			continue;
		wanted++;
		usable += cpu < limit;
	}
	if (!limit || usable == wanted)
		return;
	if (usable)
		config_warn_at(parser, header_of(vm),
			       "max_cpus=%u starts only %u of the %u CPUs of "
			       "VM '%s'", limit, usable, wanted, vm->name);
	else
		config_error_at(parser, header_of(vm), vm,
				"max_cpus=%u starts none of the CPUs of "
				"VM '%s'", limit, vm->name);
}

/* after= and until= name another VM. */
static void check_other(struct config_parser *parser, struct vm_config *vm,
			const char *wanted, struct config_place place)
{
	struct config *config = parser->config;
	struct span name = { wanted, wanted + strlen(wanted) };

	if (!wanted[0])
		return;
	if (strcmp(wanted, vm->name) == 0) {
		config_error_at(parser, place, vm,
				"VM '%s' cannot wait for itself", vm->name);
		return;
	}
	if (find_vm(config, wanted))
		return;
	for (u32 i = 0; i < config->vm_count; i++) {
		const char *other = config->vm[i].name;

		if (!config_is_near(other, name))
			continue;
		config_error_at(parser, place, vm,
				"no VM is named '%s'; did you mean '%s'?",
				wanted, other);
		return;
	}
	config_error_at(parser, place, vm, "no VM is named '%s'", wanted);
}

/*
 * Follow the chain from @vm; is @vm on a circle? A chain that enters a circle
 * elsewhere ends by the count of VMs: those on the circle are reported.
 */
static bool waits_for_itself(struct config *config, struct vm_config *vm)
{
	struct vm_config *next = vm;

	for (u32 i = 0; i < config->vm_count; i++) {
		next = next->after[0] ? find_vm(config, next->after) : NULL;
		if (!next)
			return false;
		if (next == vm)
			return true;
	}
	return false;
}

void config_check(struct config_parser *parser)
{
	struct config *config = parser->config;

	for (u32 i = 0; i < config->vm_count; i++) {
		struct vm_config *vm = &config->vm[i];

		check_kernel(parser, vm);
		check_cpus(parser, vm);
		check_other(parser, vm, vm->after, parser->after[i]);
		check_other(parser, vm, vm->until, parser->until[i]);
	}
	for (u32 i = 0; i < config->vm_count; i++) {
		struct vm_config *vm = &config->vm[i];

		if (strcmp(vm->after, vm->name) != 0 &&
		    waits_for_itself(config, vm))
			config_error_at(parser, parser->after[i], vm,
					"VM '%s' waits for '%s', which waits "
					"for it", vm->name, vm->after);
	}
	if (!config->vm_count && !parser->errors)
		config_warn_at(parser, (struct config_place){ parser->line, 1 },
			       "no [vm NAME] section: nothing will run");
}
