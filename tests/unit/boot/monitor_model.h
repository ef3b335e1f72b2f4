/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor's surroundings for its tests: machines that only record what is
 * asked of them, a screen (debugcon) and keys (COM1). It defines functions of
 * boot/machine.h and others: one file of a program includes it.
 */
#ifndef TESTS_UNIT_BOOT_MONITOR_MODEL_H
#define TESTS_UNIT_BOOT_MONITOR_MODEL_H

#include <setjmp.h>
#include <string.h>

#include <hw/cpu.h>
#include <hw/port.h>

#include "boot/machine.h"
#include "boot/monitor.h"
#include "boot/monitor_internal.h"
#include "core/acpi.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/end.h"
#include "core/err.h"
#include "core/log.h"
#include "core/paging.h"
#include "core/time.h"
#include "tests/unit/test.h"

#define VMS 3
#define CTRL_A "\x01"

/* ---- A machine of machines, without VMX ---- */

static struct config config;
static struct machine machines[VMS];
static u32 count;
static u32 inputs[VMS];		/* receive interrupts raised */
static const char *called;	/* the last life-cycle call */
static enum end_action action;
static const char *ended;
static int start_error;
static u64 now_us;

u64 time_now_tsc(void)
{
	return now_us;
}

u64 time_us_to_tsc(u64 us)
{
	return us;
}

u64 time_tsc_to_us(u64 tsc)
{
	return tsc;
}

u64 virt_to_hpa(const void *va)
{
	return (uintptr_t)va;
}

void cpu_request(u32 cpu_index, u32 bits)
{
	(void)cpu_index;
	(void)bits;
}

u32 machine_count(void)
{
	return count;
}

struct machine *machine_get(u32 index)
{
	return index < count ? &machines[index] : NULL;
}

struct machine *machine_find(const char *name)
{
	for (u32 i = 0; i < count; i++)
		if (!strcmp(machines[i].config->name, name))
			return &machines[i];
	return NULL;
}

bool machine_running(const struct machine *m)
{
	return m->built && m->vm.state != VM_STOPPED;
}

int machine_start(struct machine *m)
{
	called = "start";
	if (start_error) {
		strcpy(m->why, "no memory for it");
		return start_error;
	}
	m->built = true;
	m->vm.state = VM_RUNNING;
	m->starts++;
	return 0;
}

void machine_stop(struct machine *m)
{
	m->vm.state = VM_STOPPING;
	called = "stop";
}

void machine_restart(struct machine *m)
{
	m->restart = true;
	called = "restart";
}

void platform_console_input(struct platform *p)
{
	inputs[container_of(p, struct machine, platform) - machines]++;
}

struct sched_entity *vcpu_entity(struct vcpu *vcpu)
{
	return (struct sched_entity *)vcpu;
}

/* One kind of ICR write on each vCPU. */
u64 vcpu_counter(const struct vcpu *vcpu, u32 row)
{
	(void)vcpu;
	return row == 1 ? 77 : 0;
}

u64 vcpu_exit_count(const struct vcpu *vcpu, u32 reason)
{
	const struct sched_entity *se = (const void *)vcpu;

	return reason == 10 ? 1000 + se->share : 0;
}

const char *vmx_exit_name(u32 reason)
{
	return reason == 10 ? "CPUID" : "?";
}

const char *guest_stop_name(enum guest_stop_reason reason)
{
	return reason == GUEST_STOP_POWEROFF ? "power-off" : "?";
}

void machine_end_action(enum end_action a)
{
	action = a;
}

static jmp_buf end_jmp;
void machine_end(enum end_status status, const char *reason)
{
	EXPECT_EQ(status, END_OK);
	ended = reason;
	longjmp(end_jmp, 1);
}

/* ---- The screen is debugcon, the keys come from COM1 ---- */

static char out[200000];
static u32 out_len;
static char keys[4096];
static u32 key_head, key_tail;
static u8 scratch;

static u32 port_in(u16 port, u32 size_bytes)
{
	(void)size_bytes;
	switch (port) {
	case 0xe9:
		return 0xe9;
	case 0x3f8:
		return (u8)keys[key_tail++];
	case 0x3fa:
		return 1;
	case 0x3fd:
		return 0x60u | (key_tail != key_head);
	case 0x3ff:
		return scratch;
	default:
		return 0;
	}
}

static void port_out(u16 port, u32 size_bytes, u32 value)
{
	(void)size_bytes;
	if (port == 0x3ff)
		scratch = (u8)value;
	if (port == 0xe9 && out_len < sizeof(out) - 1)
		out[out_len++] = (char)value;
}

static inline void forget(void)
{
	memset(out, 0, out_len + 1);
	out_len = 0;
}

static inline void poll(void)
{
	monitor_poll();
	console_drain();
}

static inline void type(const char *text)
{
	key_head = key_tail = 0;
	while (*text)
		keys[key_head++] = *text++;
	while (key_tail != key_head)
		poll();
	poll();
}

static inline void print(u32 vm, const char *text)
{
	for (; *text; text++)
		if (!vconsole_out(&machines[vm].console, *text))
			continue;
	poll();
}

static inline const char *received(u32 vm)
{
	static char text[2000];
	u32 len = 0;
	int c;

	while ((c = vconsole_in(&machines[vm].console)) >= 0)
		text[len++] = (char)c;
	text[len] = '\0';
	return text;
}

static void add_vm(const char *name)
{
	static struct sched_entity entities[VMS][8];
	struct machine *m = &machines[count];
	struct vm_config *vc = &config.vm[count];

	strcpy(vc->name, name);
	strcpy(vc->kernel, "vmlinuz");
	vc->autostart = true;
	vc->vcpus = 2;
	vc->memory_bytes = 64ull << 20;
	m->config = vc;
	m->built = true;
	m->starts = 1;
	m->vm.state = VM_RUNNING;
	m->vm.vcpu_count = 8;
	for (u32 i = 0; i < 8; i++) {
		entities[count][i] = (struct sched_entity){
			.cpu = i % 2, .share = i, .ran_tsc = 5000 };
		m->vm.vcpu[i] = (struct vcpu *)&entities[count][i];
	}
	count++;
}

static inline void setup(u32 vms, enum config_prefix prefix)
{
	static const char *const names[VMS] = { "linux", "tiny", "third" };
	static const struct boot_info info;

	hw_reset();
	hw_port_in_hook = port_in;
	hw_port_out_hook = port_out;
	memset(&config, 0, sizeof(config));
	memset(machines, 0, sizeof(machines));
	memset(inputs, 0, sizeof(inputs));
	config.prefix = prefix;
	count = 0;
	start_error = 0;
	ended = called = NULL;
	cpu_count = 2;
	while (count < vms)
		add_vm(names[count]);
	console_init_early();
	console_init(&info);
	console_no_irq();
	console_async(true);
	console_log("\n", 1);
	monitor_init(&config);
	forget();
}

#endif
