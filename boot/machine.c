/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machines: from a [vm] section to a running guest and back. Memory first,
 * then the VM, its devices, its guest image, and last the vCPUs' CPUs. What
 * fails is undone in reverse order and named in machine->why.
 */
#include "boot/machine.h"

#include "boot/guest/guest_load.h"
#include "core/cpu.h"
#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/panic.h"
#include "core/printf.h"
#include "core/string.h"
#include "core/time.h"

#include <hw/phys.h>

static struct machine *machines;
static u32 machines_count;
static const struct config *config;
static const struct boot_info *boot;
static u64 guest_ram_bytes;		/* of all built machines */
static u32 cpu_load[MAX_CPUS];		/* vCPUs placed on each CPU */

u32 machine_count(void)
{
	return machines_count;
}

struct machine *machine_get(u32 index)
{
	return index < machines_count ? &machines[index] : NULL;
}

struct machine *machine_find(const char *name)
{
	for (u32 i = 0; i < machines_count; i++)
		if (strcmp(machines[i].config->name, name) == 0)
			return &machines[i];
	return NULL;
}

bool machine_running(const struct machine *m)
{
	return m->built && READ_ONCE(m->vm.state) != VM_STOPPED;
}

int machines_init(const struct config *conf, const struct boot_info *info)
{
	u64 bytes = align_up(sizeof(*machines) * conf->vm_count, PAGE_SIZE);
	u64 hpa;

	config = conf;
	boot = info;
	if (!conf->vm_count)
		return 0;
	hpa = page_alloc_hpa(bytes / PAGE_SIZE, PAGE_SIZE);
	if (hpa == PAGE_ALLOC_FAILED)
		return fail(-ENOMEM);
	machines = phys_to_virt(hpa);
	machines_count = conf->vm_count;
	for (u32 i = 0; i < machines_count; i++)
		machines[i].config = &conf->vm[i];
	return 0;
}

/* Say why a machine does not run; evaluates to the error. */
static int __printf(3, 4) why(struct machine *m, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vformat(m->why, sizeof(m->why), fmt, args);
	va_end(args);
	log_error("machine", "%s: not started: %s", m->config->name, m->why);
	return err;
}

/* ---- RAM ---- */

/* The largest piece of [gpa, gpa + len) that one allocation can back. */
static u64 alloc_piece(u64 gpa, u64 *len_bytes)
{
	u64 align, hpa;

	for (;;) {
		align = PAGE_SIZE;
		if (*len_bytes >= SIZE_1G && is_aligned(gpa, SIZE_1G))
			align = SIZE_1G;
		else if (*len_bytes >= SIZE_2M && is_aligned(gpa, SIZE_2M))
			align = SIZE_2M;
		hpa = page_alloc_hpa(*len_bytes / PAGE_SIZE, align);
		if (hpa == PAGE_ALLOC_FAILED && align == SIZE_1G)
			hpa = page_alloc_hpa(*len_bytes / PAGE_SIZE, SIZE_2M);
		if (hpa != PAGE_ALLOC_FAILED || *len_bytes <= SIZE_2M)
			return hpa;
		*len_bytes = align_up(*len_bytes / 2, SIZE_2M);
	}
}

static int add_ram_range(struct guest *g, u64 gpa, u64 len_bytes)
{
	u64 piece, hpa;
	int err;

	while (len_bytes) {
		piece = len_bytes;
		hpa = alloc_piece(gpa, &piece);
		if (hpa == PAGE_ALLOC_FAILED)
			return fail(-ENOMEM);
		err = guest_add_slot(g, gpa, hpa, piece, false);
		if (err) {
			page_free_hpa(hpa, piece / PAGE_SIZE);
			return err;
		}
		guest_ram_bytes += piece;
		err = guest_map(g, gpa, hpa, piece, GUEST_RWX);
		if (err)
			return err;
		gpa += piece;
		len_bytes -= piece;
	}
	return 0;
}

static void free_ram(struct guest *g)
{
	for (u32 i = 0; i < g->slot_count; i++) {
		page_free_hpa(g->slot[i].hpa, g->slot[i].len_bytes / PAGE_SIZE);
		guest_ram_bytes -= g->slot[i].len_bytes;
	}
	g->slot_count = 0;
}

