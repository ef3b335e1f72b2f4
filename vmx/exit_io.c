/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Port I/O (SDM 28.2.1 table 28-5). Every port exits; devices claim ranges
 * in guest->pio. INS and OUTS are done one element per exit, so a REP of any
 * length stays preemptible.
 */
#include "vmx/gva.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

#define QUAL_SIZE	BITS(2, 0)	/* less one */
#define QUAL_IN		BIT(3)
#define QUAL_STRING	BIT(4)
#define QUAL_REP	BIT(5)
#define QUAL_PORT	BITS(31, 16)
#define INFO_ADDR_SIZE	BITS(9, 7)	/* 0: 16, 1: 32, 2: 64 bits */
#define RFLAGS_DF	BIT(10)

static u64 size_mask(u32 bytes)
{
	return BIT(8 * bytes) - 1;
}

/* As the CPU merges: 32 bits clear the upper half, 8 and 16 leave it. */
static u64 merge(u64 old, u64 value, u32 bytes)
{
	if (bytes == 1)
		return (old & ~0xffull) | (u8)value;
	if (bytes == 2)
		return (old & ~0xffffull) | (u16)value;
	return (u32)value;
}

/* One of RCX, RSI, RDI at the instruction's address size. */
static void step(struct vcpu *vcpu, enum gpr reg, u64 delta, u32 address_bits)
{
	u64 old = vcpu->gpr[reg], value = old + delta;

	if (address_bits == 16)
		value = (old & ~0xffffull) | (value & 0xffff);
	else if (address_bits == 32)
		value = (u32)value;
	vcpu->gpr[reg] = value;
}

static bool count_left(const struct vcpu *vcpu, u32 address_bits)
{
	u64 count = vcpu->gpr[RCX];

	return address_bits == 64 ? count != 0
				  : (count & (BIT(address_bits) - 1)) != 0;
}

static __noinline enum exit_result
io_string(struct vcpu *vcpu, u64 qual, struct trap_access *access, u16 port)
{
	u32 info = vmread32(VMCS_EXIT_INSN_INFO);
	u32 address_bits = 16u << min(field_get(INFO_ADDR_SIZE, info), 2ull);
	u64 delta = vmread(VMCS_GUEST_RFLAGS) & RFLAGS_DF
		? -(u64)access->size_bytes : access->size_bytes;
	u64 gva = vmread(VMCS_GUEST_LINEAR);
	struct gva_mode mode;
	struct gva_fault fault;

	if ((qual & QUAL_REP) && !count_left(vcpu, address_bits))
		return EXIT_SKIP;
	gva_mode_read(&mode);
	access->data = 0;
	if (access->write) {
		if (gva_read(vcpu, &mode, gva, &access->data,
			     access->size_bytes, 0, &fault))
			return gva_inject(vcpu, &fault);
		guest_pio(&vcpu->vm->guest, port, access);
	} else {
		/* The page must be there before a device is read. */
		if (gva_probe(vcpu, &mode, gva, access->size_bytes, PF_WRITE,
			      &fault))
			return gva_inject(vcpu, &fault);
		guest_pio(&vcpu->vm->guest, port, access);
		if (gva_write(vcpu, &mode, gva, &access->data,
			      access->size_bytes, &fault))
			return gva_inject(vcpu, &fault);
	}
	step(vcpu, access->write ? RSI : RDI, delta, address_bits);
	if (!(qual & QUAL_REP))
		return EXIT_SKIP;
	step(vcpu, RCX, (u64)-1, address_bits);
	return count_left(vcpu, address_bits) ? EXIT_RESUME : EXIT_SKIP;
}

enum exit_result exit_io(struct vcpu *vcpu)
{
	u64 qual = vmread(VMCS_EXIT_QUALIFICATION);
	u16 port = (u16)field_get(QUAL_PORT, qual);
	struct trap_access access;

	access.vcpu = vcpu->index;
	access.size_bytes = (u8)((qual & QUAL_SIZE) + 1);
	access.write = !(qual & QUAL_IN);
	if (unlikely(qual & QUAL_STRING))
		return io_string(vcpu, qual, &access, port);
	if (access.write)
		access.data = vcpu->gpr[RAX] & size_mask(access.size_bytes);
	guest_pio(&vcpu->vm->guest, port, &access);
	if (!access.write)
		vcpu->gpr[RAX] = merge(vcpu->gpr[RAX], access.data,
				       access.size_bytes);
	return EXIT_SKIP;
}
