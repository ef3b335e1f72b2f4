/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest page-table walk (SDM 3 chapter 4 "Paging"): none, 32-bit, PAE and
 * 4-level. Bounded by the levels; each entry is read once. Accessed and dirty
 * flags are left alone and protection keys are not applied: the CPU did both
 * for the operand that made it exit.
 */
#include "vmx/gva.h"

#include "core/err.h"
#include "core/string.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_PS		BIT(7)
#define PTE_XD		BIT(63)
#define PTE_ADDR	BITS(51, 12)
#define PDE_PSE36	BITS(20, 13)	/* bits 39:32 of a 4 MiB page */
#define CR3_PDPT	BITS(31, 5)
#define RFLAGS_AC	BIT(18)

struct walk {
	u64 table_gpa;
	u8 level;		/* 1: the entry maps a 4 KiB page */
	u8 entry_bytes;
	bool writable, user, execute;
};

void gva_mode_read(struct gva_mode *mode)
{
	u32 cs_ar = vmread32(VMCS_GUEST_AR(SEG_CS));

	mode->cr0 = vmread(VMCS_GUEST_CR0);
	mode->cr3 = vmread(VMCS_GUEST_CR3);
	mode->cr4 = vmread(VMCS_GUEST_CR4);
	mode->efer = vmread64(VMCS_GUEST_EFER);
	mode->rflags = vmread(VMCS_GUEST_RFLAGS);
	mode->cpl = vcpu_cpl();
	mode->long64 = (mode->efer & EFER_LMA) && (cs_ar & AR_L);
	mode->cs_d = cs_ar & AR_DB;
}

static int fault_at(struct gva_fault *fault, u8 vector, u64 gva, u32 error)
{
	*fault = (struct gva_fault){ vector, error, gva };
	return -EFAULT;
}

static bool canonical(u64 gva)
{
	return (u64)((s64)(gva << 16) >> 16) == gva;
}

/* Where the walk begins. False: a PDPTE that is not present. */
static bool walk_start(const struct gva_mode *m, u64 gva, struct walk *w)
{
	u64 pdpte;

	*w = (struct walk){ .entry_bytes = 8, .writable = true, .user = true,
			    .execute = true };
	if (m->efer & EFER_LMA) {
		w->level = 4;
		w->table_gpa = m->cr3 & PTE_ADDR;
	} else if (m->cr4 & CR4_PAE) {
		/* The CPU uses the copies that MOV to CR3 took. */
		pdpte = vmread64(VMCS_GUEST_PDPTE((gva >> 30) & 3));
		w->level = 2;
		w->table_gpa = pdpte & PTE_ADDR;
		return pdpte & PTE_P;
	} else {
		w->level = 2;
		w->entry_bytes = 4;
		w->table_gpa = m->cr3 & BITS(31, 12);
	}
	return true;
}

static u32 index_bits(const struct walk *w)
{
	return w->entry_bytes == 8 ? 9 : 10;
}

static u32 level_shift(const struct walk *w)
{
	return PAGE_SHIFT + (w->level - 1u) * index_bits(w);
}

static int read_entry(const struct vcpu *vcpu, const struct walk *w, u64 gva,
		      u64 *entry)
{
	u64 index = (gva >> level_shift(w)) & (BIT(index_bits(w)) - 1);

	*entry = 0;
	return guest_read(&vcpu->vm->guest,
			  w->table_gpa + index * w->entry_bytes, entry,
			  w->entry_bytes);
}

static bool is_leaf(const struct gva_mode *m, const struct walk *w, u64 entry)
{
	if (w->level == 1)
		return true;
	if (!(entry & PTE_PS) || w->level == 4)
		return false;
	return w->entry_bytes == 8 || (m->cr4 & CR4_PSE);
}

static bool reserved_set(const struct gva_mode *m, const struct walk *w,
			 u64 entry)
{
	if (w->entry_bytes == 4)
		return false;
	if ((entry & PTE_XD) && !(m->efer & EFER_NXE))
		return true;
	return w->level == 4 && (entry & PTE_PS);
}

/* SDM 3 4.6.1 "Determination of Access Rights". */
static bool allowed(const struct gva_mode *m, const struct walk *w, u32 access)
{
	if (access & PF_USER) {
		if (!w->user || ((access & PF_WRITE) && !w->writable))
			return false;
		return !(access & PF_FETCH) || w->execute;
	}
	if (access & PF_FETCH)
		return w->execute && !(w->user && (m->cr4 & CR4_SMEP));
	if ((access & PF_WRITE) && !w->writable && (m->cr0 & CR0_WP))
		return false;
	return !w->user || !(m->cr4 & CR4_SMAP) || (m->rflags & RFLAGS_AC);
}