static int add_ram(struct machine *m)
{
	struct guest *g = &m->vm.guest;
	int err;

	g->mem_bytes = m->config->memory_bytes;
	g->low_bytes = min(g->mem_bytes, (u64)PLATFORM_HOLE_GPA);
	err = add_ram_range(g, 0, g->low_bytes);
	if (!err && g->mem_bytes > g->low_bytes)
		err = add_ram_range(g, 1ull << 32, g->mem_bytes - g->low_bytes);
	if (!err)
		return 0;
	return why(m, err, "memory=%lluM: only %llu MiB are free; ask for less",
		   (unsigned long long)(m->config->memory_bytes >> 20),
		   (unsigned long long)(page_free_bytes() >> 20));
}

/* ---- CPUs ---- */

static bool cpu_allowed(const struct vm_config *vc, u32 cpu)
{
	bool any = true;

	for (u32 i = 0; i < CONFIG_CPU_WORDS; i++)
		any = any && vc->cpus[i] == 0;
	return any || (vc->cpus[cpu / 64] >> (cpu % 64) & 1);
}

/* The allowed CPU with the fewest vCPUs; -ENODEV when none is online. */
static int place_vcpu(const struct vm_config *vc, u32 *chosen)
{
	u32 best = MAX_CPUS;

	for (u32 cpu = 0; cpu < cpu_count; cpu++) {
		if (!cpu_allowed(vc, cpu))
			continue;
		if (best == MAX_CPUS || cpu_load[cpu] < cpu_load[best])
			best = cpu;
	}
	if (best == MAX_CPUS)
		return -ENODEV;
	cpu_load[best]++;
	*chosen = best;
	return 0;
}

static void unplace_vcpus(struct machine *m)
{
	for (u32 i = 0; i < m->vm.vcpu_count; i++)
		cpu_load[vcpu_entity(m->vm.vcpu[i])->cpu]--;
}

static int create_vm(struct machine *m)
{
	const struct vm_config *vc = m->config;
	struct vm_params params = {
		.name = vc->name,
		.vcpus = vc->vcpus,
		.share = vc->share,
		.x2apic = vc->x2apic,
		.ept_1g = config->ept_1g,
	};
	u32 placed;
	int err = 0;

	for (placed = 0; placed < vc->vcpus; placed++) {
		err = place_vcpu(vc, &params.cpu[placed]);
		if (err)
			break;
	}
	if (!err)
		err = vm_create(&m->vm, &params);
	else
		why(m, err, "cpus= names no CPU that is online (0-%u are)",
		    cpu_count - 1);
	if (!err)
		return 0;
	while (placed--)
		cpu_load[params.cpu[placed]]--;
	if (!m->why[0])
		why(m, err, "out of memory for the VM's own pages");
	return err;
}

/* ---- The guest's image ---- */

static int find_module(struct machine *m, const char *name,
		       struct guest_file *file)
{
	const struct boot_module *module = boot_module_find(boot, name);

	if (!module)
		return why(m, -ENOENT,
			   "no boot module is named '%s'; add it to the loader",
			   name);
	file->bytes = phys_to_virt(module->base_hpa);
	file->len_bytes = module->len_bytes;
	file->cmdline = module->cmdline;
	return 0;
}

static int gather_image(struct machine *m, struct guest_image *image)
{
	const struct vm_config *vc = m->config;
	int err;

	image->boot = vc->boot;
	image->cmdline = vc->cmdline;
	image->vcpus = vc->vcpus;
	image->x2apic = vc->x2apic;
	err = find_module(m, vc->kernel, &image->kernel);
	if (!err && vc->initrd[0])
		err = find_module(m, vc->initrd, &image->initrd);
	for (u32 i = 0; !err && i < vc->module_count; i++)
		err = find_module(m, vc->module[i], &image->module[i]);
	image->module_count = vc->module_count;
	return err;
}

static int load_image(struct machine *m, struct guest_entry *entry)
{
	struct guest_image image = { 0 };
	char text[96] = "";
	int err;

	err = gather_image(m, &image);
	if (err)
		return err;
	err = guest_load(&m->vm.guest, &image, entry, text, sizeof(text));
	return err ? why(m, err, "%s: %s", m->config->kernel, text) : 0;
}

/* ---- Devices ---- */

static void drive_line(void *ctx, u32 gsi, bool asserted)
{
	apic_domain_line(ctx, gsi, asserted);
}

