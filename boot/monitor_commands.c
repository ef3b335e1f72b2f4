/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of the monitor's prompt. Each prints, and none waits. */
#include "boot/config_internal.h"
#include "boot/machine.h"
#include "boot/monitor_internal.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/end.h"
#include "core/string.h"
#include "core/time.h"

#define MAX_WORDS	4
#define LOG_LINES	20	/* `log` without a number */
#define LOG_LINES_MAX	400
#define EXIT_COLUMNS	6	/* vCPUs side by side */

struct command {
	const char *name;
	const char *argument;
	const char *help;
	/* @argument is "" when it was not given. */
	void (*run)(const char *argument);
};

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static const char *const sched_names[] = {
	[SCHED_OFF] = "off",
	[SCHED_RUNNABLE] = "runnable",
	[SCHED_BLOCKED] = "waits",
};

static struct span as_span(const char *text)
{
	return (struct span){ text, text + strlen(text) };
}

/* ---- VMs ---- */

/* NULL, and said so: no such VM. Without a name, the only one there is. */
static struct machine *find_vm(const char *name)
{
	struct machine *m;

	if (!name[0] && machine_count() == 1)
		return machine_get(0);
	m = machine_find(name);
	if (m)
		return m;
	if (!name[0]) {
		monitor_print("which VM? `vms` lists them\n");
		return NULL;
	}
	monitor_print("no VM is named '%s'", name);
	for (u32 i = 0; i < machine_count(); i++) {
		const char *known = machine_get(i)->config->name;

		if (config_is_near(known, as_span(name))) {
			monitor_print("; did you mean '%s'?", known);
			break;
		}
	}
	monitor_print("\n");
	return NULL;
}

static const char *vm_state_name(const struct machine *m)
{
	if (!m->built)
		return m->starts ? "stopped" : "off";
	switch (READ_ONCE(m->vm.state)) {
	case VM_CREATED:
		return "created";
	case VM_RUNNING:
		return "running";
	case VM_STOPPING:
		return "stopping";
	default:
		return "stopped";
	}
}

static void print_why(const struct machine *m)
{
	if (m->why[0])
		monitor_print("not started: %s\n", m->why);
	else if (machine_running(m))
		monitor_print("running, nothing has gone wrong\n");
	else if (m->starts)
		monitor_print("stopped: %s, code %lu\n",
			      guest_stop_name(m->last_reason), m->last_code);
	else if (m->config->after[0])
		monitor_print("starts when '%s' has stopped\n",
			      m->config->after);
	else
		monitor_print("never started; `start %s` does\n",
			      m->config->name);
}

static void run_vms(const char *argument)
{
	(void)argument;
	monitor_print("  # %-16s %-8s %5s %9s %s\n", "name", "state", "vCPUs",
		      "memory", "starts");
	for (u32 i = 0; i < machine_count(); i++) {
		const struct machine *m = machine_get(i);

		monitor_print("%c%2u %-16s %-8s %5u %6lu MB %u\n",
			      monitor_focus() == i + 1 ? '*' : ' ', i + 1,
			      m->config->name, vm_state_name(m),
			      m->config->vcpus, m->config->memory_bytes >> 20,
			      m->starts);
	}
}

static void run_vm(const char *name)
{
	const struct machine *m = find_vm(name);

	if (!m)
		return;
	monitor_print("%s: %s, %lu MB, %u vCPUs, kernel %s, started %u times\n",
		      m->config->name, vm_state_name(m),
		      m->config->memory_bytes >> 20, m->config->vcpus,
		      m->config->kernel, m->starts);
	for (u32 i = 0; m->built && i < m->vm.vcpu_count; i++) {
		const struct sched_entity *se = vcpu_entity(m->vm.vcpu[i]);

		/* The owner CPU changes these meanwhile: a snapshot. */
		monitor_print("  vCPU %u on CPU %u: %s, ran %lu ms\n", i,
			      se->cpu, sched_names[READ_ONCE(se->state)],
			      time_tsc_to_us(READ_ONCE(se->ran_tsc)) / 1000);
	}
	print_why(m);
}

