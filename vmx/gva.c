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

#define PDE_PSE36	BITS(20, 13)	/* bits 39:32 of a 4 MiB page */
#define RFLAGS_AC	BIT(18)

/* What the entries of a walk allow together, and where it ended. */
struct walk {
	u64 rights;		/* AND of all entries: PTE_W, PTE_U */
	u64 denied;		/* OR of all entries: PTE_XD */
	u64 gpa;
};

enum walk_end { WALK_DONE, WALK_ABSENT, WALK_RESERVED };

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

/*
 * Tables of 8-byte entries from the one whose entries map 2^@shift bytes: 39
 * for 4-level paging, 21 for PAE behind its PDPTEs.
 */
static enum walk_end walk_64(const struct vcpu *vcpu, const struct gva_mode *m,
			     u64 table_gpa, u32 shift, u64 gva, struct walk *w)
{
	u64 reserved = m->efer & EFER_NXE ? 0 : PTE_XD;
	u64 entry, leaf_mask;

	for (;; shift -= 9) {
		if (guest_read_u64(&vcpu->vm->guest, table_gpa +
				   ((gva >> shift) & 511) * 8, &entry) ||
		    !(entry & PTE_P))
			return WALK_ABSENT;
		if (entry & (reserved | (shift == 39 ? PTE_PS : 0)))
			return WALK_RESERVED;
		w->rights &= entry;
		w->denied |= entry;
		table_gpa = entry & PTE_ADDR;
		if (shift == PAGE_SHIFT || (entry & PTE_PS))
			break;
	}
	leaf_mask = BIT(shift) - 1;
	w->gpa = (table_gpa & ~leaf_mask) | (gva & leaf_mask);
	return WALK_DONE;
}

/* SDM 3 4.3 "32-Bit Paging", with 4 MiB pages and PSE-36. */
static enum walk_end walk_32(const struct vcpu *vcpu, const struct gva_mode *m,
			     u64 gva, struct walk *w)
{
	const struct guest *g = &vcpu->vm->guest;
	u64 table_gpa = m->cr3 & BITS(31, 12);
	u32 entry;

	if (guest_read(g, table_gpa + ((gva >> 22) & 1023) * 4, &entry, 4) ||
	    !(entry & PTE_P))
		return WALK_ABSENT;
	w->rights &= entry;
	if ((entry & PTE_PS) && (m->cr4 & CR4_PSE)) {
		w->gpa = (entry & BITS(31, 22)) | (gva & BITS(21, 0)) |
			 field_get(PDE_PSE36, entry) << 32;
		return WALK_DONE;
	}
	table_gpa = entry & BITS(31, 12);
	if (guest_read(g, table_gpa + ((gva >> 12) & 1023) * 4, &entry, 4) ||
	    !(entry & PTE_P))
		return WALK_ABSENT;
	w->rights &= entry;
	w->gpa = (entry & BITS(31, 12)) | (gva & BITS(11, 0));
	return WALK_DONE;
}

static enum walk_end walk_tables(const struct vcpu *vcpu,
				 const struct gva_mode *m, u64 gva,
				 struct walk *w)
{
	u64 pdpte;

	if (m->efer & EFER_LMA)
		return walk_64(vcpu, m, m->cr3 & PTE_ADDR, 39, gva, w);
	if (!(m->cr4 & CR4_PAE))
		return walk_32(vcpu, m, gva, w);
	/* The CPU uses the copies that MOV to CR3 took. */
	pdpte = vmread64(VMCS_GUEST_PDPTE((gva >> 30) & 3));
	if (!(pdpte & PTE_P))
		return WALK_ABSENT;
	return walk_64(vcpu, m, pdpte & PTE_ADDR, 21, gva, w);
}

/* SDM 3 4.6.1 "Determination of Access Rights". */
static bool allowed(const struct gva_mode *m, const struct walk *w, u32 access)
{
	bool user = w->rights & PTE_U, writable = w->rights & PTE_W;

	if ((access & PF_FETCH) && (w->denied & PTE_XD))
		return false;
	if (access & PF_USER)
		return user && (writable || !(access & PF_WRITE));
	if (access & PF_FETCH)
		return !user || !(m->cr4 & CR4_SMEP);
	if ((access & PF_WRITE) && !writable && (m->cr0 & CR0_WP))
		return false;
	return !user || !(m->cr4 & CR4_SMAP) || (m->rflags & RFLAGS_AC);
}

static u32 error_code(const struct gva_mode *m, u32 access, u32 extra)
{
	/* "I/D is reported only with NXE or SMEP" */
	if (!(m->efer & EFER_NXE) && !(m->cr4 & CR4_SMEP))
		access &= ~(u32)PF_FETCH;
	return access | extra;
}

static int translate(const struct vcpu *vcpu, const struct gva_mode *m,
		     u64 gva, u32 access, u64 *gpa, struct gva_fault *fault)
{
	struct walk w = { .rights = ~0ull };
	u32 extra = PF_PRESENT;

	switch (walk_tables(vcpu, m, gva, &w)) {
	case WALK_ABSENT:
		extra = 0;
		break;
	case WALK_RESERVED:
		extra |= PF_RESERVED;
		break;
	case WALK_DONE:
		*gpa = w.gpa;
		if (likely(allowed(m, &w, access)))
			return 0;
		break;
	}
	return fault_at(fault, VECTOR_PF, gva, error_code(m, access, extra));
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
	return translate(vcpu, m, gva, access, gpa, fault);
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
