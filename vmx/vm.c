/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life of a virtual machine. Creation and destruction run on CPU 0; in
 * between, each vCPU belongs to its CPU and leaves it by itself:
 *
 *	CREATED --vm_start--> RUNNING --guest_stop--> STOPPING
 *	        --the last vCPU has left its CPU--> STOPPED
 */
#include "core/cpu.h"
#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/paging.h"
#include "core/string.h"
#include "core/time.h"
#include "vmx/cpuid.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/phys.h>

#define VPIDS		4096		/* VM_MAX_VCPUS for 64 VMs */
#define IO_BITMAP_PAGES	2

static u64 vpid_used[VPIDS / 64] = { 1 };	/* 0 is the host's */
static u32 next_guest_id;

static u16 vpid_alloc(void)
{
	for (u32 i = 0; i < VPIDS; i++) {
		u64 bit = BIT(i % 64);

		if (vpid_used[i / 64] & bit)
			continue;
		vpid_used[i / 64] |= bit;
		return (u16)i;
	}
	return 0;
}

static void vpid_free(u16 vpid)
{
	if (vpid)
		vpid_used[vpid / 64] &= ~BIT(vpid % 64);
}

static void *alloc_pages(u64 pages)
{
	u64 hpa = page_alloc_hpa(pages, PAGE_SIZE);

	return hpa == PAGE_ALLOC_FAILED ? NULL : phys_to_virt(hpa);
}

static void free_pages(void *va, u64 pages)
{
	if (va)
		page_free_hpa(virt_to_hpa(va), pages);
}