static void run_why(const char *name)
{
	const struct machine *m = find_vm(name);

	if (m)
		print_why(m);
}

static void run_con(const char *name)
{
	const struct machine *m = find_vm(name);

	for (u32 i = 0; m && i < machine_count(); i++) {
		if (machine_get(i) == m)
			monitor_set_focus(i + 1);
	}
}

static void run_start(const char *name)
{
	struct machine *m = find_vm(name);

	if (!m)
		return;
	if (machine_running(m))
		monitor_print("%s runs already\n", m->config->name);
	else if (machine_start(m))
		print_why(m);
}

static void run_stop(const char *name)
{
	struct machine *m = find_vm(name);

	if (!m)
		return;
	if (machine_running(m))
		machine_stop(m);
	else
		monitor_print("%s does not run\n", m->config->name);
}

static void run_restart(const char *name)
{
	struct machine *m = find_vm(name);

	if (m)
		machine_restart(m);
}

/* ---- CPUs and exits ---- */

static void print_cpu_vcpus(u32 cpu)
{
	for (u32 i = 0; i < machine_count(); i++) {
		const struct machine *m = machine_get(i);

		for (u32 v = 0; m->built && v < m->vm.vcpu_count; v++) {
			if (vcpu_entity(m->vm.vcpu[v])->cpu == cpu)
				monitor_print(" %s.%u", m->config->name, v);
		}
	}
}

static void run_cpus(const char *argument)
{
	(void)argument;
	monitor_print("CPU  APIC ID  vCPUs\n");
	for (u32 cpu = 0; cpu < cpu_count; cpu++) {
		monitor_print("%3u  %7x ", cpu, cpu_shared[cpu].apic_id);
		print_cpu_vcpus(cpu);
		monitor_print("\n");
	}
}

static void print_row(const struct vm *vm, const char *name,
		      u64 (*value)(const struct vcpu *, u32), u32 row,
		      u32 first, u32 end)
{
	u64 sum = 0;

	for (u32 v = first; v < end; v++)
		sum += value(vm->vcpu[v], row);
	if (!sum)
		return;
	monitor_print("  %-28s", name);
	for (u32 v = first; v < end; v++)
		monitor_print(" %11lu", value(vm->vcpu[v], row));
	monitor_print("\n");
}

static void print_exits(const struct machine *m)
{
	const struct vm *vm = &m->vm;

	if (!m->built) {
		monitor_print("%s does not run\n", m->config->name);
		return;
	}
	for (u32 first = 0; first < vm->vcpu_count; first += EXIT_COLUMNS) {
		u32 end = min(first + EXIT_COLUMNS, vm->vcpu_count);

		monitor_print("%-30s", m->config->name);
		for (u32 v = first; v < end; v++)
			monitor_print("      vCPU %2u", v);
		monitor_print("\n");
		for (u32 reason = 0; reason < VMX_EXIT_REASONS; reason++)
			print_row(vm, vmx_exit_name(reason), vcpu_exit_count,
				  reason, first, end);
		for (u32 row = 0; vcpu_counter_name(row); row++)
			print_row(vm, vcpu_counter_name(row), vcpu_counter,
				  row, first, end);
	}
}

static void run_exits(const char *name)
{
	const struct machine *m;

	if (name[0]) {
		m = find_vm(name);
		if (m)
			print_exits(m);
		return;
	}
	for (u32 i = 0; i < machine_count(); i++)
		print_exits(machine_get(i));
}

/* ---- Log ---- */

