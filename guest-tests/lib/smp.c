/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU start and a mailbox per CPU. */
#include "lib/guest.h"

extern u8 trampoline[], trampoline_end[];
extern u32 trampoline_ticket;

static u32 count = 1;

u32 smp_count(void)
{
	return count;
}

/* C entry of a started CPU, on a stack of its own. It idles by polling. */
void smp_entry(u32 index)
{
	struct cpu *cpu = cpu_nr(index);
	void (*fn)(void *);

	cpu_setup(index);
	apic_init();
	cpu->apic_id = apic_id();
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	sti();
	for (;;) {
		fn = __atomic_load_n(&cpu->call, __ATOMIC_ACQUIRE);
		if (fn) {
			fn(cpu->call_arg);
			__atomic_store_n(&cpu->call, NULL, __ATOMIC_RELEASE);
		}
		pause();
	}
}

void smp_init_sipi(u32 id, u8 page)
{
	apic_icr(id, ICR_INIT | ICR_LEVEL | ICR_ASSERT);
	delay_us(200);
	apic_icr(id, ICR_INIT | ICR_LEVEL);
	apic_icr(id, ICR_SIPI | ICR_ASSERT | page);
	delay_us(200);
	apic_icr(id, ICR_SIPI | ICR_ASSERT | page);
}

u32 smp_start(void)
{
	u32 ids[MAX_CPUS], i, n = acpi_cpus(ids, MAX_CPUS);

	if (count > 1)
		return count;
	memcpy((void *)LOW_TRAMPOLINE, trampoline,
	       (size_t)(trampoline_end - trampoline));
	for (i = 0; i < n; i++) {
		if (ids[i] == apic_id())
			continue;
		trampoline_ticket = count;
		smp_init_sipi(ids[i], LOW_TRAMPOLINE >> 12);
		if (!wait_for(5000000, READ_ONCE(cpu_nr(count)->online)))
			break;
		count++;
	}
	return count;
}

void smp_call(u32 cpu, void (*fn)(void *), void *arg)
{
	cpu_nr(cpu)->call_arg = arg;
	__atomic_store_n(&cpu_nr(cpu)->call, fn, __ATOMIC_RELEASE);
}

bool smp_wait(u32 cpu)
{
	return wait_for(30000000, !__atomic_load_n(&cpu_nr(cpu)->call,
						   __ATOMIC_ACQUIRE));
}

bool smp_call_all(void (*fn)(void *), void *arg)
{
	bool ok = true;
	u32 i;

	for (i = 1; i < count; i++)
		smp_call(i, fn, arg);
	fn(arg);
	for (i = 1; i < count; i++)
		ok = smp_wait(i) && ok;
	return ok;
}