static u64 vcpu_pages(void)
{
	return (sizeof(struct vcpu) + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Undo whatever vcpu_create() got to. */
static void vcpu_free(struct vcpu *vcpu)
{
	if (!vcpu)
		return;
	if (vcpu->vmcs_hpa)
		page_free_hpa(vcpu->vmcs_hpa, 1);
	free_pages(vcpu->xstate, vcpu->xstate_pages);
	free_pages(vcpu->lapic.page, 1);
	free_pages(vcpu->lapic.pid, 1);
	vpid_free(vcpu->vpid);
	free_pages(vcpu, vcpu_pages());
}

static int vcpu_alloc_parts(struct vcpu *vcpu)
{
	u32 *vmcs = page_alloc();

	if (!vmcs)
		return -ENOMEM;
	vmcs[0] = vmx_caps.revision;
	vcpu->vmcs_hpa = virt_to_hpa(vmcs);
	vcpu->xstate_pages = (vmx_caps.xstate_bytes + PAGE_SIZE - 1) /
			     PAGE_SIZE;
	vcpu->xstate = alloc_pages(vcpu->xstate_pages);
	/*
	 * The descriptor gets a page of its own, where 64 bytes would do: some
	 * CPU models insist on that alignment.
	 */
	vcpu->lapic.page = page_alloc();
	vcpu->lapic.pid = page_alloc();
	vcpu->vpid = vpid_alloc();
	if (!vcpu->xstate || !vcpu->lapic.page || !vcpu->lapic.pid ||
	    !vcpu->vpid)
		return -ENOMEM;
	vcpu->lapic.page_hpa = virt_to_hpa(vcpu->lapic.page);
	vcpu->lapic.pid_hpa = virt_to_hpa(vcpu->lapic.pid);
	return 0;
}

/* Hung into vm->vcpu at once: vm_free() finds what there is. */
static int vcpu_create(struct vm *vm, u32 index, const struct vm_params *p)
{
	struct vcpu *vcpu = alloc_pages(vcpu_pages());

	if (!vcpu)
		return fail(-ENOMEM);
	vm->vcpu[index] = vcpu;
	vm->vlapic[index] = &vcpu->lapic;
	vcpu->vm = vm;
	vcpu->index = index;
	if (vcpu_alloc_parts(vcpu))
		return fail(-ENOMEM);
	vcpu->se.cpu = p->cpu[index];
	vcpu->se.share = p->share;
	vcpu->lapic.se = &vcpu->se;
	vcpu->xcr0 = 1;			/* XCR0 after reset: x87 */
	xstate_init(vcpu->xstate);
	msr_init(vcpu);
	return 0;
}

static int create_tables(struct vm *vm, const struct vm_params *p)
{
	struct cpuid_clock clock = cpuid_clock(time_tsc_hz());

	vm->apic_access = page_alloc();
	vm->io_bitmap = alloc_pages(IO_BITMAP_PAGES);
	vm->cpuid = page_alloc();
	vm->apic.pid_table = page_alloc();
	if (!vm->apic_access || !vm->io_bitmap || !vm->cpuid ||
	    !vm->apic.pid_table)
		return fail(-ENOMEM);
	/* Reads as a hole does, for a vCPU that is not in xAPIC mode. */
	memset(vm->apic_access, 0xff, PAGE_SIZE);
	memset(vm->io_bitmap, 0xff, IO_BITMAP_PAGES * PAGE_SIZE);
	cpuid_build(vm->cpuid, p->vcpus, p->x2apic, clock);
	vm->apic.pid_table_hpa = virt_to_hpa(vm->apic.pid_table);
	vm->apic.pid_table_entries = p->vcpus;
	vm->apic.timer_hz = clock.crystal_hz;
	vm->apic.phys_bits = (u8)vm->cpuid->entry[vm->cpuid->ext[8].first].eax;
	vm->apic.no_x2apic = !p->x2apic;
	return msr_bitmaps_build(vm);
}

static void vm_free(struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++) {
		vcpu_free(vm->vcpu[i]);
		vm->vcpu[i] = NULL;
		vm->vlapic[i] = NULL;
	}
	free_pages(vm->apic_access, 1);
	free_pages(vm->io_bitmap, IO_BITMAP_PAGES);
	free_pages(vm->cpuid, 1);
	free_pages(vm->msr_bitmap_xapic, 1);
	free_pages(vm->msr_bitmap_x2apic, 1);
	free_pages(vm->msr_bitmap_ipiv, 1);
	free_pages(vm->apic.pid_table, 1);
	if (vm->ept.root_hpa)
		pgtable_destroy(&vm->ept);
	vm->vcpu_count = 0;
}

static int params_check(const struct vm_params *p)
{
	if (!p->vcpus || p->vcpus > VM_MAX_VCPUS)
		return fail(-EINVAL);
	for (u32 i = 0; i < p->vcpus; i++) {
		if (p->cpu[i] >= cpu_count)
			return fail(-EINVAL);
	}
	return 0;
}

static int create_parts(struct vm *vm, const struct vm_params *p)
{
	int err = ept_init(vm, p->ept_1g);

	if (err)
		return err;
	err = apic_domain_init(&vm->apic, &vm->guest, vm->vlapic, p->vcpus);
	if (err)
		return err;
	err = create_tables(vm, p);
	for (u32 i = 0; !err && i < p->vcpus; i++)
		err = vcpu_create(vm, i, p);
	return err;
}

int vm_create(struct vm *vm, const struct vm_params *p)
{
	int err = params_check(p);

	if (err)
		return err;
	memset(vm, 0, sizeof(*vm));
	str_copy(vm->guest.name, sizeof(vm->guest.name), p->name);
	vm->guest.id = ++next_guest_id;
	vm->x2apic = p->x2apic;
	vm->vcpu_count = p->vcpus;
	vm->state = VM_CREATED;
	spin_init(&vm->lock, LOCK_VM);
	err = create_parts(vm, p);
	if (err) {
		vm_free(vm);
		return err;
	}
	for (u32 i = 0; i < p->vcpus; i++)
		vlapic_init(vm->vlapic[i], &vm->apic, i, i == 0);
	return 0;
}

/* From here on the vCPUs belong to their CPUs. */
void vm_start(struct vm *vm, const struct guest_entry *entry)
{
	u64 offset = -time_now_tsc();	/* all TSCs start at 0 together */

	vm->entry = *entry;
	vm->vcpu[0]->entry = &vm->entry;
	vm->running = vm->vcpu_count;
	__atomic_store_n(&vm->state, VM_RUNNING, __ATOMIC_RELEASE);
	for (u32 i = 0; i < vm->vcpu_count; i++)
		vlapic_set_tsc_offset(vm->vlapic[i], offset);
	for (u32 i = 0; i < vm->vcpu_count; i++)
		sched_attach(&vm->vcpu[i]->se);
}

void vm_destroy(struct vm *vm)
{
	vm_free(vm);
}

/* The first reason wins; everyone may call this at any time, more than once. */
void guest_stop(struct guest *g, enum guest_stop_reason reason, u64 code)
{
	struct vm *vm = container_of(g, struct vm, guest);
	u32 none = GUEST_STOP_NONE, running = VM_RUNNING;

	if (!__atomic_compare_exchange_n(&vm->stop_reason, &none, (u32)reason,
					 false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	vm->stop_code = code;
	/* A VM that never ran has no vCPU that could leave. */
	if (!__atomic_compare_exchange_n(&vm->state, &running, VM_STOPPING,
					 false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return;
	for (u32 i = 0; i < vm->vcpu_count; i++)
		sched_post(&vm->vcpu[i]->se, SCHED_REQ_STOP);
}

/* The last one out. After the state is set, CPU 0 may free everything. */
void vm_vcpu_left(struct vm *vm)
{
	/* Acquire-release: what every vCPU did comes before STOPPED. */
	if (__atomic_sub_fetch(&vm->running, 1, __ATOMIC_ACQ_REL))
		return;
	__atomic_store_n(&vm->state, VM_STOPPED, __ATOMIC_RELEASE);
	cpu_request(0, CPU_REQ_VM);
}

static bool any_requests(const struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++) {
		if (__atomic_load_n(&vm->vcpu[i]->se.requests,
				    __ATOMIC_SEQ_CST))
			return true;
	}
	return false;
}

/*
 * This vCPU waits with interrupts off or for a SIPI. When all do, nobody is
 * left to send one: `cli; hlt` is how small guests end. A vCPU that is woken
 * uncounts itself before it takes its requests, so whoever counts all of them
 * either sees the request or a smaller count. Both sides use sequentially
 * consistent order for that.
 */
void vm_vcpu_stuck(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	vcpu->work |= WORK_STUCK;
	if (__atomic_add_fetch(&vm->stuck, 1, __ATOMIC_SEQ_CST) ==
		    vm->vcpu_count && !any_requests(vm))
		guest_stop(&vm->guest, GUEST_STOP_NO_CPU, 0);
}

void vm_vcpu_unstuck(struct vcpu *vcpu)
{
	vcpu->work &= ~WORK_STUCK;
	__atomic_sub_fetch(&vcpu->vm->stuck, 1, __ATOMIC_SEQ_CST);
}