static u64 leaf_gpa(const struct walk *w, u64 entry, u64 gva)
{
	u64 offset = BIT(level_shift(w)) - 1;

	if (w->entry_bytes == 4 && w->level == 2)
		return (entry & BITS(31, 22)) | (gva & offset) |
		       field_get(PDE_PSE36, entry) << 32;
	return (entry & PTE_ADDR & ~offset) | (gva & offset);
}

static u32 error_code(const struct gva_mode *m, u32 access, u32 extra)
{
	/* "I/D is reported only with NXE or SMEP" */
	if (!(m->efer & EFER_NXE) && !(m->cr4 & CR4_SMEP))
		access &= ~(u32)PF_FETCH;
	return access | extra;
}

static int walk_tables(const struct vcpu *vcpu, const struct gva_mode *m,
		       u64 gva, u32 access, u64 *gpa, struct gva_fault *fault)
{
	struct walk w;
	u64 entry;

	if (!walk_start(m, gva, &w))
		goto not_present;
	for (; w.level; w.level--) {
		if (read_entry(vcpu, &w, gva, &entry) || !(entry & PTE_P))
			goto not_present;
		if (reserved_set(m, &w, entry))
			return fault_at(fault, VECTOR_PF, gva,
					error_code(m, access, PF_PRESENT |
							      PF_RESERVED));
		w.writable &= !!(entry & PTE_W);
		w.user &= !!(entry & PTE_U);
		w.execute &= w.entry_bytes == 4 || !(entry & PTE_XD);
		if (is_leaf(m, &w, entry)) {
			*gpa = leaf_gpa(&w, entry, gva);
			break;
		}
		w.table_gpa = entry & PTE_ADDR;
	}
	if (allowed(m, &w, access))
		return 0;
	return fault_at(fault, VECTOR_PF, gva,
			error_code(m, access, PF_PRESENT));
not_present:
	return fault_at(fault, VECTOR_PF, gva, error_code(m, access, 0));
}

int gva_translate(const struct vcpu *vcpu, const struct gva_mode *m, u64 gva,
		  u32 access, u64 *gpa, struct gva_fault *fault)
{
	if (!(m->efer & EFER_LMA))
		gva = (u32)gva;
	else if (m->long64 && !canonical(gva))
		return fault_at(fault, VECTOR_GP, gva, 0);
	if (!(m->cr0 & CR0_PG)) {
		*gpa = gva;
		return 0;
	}
	if (m->cpl == 3)
		access |= PF_USER;
	return walk_tables(vcpu, m, gva, access, gpa, fault);
}

static u32 page_run(u64 gva, u32 len_bytes)
{
	return (u32)min((u64)len_bytes, PAGE_SIZE - (gva & (PAGE_SIZE - 1)));
}

int gva_read(const struct vcpu *vcpu, const struct gva_mode *mode, u64 gva,
	     void *buf, u32 len_bytes, u32 access, struct gva_fault *fault)
{
	u8 *to = buf;
	u64 gpa;

	while (len_bytes) {
		u32 run = page_run(gva, len_bytes);

		if (gva_translate(vcpu, mode, gva, access, &gpa, fault))
			return -EFAULT;
		if (guest_read(&vcpu->vm->guest, gpa, to, run))
			memset(to, 0xff, run);
		gva += run;
		to += run;
		len_bytes -= run;
	}
	return 0;
}

int gva_write(const struct vcpu *vcpu, const struct gva_mode *mode, u64 gva,
	      const void *buf, u32 len_bytes, struct gva_fault *fault)
{
	const u8 *from = buf;
	u64 gpa;

	while (len_bytes) {
		u32 run = page_run(gva, len_bytes);

		if (gva_translate(vcpu, mode, gva, PF_WRITE, &gpa, fault))
			return -EFAULT;
		/* No RAM there: a store to nowhere, as on a bus. */
		(void)!guest_write(&vcpu->vm->guest, gpa, from, run);
		gva += run;
		from += run;
		len_bytes -= run;
	}
	return 0;
}

int gva_probe(const struct vcpu *vcpu, const struct gva_mode *mode, u64 gva,
	      u32 len_bytes, u32 access, struct gva_fault *fault)
{
	u64 last = gva + len_bytes - 1, gpa;

	if (gva_translate(vcpu, mode, gva, access, &gpa, fault))
		return -EFAULT;
	if ((gva ^ last) >> PAGE_SHIFT == 0)
		return 0;
	return gva_translate(vcpu, mode, last, access, &gpa, fault);
}

enum exit_result gva_inject(struct vcpu *vcpu, const struct gva_fault *fault)
{
	if (fault->vector == VECTOR_PF)
		inject_page_fault(vcpu, fault->gva, fault->error);
	else
		inject_exception_error(vcpu, fault->vector, 0);
	return EXIT_RESUME;
}
