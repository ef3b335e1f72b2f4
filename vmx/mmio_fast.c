/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The access that a driver makes: MOV of a register or an immediate in 64-bit
 * mode, decoded before, one operand within the page that exited. The CPU has
 * just fetched the instruction and translated both addresses, so rights and
 * faults need no second look. Everything else is left to mmio.c.
 */
#include "vmx/gva.h"
#include "vmx/mmio.h"

#include <hw/cpu.h>
#include <hw/phys.h>
#include <hw/vmx.h>

#define TOP_SHIFT	39

/* Between low RAM and what comes next there is no RAM. */
static bool in_hole(const struct guest *g, u64 gpa)
{
	return gpa - g->slot[0].gpa >= g->slot[0].len_bytes &&
	       (g->slot_count == 1 || gpa < g->slot[1].gpa);
}

/* Low RAM is the first slot; NULL when 8 bytes at @gpa are not all in it. */
static const u64 *low_ram(const struct guest *g, u64 gpa)
{
	const struct guest_slot *slot = &g->slot[0];

	if (unlikely(gpa - slot->gpa > slot->len_bytes - sizeof(u64)))
		return NULL;
	return phys_to_virt(slot->hpa + (gpa - slot->gpa));
}

/*
 * Where the 16 bytes at @rip are, with the entries that lead there; NULL if
 * they are not in one page of low RAM.
 */
static const u64 *walk(const struct guest *g, u64 rip, struct code_walk *w)
{
	u64 entry = w->cr3, leaf_mask = PAGE_SIZE - 1;

	for (u32 level = 0; level < CODE_LEVELS; level++) {
		u32 shift = 39 - 9 * level;
		const u64 *at = low_ram(g, (entry & PTE_ADDR) +
					((rip >> shift) & 511) * 8);

		if (!at)
			return NULL;
		entry = READ_ONCE(*at);
		if (!(entry & PTE_P))
			return NULL;
		w->at[level] = at;
		w->entry[level] = entry;
		w->levels = level + 1;
		leaf_mask = BIT(shift) - 1;
		if (entry & PTE_PS)
			break;
	}
	if ((rip & (PAGE_SIZE - 1)) > PAGE_SIZE - 16)
		return NULL;
	return low_ram(g, (entry & PTE_ADDR & ~leaf_mask) + (rip & leaf_mask));
}

/* The same entries say the same: what a walk would find again. */
static inline bool walk_holds(const struct code_walk *w, u64 cr3)
{
	if (w->cr3 != cr3)
		return false;
	for (u32 i = 0; i < w->levels; i++)
		if (READ_ONCE(*w->at[i]) != w->entry[i])
			return false;
	return true;
}

/* The bytes at @rip are those that @e was decoded from. */
static inline bool same_code(const struct guest *g,
			     struct insn_cache_entry *e, u64 rip)
{
	struct code_walk *w = &e->walk;
	u64 cr3 = vmread(VMCS_GUEST_CR3);

	if (unlikely(!w->code || w->rip != rip || !walk_holds(w, cr3))) {
		*w = (struct code_walk){ .cr3 = cr3, .rip = rip };
		w->code = walk(g, rip, w);
		if (!w->code)
			return false;
	}
	return READ_ONCE(w->code[0]) == e->bytes.low &&
	       (READ_ONCE(w->code[1]) & INSN_HIGH_BYTES) == e->bytes.high;
}

bool mmio_is_simple(const struct insn *insn, u8 mode)
{
	if (mode != INSN_MODE_64 || insn->lock || insn->base == RSP ||
	    insn->segment == INSN_FS || insn->segment == INSN_GS)
		return false;
	if (insn->op != INSN_MOV && insn->op != INSN_MOVZX)
		return false;
	return insn->other == INSN_OTHER_IMM ||
	       (insn->reg != RSP && !insn->reg_high);
}

/* The page offset of the memory operand: base + index * 2^shift + disp. */
static inline u64 operand_offset(const struct insn *insn, const u64 *gpr,
				 u64 next_rip)
{
	u64 offset = insn->disp;

	if (insn->base == INSN_RIP)
		offset += next_rip;
	else if (insn->base != INSN_NO_REG)
		offset += gpr[insn->base];
	if (insn->index != INSN_NO_REG)
		offset += gpr[insn->index] << insn->shift;
	return offset & (PAGE_SIZE - 1);
}

/*
 * The device at @gpa, remembered with the instruction, or NULL for a hole.
 * False: not known to be either.
 */
static inline bool device_at(const struct vcpu *vcpu,
			     struct insn_cache_entry *e, u64 gpa)
{
	const struct guest *g = &vcpu->vm->guest;

	if (likely(e->gpa == gpa))
		return true;
	if (!in_hole(g, gpa))
		return false;
	e->gpa = gpa;
	e->region = guest_mmio_region(g, gpa, e->insn.size_bytes);
	return true;
}

/* @e is passed in so that its address is computed once. */
static __noinline bool
access_device(struct vcpu *vcpu, struct insn_cache_entry *e, u64 gpa, u64 rip)
{
	const struct insn *insn = &e->insn;
	u64 page_offset = gpa & (PAGE_SIZE - 1);
	struct trap_access access;

	/* Another operand: someone has changed the instruction meanwhile. */
	if (!device_at(vcpu, e, gpa) || !same_code(&vcpu->vm->guest, e, rip) ||
	    page_offset != operand_offset(insn, vcpu->gpr,
					  rip + insn->len_bytes))
		return false;
	access.data = insn->other == INSN_OTHER_IMM ? insn->imm
						    : vcpu->gpr[insn->reg];
	access.data &= e->data_mask;
	access.vcpu = vcpu->index;
	access.size_bytes = insn->size_bytes;
	access.write = insn->mem_write;
	if (likely(e->region)) {
		access.offset = gpa - e->region->base;
		e->region->handler(e->region->device, &access);
	} else {
		guest_mmio(&vcpu->vm->guest, gpa, &access);
	}
	access.data &= e->data_mask;
	/* A result of 32 bits clears the upper half. */
	if (insn->reg_write && insn->reg_bytes >= 4)
		vcpu->gpr[insn->reg] = access.data;
	else if (insn->reg_write)
		insn_reg_write(insn, vcpu->gpr, access.data);
	vcpu_skip(insn->len_bytes);
	return true;
}

bool mmio_fast(struct vcpu *vcpu, u64 gpa)
{
	u64 rip = vmread(VMCS_GUEST_RIP);
	struct insn_cache_entry *e = mmio_cache_slot(vcpu, rip);

	return e->simple && !vcpu_is_apic(vcpu, gpa) && vcpu_long64() &&
	       access_device(vcpu, e, gpa, rip);
}
