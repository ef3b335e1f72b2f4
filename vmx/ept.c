/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Second-stage mappings of a VM (SDM 3 29.3 "The Extended Page Table
 * Mechanism"). Everything that is mapped is ordinary memory, so the type is
 * always write-back and the guest's PAT is ignored: a guest that maps its RAM
 * uncached slows nobody down. RAM that is not mapped when it is touched comes
 * (back) page by page.
 *
 * vm->lock guards the tables; the CPUs walk them meanwhile, which is why an
 * entry changes by one store (core/pgtable.c).
 */
#include "core/err.h"
#include "core/log.h"
#include "core/paging.h"
#include "vmx/vcpu.h"

#include <hw/vmx.h>

#define EPT_R		BIT(0)
#define EPT_W		BIT(1)
#define EPT_X		BIT(2)
#define EPT_TYPE	BITS(5, 3)
#define EPT_TYPE_WB	6ull
#define EPT_IGNORE_PAT	BIT(6)
#define EPT_RWX		(EPT_R | EPT_W | EPT_X)
#define EPT_MEMORY	(field_prep(EPT_TYPE, EPT_TYPE_WB) | EPT_IGNORE_PAT)

/* EPTP (SDM 25.6.11) */
#define EPTP_TYPE	BITS(2, 0)
#define EPTP_WALK	BITS(5, 3)	/* levels less one */
#define EPTP_AD		BIT(6)
#define EPT_LEVELS	4

int ept_init(struct vm *vm, bool use_1g)
{
	u8 max_leaf = use_1g && (vmx_caps.ept_vpid & EPT_CAP_1G) ? 3 : 2;
	int err = pgtable_init(&vm->ept, EPT_LEVELS, max_leaf, EPT_RWX,
			       EPT_RWX);

	if (err)
		return err;
	vm->eptp = vm->ept.root_hpa | field_prep(EPTP_TYPE, EPT_TYPE_WB) |
		   field_prep(EPTP_WALK, EPT_LEVELS - 1);
	if (vmx_caps.ept_vpid & EPT_CAP_AD)
		vm->eptp |= EPTP_AD;
	return 0;
}

/* Every vCPU flushes before it enters again; those in the guest exit now. */
static void flush_all(struct vm *vm)
{
	for (u32 i = 0; i < vm->vcpu_count; i++) {
		if (vm->vcpu[i])
			sched_post(&vm->vcpu[i]->se, SCHED_REQ_TLB);
	}
}

static int map_locked(struct vm *vm, u64 gpa, u64 hpa, u64 len_bytes, u64 perms)
{
	int err;

	spin_lock(&vm->lock);
	err = pgtable_map(&vm->ept, gpa, hpa, len_bytes, perms | EPT_MEMORY);
	spin_unlock(&vm->lock);
	return err;
}

int guest_map(struct guest *g, u64 gpa, u64 hpa, u64 len_bytes,
	      enum guest_prot prot)
{
	static const u64 perms[] = { [GUEST_RO] = EPT_R,
				     [GUEST_RW] = EPT_R | EPT_W,
				     [GUEST_RWX] = EPT_RWX };
	struct vm *vm = container_of(g, struct vm, guest);
	int err = map_locked(vm, gpa, hpa, len_bytes, perms[prot]);

	flush_all(vm);
	return err;
}

int guest_unmap(struct guest *g, u64 gpa, u64 len_bytes)
{
	struct vm *vm = container_of(g, struct vm, guest);
	int err;

	spin_lock(&vm->lock);
	err = pgtable_unmap(&vm->ept, gpa, len_bytes);
	spin_unlock(&vm->lock);
	flush_all(vm);
	return err;
}

/* ROM holds code too; stores to it exit and are dropped. */
static u64 slot_perms(const struct guest_slot *slot)
{
	return slot->readonly ? EPT_R | EPT_X : EPT_RWX;
}

static const struct guest_slot *find_slot(const struct guest *g, u64 gpa)
{
	for (u32 i = 0; i < g->slot_count; i++) {
		if (gpa - g->slot[i].gpa < g->slot[i].len_bytes)
			return &g->slot[i];
	}
	return NULL;
}

/*
 * EPT violation at @gpa. True: there is RAM and it is mapped now (another
 * vCPU may have been faster, or the violation came from a stale entry; the
 * violation itself has dropped that). False: a device, a hole, or a write to
 * ROM.
 */
bool ept_restore(struct vm *vm, u64 gpa, bool write)
{
	const struct guest_slot *slot = find_slot(&vm->guest, gpa);
	u64 page = align_down(gpa, PAGE_SIZE);
	u64 wanted = write ? EPT_W : EPT_R, leaf;
	int err = 0;
	u8 level;

	if (!slot || (write && slot->readonly))
		return false;
	spin_lock(&vm->lock);
	leaf = pgtable_lookup(&vm->ept, page, &level);
	if (!(leaf & wanted))
		err = pgtable_map(&vm->ept, page,
				  slot->hpa + (page - slot->gpa), PAGE_SIZE,
				  slot_perms(slot) | EPT_MEMORY);
	spin_unlock(&vm->lock);
	if (err)
		guest_stop(&vm->guest, GUEST_STOP_UNHANDLED, (u64)-err);
	return true;
}

int ept_map_apic(struct vm *vm)
{
	int err = 0;

	spin_lock(&vm->lock);
	if (vm->apic_users++ == 0)
		err = pgtable_map(&vm->ept, VLAPIC_GPA,
				  virt_to_hpa(vm->apic_access), PAGE_SIZE,
				  EPT_R | EPT_W | EPT_MEMORY);
	spin_unlock(&vm->lock);
	return err;
}

void ept_unmap_apic(struct vm *vm)
{
	bool last;
	int err = 0;

	spin_lock(&vm->lock);
	last = --vm->apic_users == 0;
	if (last)
		err = pgtable_unmap(&vm->ept, VLAPIC_GPA, PAGE_SIZE);
	spin_unlock(&vm->lock);
	if (err)
		log_error("vmx", "%s: APIC page stays mapped",
			  vm->guest.name);
	if (last)
		flush_all(vm);
}
