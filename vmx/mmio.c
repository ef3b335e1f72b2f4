/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Emulation of the instruction at RIP after it touched device memory: fetch,
 * decode (vmx/insn.c, pure), load, compute, store, write back. Nothing of the
 * vCPU changes before the last access has succeeded.
 *
 * Another vCPU may change the instruction or the page tables between the exit
 * and here. What does not fit any more is simply run again by the CPU, which
 * raises whatever is due.
 */
#include "core/err.h"
#include "core/log.h"
#include "core/string.h"
#include "vmx/gva.h"
#include "vmx/insn.h"
#include "vmx/mmio.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/vmx.h>

/* One emulation. */
struct mmio {
	struct vcpu *vcpu;
	u64 gpa;		/* of the access that exited */
	struct gva_mode mode;
	struct gva_fault fault;
	const struct insn *insn;	/* in the vCPU's cache */
	u64 rip;
	u64 gva;		/* memory operand */
};

static enum insn_mode insn_mode_of(const struct gva_mode *m)
{
	if (m->long64)
		return INSN_MODE_64;
	return m->cs_d ? INSN_MODE_32 : INSN_MODE_16;
}

/* In 64-bit mode only FS and GS have a base. */
static u64 segment_base(const struct mmio *m, enum insn_segment segment)
{
	if (m->mode.long64 && segment != INSN_FS && segment != INSN_GS)
		return 0;
	return vmread(VMCS_GUEST_BASE(segment));
}

/*
 * Decoding is a function of the bytes and the mode, and a driver's few device
 * accesses come again and again.
 */
static int decode_cached(struct mmio *m, u64 linear, const struct insn_bytes *b,
			 u32 len)
{
	struct insn_cache_entry *e = mmio_cache_slot(m->vcpu, linear);
	enum insn_mode mode = insn_mode_of(&m->mode);
	int err;

	if (likely(e->bytes.low == b->low && e->bytes.high == b->high &&
		   e->mode == mode && e->len == len)) {
		m->insn = &e->insn;
		return 0;
	}
	e->len = 0;
	e->simple = false;
	err = insn_decode(&e->insn, (const u8 *)b, len, mode);
	if (err)
		return err;
	e->bytes = *b;
	e->mode = (u8)mode;
	e->len = (u8)len;
	e->data_mask = ~0ull >> (64 - 8 * e->insn.size_bytes);
	e->gpa = 0;
	e->simple = mmio_is_simple(&e->insn, e->mode);
	m->insn = &e->insn;
	return 0;
}

/* The bytes up to the page's end, and those behind it if they are needed. */
static int fetch_and_decode(struct mmio *m)
{
	u64 linear = m->rip + segment_base(m, INSN_CS);
	u32 first = (u32)min((u64)INSN_MAX_BYTES,
			     PAGE_SIZE - (linear & (PAGE_SIZE - 1)));
	struct insn_bytes bytes = { 0 };
	int err;

	if (gva_read(m->vcpu, &m->mode, linear, &bytes, first, PF_FETCH,
		     &m->fault))
		return -EFAULT;
	err = decode_cached(m, linear, &bytes, first);
	if (err != -EAGAIN || first == INSN_MAX_BYTES)
		return err;
	if (gva_read(m->vcpu, &m->mode, linear + first, (u8 *)&bytes + first,
		     INSN_MAX_BYTES - first, PF_FETCH, &m->fault))
		return -EFAULT;
	return decode_cached(m, linear, &bytes, INSN_MAX_BYTES);
}

/* 1, 2, 4 or 8 bytes within one page. */
static u64 access_device(struct vcpu *vcpu, u64 gpa, u32 bytes, bool write,
			 u64 data)
{
	struct trap_access access = {
		.data = data,
		.vcpu = vcpu->index,
		.size_bytes = (u8)bytes,
		.write = write,
	};

	if (vcpu_is_apic(vcpu, gpa))
		return apic_mmio(vcpu, (u32)(gpa & (PAGE_SIZE - 1)), bytes,
				 write, data);
	guest_mmio(&vcpu->vm->guest, gpa, &access);
	return access.data;
}

/* Within one page; RAM where there is RAM. */
static void access_gpa(struct vcpu *vcpu, u64 gpa, u32 bytes, bool write,
		       u8 *buf)
{
	struct guest *g = &vcpu->vm->guest;
	u64 data = 0;

	if (!vcpu_is_apic(vcpu, gpa) &&
	    !(write ? guest_write(g, gpa, buf, bytes)
		    : guest_read(g, gpa, buf, bytes)))
		return;
	/* A part of an operand that crosses pages: byte by byte. */
	if (bytes & (bytes - 1)) {
		for (u32 i = 0; i < bytes; i++)
			access_gpa(vcpu, gpa + i, 1, write, buf + i);
		return;
	}
	if (write)
		memcpy(&data, buf, bytes);
	data = access_device(vcpu, gpa, bytes, write, data);
	if (!write)
		memcpy(buf, &data, bytes);
}