static int add_devices(struct machine *m)
{
	int err;

	err = platform_init(&m->platform, &m->vm.guest, &m->console,
			    m->config->vcpus, m->config->testdev, drive_line,
			    &m->vm.apic);
	if (!err)
		err = vpci_init(&m->vpci, &m->vm.guest);
	return err ? why(m, err, "a device of the platform overlaps RAM") : 0;
}

/* ---- Life cycle ---- */

static void unbuild(struct machine *m)
{
	unplace_vcpus(m);
	free_ram(&m->vm.guest);
	vm_destroy(&m->vm);
	m->built = false;
}

static int build(struct machine *m, struct guest_entry *entry)
{
	int err;

	err = create_vm(m);
	if (err)
		return err;
	m->built = true;
	err = add_ram(m);
	if (!err)
		err = add_devices(m);
	if (!err)
		err = load_image(m, entry);
	if (err)
		unbuild(m);
	return err;
}

int machine_start(struct machine *m)
{
	struct guest_entry entry = { 0 };
	u64 used;
	int err;

	if (machine_running(m))
		return fail(-EBUSY);
	if (m->config->bad)
		return why(m, -EINVAL, "its section has errors, see above");
	m->why[0] = '\0';
	err = build(m, &entry);
	if (err)
		return err;
	m->start_tsc = time_now_tsc();
	m->starts++;
	m->last_reason = GUEST_STOP_NONE;
	used = page_total_bytes() - page_free_bytes() - guest_ram_bytes;
	log_info("machine", "%s: started, %u vCPUs, %llu MiB; Noexit's own "
		 "memory is %llu KiB", m->config->name, m->config->vcpus,
		 (unsigned long long)(m->config->memory_bytes >> 20),
		 (unsigned long long)(used >> 10));
	vm_start(&m->vm, &entry);
	return 0;
}

void machine_stop(struct machine *m)
{
	if (machine_running(m))
		guest_stop(&m->vm.guest, GUEST_STOP_MONITOR, 0);
}

void machine_restart(struct machine *m)
{
	m->restart = true;
	if (machine_running(m))
		machine_stop(m);
}

void machines_autostart(void)
{
	for (u32 i = 0; i < machines_count; i++)
		if (machines[i].config->autostart &&
		    !machines[i].config->after[0])
			machine_start(&machines[i]);
}

static bool wants_restart(const struct machine *m)
{
	switch (m->last_reason) {
	case GUEST_STOP_RESET:
		return m->config->restart_on_reset;
	case GUEST_STOP_TRIPLE_FAULT:
	case GUEST_STOP_BAD_ENTRY:
	case GUEST_STOP_UNHANDLED:
		return m->config->restart_on_crash;
	default:
		return false;
	}
}

/* after= and until= of the others. */
static void tell_others(const struct machine *stopped)
{
	for (u32 i = 0; i < machines_count; i++) {
		struct machine *m = &machines[i];

		if (strcmp(m->config->until, stopped->config->name) == 0)
			machine_stop(m);
		if (m->config->autostart && m->starts == 0 &&
		    strcmp(m->config->after, stopped->config->name) == 0)
			machine_start(m);
	}
}

static void reap(struct machine *m)
{
	u64 ran_us = time_tsc_to_us(time_now_tsc() - m->start_tsc);

	m->last_reason = m->vm.stop_reason;
	m->last_code = m->vm.stop_code;
	log_info("machine", "%s: stopped: %s, code %llu, after %llu ms",
		 m->config->name, guest_stop_name(m->last_reason),
		 (unsigned long long)m->last_code,
		 (unsigned long long)(ran_us / 1000));
	unbuild(m);
	if (wants_restart(m))
		m->restart = true;
	else if (!m->restart)
		tell_others(m);
}

/* When nothing runs and the configuration says so, the run is over. */
static void end_when_idle(void)
{
	for (u32 i = 0; i < machines_count; i++)
		if (machine_running(&machines[i]) || machines[i].restart)
			return;
	if (config->end != END_ACTION_STAY)
		machine_end(END_OK, "all-stopped");
}

void machines_poll(void)
{
	for (u32 i = 0; i < machines_count; i++) {
		struct machine *m = &machines[i];

		if (m->built && READ_ONCE(m->vm.state) == VM_STOPPED)
			reap(m);
		if (m->restart && !m->built) {
			m->restart = false;
			machine_start(m);
		}
	}
	end_when_idle();
}