/* Copy the ring to the console less its first @skip lines; returns all. */
static u32 copy_log(u32 skip, bool print)
{
	char text[128];
	u32 lines = 0;
	u64 pos = 0;
	size_t len;

	while ((len = console_ring_read(&pos, text, sizeof(text)))) {
		size_t start = lines >= skip ? 0 : len;

		for (size_t i = 0; i < len; i++) {
			if (text[i] != '\n')
				continue;
			if (++lines == skip)
				start = i + 1;
		}
		if (print)
			console_write(text + start, len - start);
	}
	return lines;
}

static bool parse_count(const char *text, u32 *count)
{
	*count = 0;
	for (; *text >= '0' && *text <= '9'; text++)
		*count = min(*count * 10 + (u32)(*text - '0'),
			     (u32)LOG_LINES_MAX);
	return !*text;
}

static void run_log(const char *argument)
{
	u32 count = LOG_LINES;
	u32 lines;

	for (u32 i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(argument, level_names[i]) == 0) {
			log_set_level(i);
			return;
		}
	}
	if (argument[0] && !parse_count(argument, &count)) {
		monitor_print("log takes a number of lines, or error, warn, "
			      "info, debug\n");
		return;
	}
	lines = copy_log(0, false);
	(void)copy_log(lines > count ? lines - count : 0, true);
	monitor_print("log level: %s\n", level_names[log_get_level()]);
}

/* ---- The machine ---- */

static void run_reboot(const char *argument)
{
	(void)argument;
	machine_end_action(END_ACTION_REBOOT);
	machine_end(END_OK, "reboot");
}

static void run_poweroff(const char *argument)
{
	(void)argument;
	machine_end_action(END_ACTION_POWEROFF);
	machine_end(END_OK, "poweroff");
}

static void run_help(const char *argument);

static const struct command commands[] = {
	{ "help", "", "this list", run_help },
	{ "vms", "", "all VMs; * has the keys", run_vms },
	{ "vm", "NAME", "one VM and its vCPUs", run_vm },
	{ "why", "NAME", "why a VM does not run", run_why },
	{ "con", "NAME", "give it the keys (Ctrl-A m comes back)", run_con },
	{ "start", "NAME", "start a VM", run_start },
	{ "stop", "NAME", "stop a VM at once", run_stop },
	{ "restart", "NAME", "stop it and start it again", run_restart },
	{ "cpus", "", "CPUs and the vCPUs on them", run_cpus },
	{ "exits", "[NAME]", "VM exits by reason and vCPU", run_exits },
	{ "log", "[N|LEVEL]", "last N log lines; or set the level", run_log },
	{ "reboot", "", "end all VMs, restart the machine", run_reboot },
	{ "poweroff", "", "end all VMs, switch the machine off", run_poweroff },
};

static void run_help(const char *argument)
{
	(void)argument;
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		monitor_print("  %-8s %-10s %s\n", commands[i].name,
			      commands[i].argument, commands[i].help);
	monitor_print("  Ctrl-A   then n, p, m, 0-9 moves the keys\n");
}

/* Cut @line into words in place; returns how many (the rest is dropped). */
static u32 split(char *line, const char *word[MAX_WORDS])
{
	u32 count = 0;

	while (count < MAX_WORDS) {
		while (*line == ' ')
			line++;
		if (!*line)
			break;
		word[count++] = line;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = '\0';
	}
	return count;
}

static void say_unknown(const char *name)
{
	monitor_print("unknown command '%s'", name);
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++) {
		if (config_is_near(commands[i].name, as_span(name))) {
			monitor_print("; did you mean '%s'?",
				      commands[i].name);
			break;
		}
	}
	monitor_print(" (help lists them)\n");
}

void monitor_command(char *line)
{
	const char *word[MAX_WORDS];
	u32 count = split(line, word);

	if (!count)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *cmd = &commands[i];

		if (strcmp(word[0], cmd->name) != 0)
			continue;
		if (count > (cmd->argument[0] ? 2u : 1u))
			monitor_print("usage: %s %s\n", cmd->name,
				      cmd->argument);
		else
			cmd->run(count > 1 ? word[1] : "");
		return;
	}
	say_unknown(word[0]);
}