static int access_gva(struct mmio *m, u64 gva, bool write, u64 *data)
{
	u32 left = m->insn->size_bytes;
	u8 *buf = (u8 *)data;

	while (left) {
		u32 run = (u32)min((u64)left,
				   PAGE_SIZE - (gva & (PAGE_SIZE - 1)));
		u64 gpa;

		if (gva_translate(m->vcpu, &m->mode, gva, write ? PF_WRITE : 0,
				  &gpa, &m->fault))
			return -EFAULT;
		access_gpa(m->vcpu, gpa, run, write, buf);
		gva += run;
		buf += run;
		left -= run;
	}
	return 0;
}

/*
 * The usual operand lies in one page and is the one that exited: the CPU has
 * translated it and checked it already. MOVS has two operands.
 */
static int access_operand(struct mmio *m, bool write, u64 *data)
{
	u64 offset = m->gva & (PAGE_SIZE - 1);

	if (m->insn->op == INSN_MOVS || offset != (m->gpa & (PAGE_SIZE - 1)) ||
	    offset + m->insn->size_bytes > PAGE_SIZE)
		return access_gva(m, m->gva, write, data);
	access_gpa(m->vcpu, m->gpa, m->insn->size_bytes, write, (u8 *)data);
	return 0;
}

static int store(struct mmio *m, u64 *data)
{
	u64 gva;

	if (m->insn->op != INSN_MOVS)
		return access_operand(m, true, data);
	gva = segment_base(m, INSN_ES) + insn_movs_dest(m->insn, m->vcpu->gpr);
	return access_gva(m, gva, true, data);
}

/* Read-modify-write must be able to store before it loads from a device. */
static int probe_store(struct mmio *m)
{
	u64 gva = m->gva;

	if (!m->insn->mem_write)
		return 0;
	if (m->insn->op == INSN_MOVS)
		gva = segment_base(m, INSN_ES) +
		      insn_movs_dest(m->insn, m->vcpu->gpr);
	else if (!m->insn->mem_read)
		return 0;
	return gva_probe(m->vcpu, &m->mode, gva, m->insn->size_bytes, PF_WRITE,
			 &m->fault);
}

static void write_back(struct mmio *m, const struct insn_values *v)
{
	struct vcpu *vcpu = m->vcpu;

	if (m->insn->op == INSN_CMPXCHG)
		vcpu->gpr[RAX] = v->rax;
	if (m->insn->reg_write)
		insn_reg_write(m->insn, vcpu->gpr, v->reg);
	if (m->insn->reg_write && m->insn->reg == RSP)
		vmwrite(VMCS_GUEST_RSP, vcpu->gpr[RSP]);
	if (v->rflags != m->mode.rflags)
		vmwrite(VMCS_GUEST_RFLAGS, v->rflags);
}

static int execute(struct mmio *m)
{
	struct vcpu *vcpu = m->vcpu;
	struct insn_values v = {
		.reg = insn_reg_read(m->insn, vcpu->gpr),
		.rax = vcpu->gpr[RAX],
		.rflags = m->mode.rflags,
	};

	if (probe_store(m))
		return -EFAULT;
	if (m->insn->mem_read && access_operand(m, false, &v.mem))
		return -EFAULT;
	insn_execute(m->insn, &v);
	if (m->insn->mem_write && store(m, &v.mem))
		return -EFAULT;
	write_back(m, &v);
	return 0;
}

/* One iteration; the CPU comes back for the next, so REP is preemptible. */
static enum exit_result finish(struct mmio *m)
{
	struct vcpu *vcpu = m->vcpu;

	if (insn_is_string(m->insn)) {
		insn_string_step(m->insn, vcpu->gpr, m->mode.rflags);
		if (m->insn->rep && !insn_rep_done(m->insn, vcpu->gpr))
			return EXIT_RESUME;
	}
	/* The exit's instruction length is not defined for EPT violations. */
	vcpu_skip(m->insn->len_bytes);
	return EXIT_RESUME;
}

static enum exit_result not_emulated(const struct mmio *m)
{
	log_limited(LOG_WARN, "vmx", "%s vCPU %u: access to %llx by an "
		    "instruction at %llx that is not emulated: #UD",
		    m->vcpu->vm->guest.name, m->vcpu->index,
		    (unsigned long long)m->gpa, (unsigned long long)m->rip);
	return EXIT_UD;
}

enum exit_result mmio_emulate(struct vcpu *vcpu, u64 gpa)
{
	struct mmio m;
	int err;

	m.vcpu = vcpu;
	m.gpa = gpa;
	m.rip = vmread(VMCS_GUEST_RIP);
	gva_mode_read(&m.mode);
	vcpu->gpr[RSP] = vmread(VMCS_GUEST_RSP);
	err = fetch_and_decode(&m);
	if (err == -EFAULT)
		return EXIT_RESUME;
	if (err)
		return not_emulated(&m);
	if (m.insn->rep && insn_is_string(m.insn) &&
	    insn_rep_done(m.insn, vcpu->gpr))
		return EXIT_RESUME;
	m.gva = segment_base(&m, m.insn->segment) +
		insn_offset(m.insn, vcpu->gpr, m.rip + m.insn->len_bytes);
	if (execute(&m))
		return gva_inject(vcpu, &m.fault);
	return finish(&m);
}
