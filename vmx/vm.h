/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual machine: guest memory, interrupt domain, EPT and vCPUs. Life
 * cycle: vm_create -> (load guest, add devices) -> vm_start -> runs on the
 * CPUs of its vCPUs -> guest_stop() -> every vCPU leaves -> VM_STOPPED ->
 * vm_destroy. vm_create/start/destroy run on CPU 0 under LOCK_MONITOR.
 */
#ifndef VMX_VM_H
#define VMX_VM_H

#include "apic/domain.h"
#include "core/apicv.h"
#include "core/guest.h"
#include "core/pgtable.h"
#include "core/spinlock.h"
#include "core/types.h"

#define VM_MAX_VCPUS	64
#define VMX_EXIT_REASONS 96

struct cpuid_table;
struct vcpu;

enum vm_state { VM_CREATED, VM_RUNNING, VM_STOPPING, VM_STOPPED };

struct vm_params {
	const char *name;
	u32 vcpus;
	u32 cpu[VM_MAX_VCPUS];		/* CPU index of each vCPU */
	u32 share;
	bool x2apic;			/* offer x2APIC in CPUID */
	bool ept_1g;
};

struct vm {
	/* Set once at creation. */
	struct guest guest;
	struct apic_domain apic;
	struct vcpu *vcpu[VM_MAX_VCPUS];
	struct vlapic *vlapic[VM_MAX_VCPUS];
	u32 vcpu_count;
	bool x2apic;
	struct pgtable ept;
	u64 eptp;
	void *msr_bitmap_xapic;		/* one page each */
	void *msr_bitmap_x2apic;
	void *msr_bitmap_ipiv;		/* as x2apic, with the ICR open */
	void *io_bitmap;		/* A and B, two pages */
	void *apic_access;		/* APIC-access page, this VM's own */
	struct cpuid_table *cpuid;
	struct guest_entry entry;	/* of the boot vCPU, from vm_start */
	/* `lock` held. */
	struct spinlock lock;		/* LOCK_VM */
	u32 apic_users;			/* vCPUs that want apic_access mapped */
	/* Atomic. */
	u32 state;			/* enum vm_state */
	u32 running;			/* vCPUs that have not left yet */
	u32 stuck;			/* vCPUs that only another can wake */
	u32 stop_reason;		/* enum guest_stop_reason, first wins */
	u64 stop_code;
};

/* On failure nothing is left allocated. -ENOMEM, -EINVAL. */
int vm_create(struct vm *vm, const struct vm_params *params) __must_check;
/* Put the boot vCPU at @entry and hand all vCPUs to their CPUs. */
void vm_start(struct vm *vm, const struct guest_entry *entry);
/* Only in VM_CREATED or VM_STOPPED. Guest RAM is the caller's to free. */
void vm_destroy(struct vm *vm);

const char *vmx_exit_name(u32 reason);
const char *guest_stop_name(enum guest_stop_reason reason);
/* Exits of one vCPU by reason, for the monitor; any CPU (racy reads). */
u64 vcpu_exit_count(const struct vcpu *vcpu, u32 reason);
/* The same for rows of other counters; NULL name: no such row. */
const char *vcpu_counter_name(u32 row);
u64 vcpu_counter(const struct vcpu *vcpu, u32 row);
struct sched_entity *vcpu_entity(struct vcpu *vcpu);

/* Before vmx_probe(): use no rung above @best. */
void vmx_limit_apicv(enum apicv_rung best);
/*
 * Once, before anything else in vmx/: check what the CPU offers, one log line
 * for each missing feature. Returns END_OK or the status to end with.
 */
int vmx_probe(void) __must_check;
/* Each CPU: VMXON. -EIO. */
int vmx_cpu_on(void) __must_check;
void vmx_cpu_off(void);

/*
 * Owner CPU, IF=0: run the vCPU of a picked entity until its slice ends, it
 * blocks, stops, or this CPU has requests (cpu->shared->requests,
 * shared->incoming) to answer.
 */
void vcpu_run(struct sched_entity *se);

#endif
