/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs: serially, each with a bounded wait, so that a dead
 * CPU costs two seconds and not the machine.
 */
#include "boot/smp.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/phys.h>

#include "apic/lapic.h"
#include "core/acpi.h"
#include "core/boot_entry.h"
#include "core/err.h"
#include "core/gdt.h"
#include "core/log.h"
#include "core/page.h"
#include "core/paging.h"
#include "core/smp.h"
#include "core/smp_slot.h"
#include "core/string.h"
#include "core/time.h"

#define MAIN_STACK_PAGES	3
#define IST_STACK_PAGES		2
#define START_TIMEOUT_US	2000000
#define XAPIC_IDS		255	/* 0xff is the broadcast */

#define PTE_P_RW		0x3

/*
 * The started CPU says that it is there, or the boot CPU that it no longer
 * waits: whoever is first, for the area is used once only. Release: what the
 * CPU did before is visible to the boot CPU, which reads it with acquire.
 */
static bool settle(struct cpu_area *area, u32 outcome)
{
	u32 starting = CPU_STARTING;

	return __atomic_compare_exchange_n(&area->start, &starting, outcome,
					   false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* First C of a started CPU, on its own stack, with the trampoline's tables. */
static _Noreturn void ap_start(struct cpu_area *area)
{
	struct cpu *cpu = &area->cpu;
	struct cpu_stacks stacks;

	wrmsr(MSR_IA32_GS_BASE, (u64)cpu);
	/* The boot CPU left the tops here; gdt_init() clears the TSS first. */
	stacks.nmi = area->tss.ist[IST_NMI - 1];
	stacks.df = area->tss.ist[IST_DF - 1];
	stacks.mc = area->tss.ist[IST_MC - 1];
	gdt_init(area, &stacks);
	paging_init_ap();
	if (lapic_init()) {
		log_error("smp", "CPU %u has no local APIC", cpu->index);
		for (;;)
			cpu_halt();
	}
	if (!settle(area, CPU_STARTED))
		for (;;)
			cpu_halt();
	__atomic_store_n(&cpu->shared->online, 1, __ATOMIC_RELEASE);
	ap_main();
}

/* One page and four stacks; NULL: no memory. */
static struct cpu_area *make_area(u32 index, u32 apic_id, u64 *stack)
{
	struct cpu_area *area = page_alloc();
	void *main = paging_alloc_stack(MAIN_STACK_PAGES);
	void *nmi = paging_alloc_stack(IST_STACK_PAGES);
	void *df = paging_alloc_stack(IST_STACK_PAGES);
	void *mc = paging_alloc_stack(IST_STACK_PAGES);

	if (!area || !main || !nmi || !df || !mc)
		return NULL;
	area->tss.ist[IST_NMI - 1] = (u64)nmi;
	area->tss.ist[IST_DF - 1] = (u64)df;
	area->tss.ist[IST_MC - 1] = (u64)mc;
	area->cpu.self = &area->cpu;
	area->cpu.index = index;
	area->cpu.shared = &cpu_shared[index];
	cpu_shared[index] = (struct cpu_shared){
		.index = index,
		.apic_id = apic_id,
	};
	*stack = (u64)main;
	return area;
}

/*
 * Tables for the trampoline: its page at its physical address, and the upper
 * half of ours. They take over the early tables, which nobody uses any more
 * and which lie below 4 GiB, where real-mode code can reach them.
 */
static u32 make_tables(u64 page_hpa)
{
	const u64 *host = phys_to_virt(read_cr3() & BITS(51, 12));
	u64 va = page_hpa;

	memset(boot_tables, 0, sizeof(boot_tables));
	memcpy(&boot_tables[0][256], &host[256], 256 * sizeof(u64));
	for (u32 i = 0; i < 3; i++)
		boot_tables[i][va >> (39 - 9 * i) & 511] =
			virt_to_hpa(boot_tables[i + 1]) | PTE_P_RW;
	boot_tables[3][va >> PAGE_SHIFT & 511] = page_hpa | PTE_P_RW;
	return (u32)virt_to_hpa(boot_tables[0]);
}

static struct smp_slot *install_trampoline(u64 page_hpa)
{
	u8 *page = phys_to_virt(page_hpa);
	struct smp_slot *slot;

	memcpy(page, trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	slot = (struct smp_slot *)(page + (trampoline_slot - trampoline_start));
	slot->entry = (u64)ap_start;
	return slot;
}

/* 0, -ENOMEM, or -ETIMEDOUT. */
static int start_cpu(struct smp_slot *slot, u64 page_hpa, u32 index,
		     u32 apic_id)
{
	struct cpu_area *area;

	area = make_area(index, apic_id, &slot->stack);
	if (!area)
		return fail(-ENOMEM);
	/* After the stacks: their first page may have added a PML4 entry. */
	slot->cr3 = make_tables(page_hpa);
	slot->area = (u64)area;
	slot->apic_id = apic_id;
	__atomic_store_n(&slot->state, SLOT_WAITING, __ATOMIC_RELEASE);
	lapic_start_ap(apic_id, page_hpa);
	if (wait_until(START_TIMEOUT_US,
		       __atomic_load_n(&area->start, __ATOMIC_ACQUIRE)))
		return 0;
	/* Its area and stacks are lost: it may yet wake up on them. */
	return settle(area, CPU_GIVEN_UP) ? -ETIMEDOUT : 0;
}

static bool may_start(u32 apic_id)
{
	if (apic_id == cpu_shared[0].apic_id)
		return false;
	if (lapic_is_x2apic() || apic_id < XAPIC_IDS)
		return true;
	log_warn("smp", "APIC ID %u left out: it needs x2APIC mode", apic_id);
	return false;
}

static void start_all(u64 page_hpa, u32 limit)
{
	struct smp_slot *slot = install_trampoline(page_hpa);

	for (u32 i = 0; i < acpi.cpu_count && cpu_count < limit; i++) {
		u32 id = acpi.cpu_apic_id[i];
		int err;

		if (!may_start(id))
			continue;
		err = start_cpu(slot, page_hpa, cpu_count, id);
		if (!err)
			cpu_count++;
		else
			log_error("smp", "CPU with APIC ID %u did not start: "
				  "%s", id, err == -ENOMEM ? "no memory" :
				  "no answer");
		if (err == -ENOMEM)
			break;
	}
}

void smp_start(u32 max_cpus)
{
	u32 wanted = acpi.cpu_count + acpi.cpus_dropped;
	u32 limit = max_cpus ? min(max_cpus, (u32)MAX_CPUS) : MAX_CPUS;
	u64 page_hpa = page_low_hpa();

	cpu_shared[0].apic_id = lapic_id();
	if (page_hpa)
		start_all(page_hpa, limit);
	else if (wanted > 1)
		log_error("smp", "no RAM below 640 KiB to start CPUs from");
	log_info("smp", "%u CPUs online (of %u in the MADT), %s mode",
		 cpu_count, wanted, lapic_is_x2apic() ? "x2APIC" : "xAPIC");
	if (cpu_count < min(wanted, limit))
		log_error("smp", "%u CPUs are missing",
			  min(wanted, limit) - cpu_count);
}
