/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operands and arithmetic of a decoded instruction, with the status flags of
 * SDM 1, 3.4.3.1. Where the SDM leaves a flag undefined (AF of the logical
 * operations) it is cleared, as the CPUs do.
 */
#include "vmx/insn.h"

#define FLAG_CF		BIT(0)
#define FLAG_PF		BIT(2)
#define FLAG_AF		BIT(4)
#define FLAG_ZF		BIT(6)
#define FLAG_SF		BIT(7)
#define FLAG_DF		BIT(10)
#define FLAG_OF		BIT(11)
#define FLAGS_STATUS	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | \
			 FLAG_OF)

enum { RAX, RCX, RSI = 6, RDI };

static u64 size_mask(u8 size_bytes)
{
	return BITS(size_bytes * 8 - 1, 0);
}

static u64 sign_bit(u8 size_bytes)
{
	return BIT(size_bytes * 8 - 1);
}

static u64 sign_extend(u64 value, u8 size_bytes)
{
	u64 sign = sign_bit(size_bytes);

	return ((value & size_mask(size_bytes)) ^ sign) - sign;
}

static u64 with_base(const struct insn *insn, const u64 gpr[INSN_GPRS],
		     u64 next_rip)
{
	u64 offset = insn->disp;

	if (insn->base == INSN_RIP)
		offset += next_rip;
	else if (insn->base != INSN_NO_REG)
		offset += gpr[insn->base];
	if (insn->index != INSN_NO_REG)
		offset += gpr[insn->index] << insn->shift;
	return offset;
}

/* The operand of a bit string that holds the bit, relative to the first. */
static u64 bit_string_offset(const struct insn *insn, const u64 gpr[INSN_GPRS])
{
	s64 bit = (s64)sign_extend(gpr[insn->reg], insn->reg_bytes);
	s64 bits = insn->size_bytes * 8;

	return (u64)((bit - (bit & (bits - 1))) / 8);
}

u64 insn_offset(const struct insn *insn, const u64 gpr[INSN_GPRS],
		u64 next_rip)
{
	u64 offset = with_base(insn, gpr, next_rip);

	if (insn->op >= INSN_BT && insn->op <= INSN_BTC &&
	    insn->other == INSN_OTHER_REG)
		offset += bit_string_offset(insn, gpr);
	return offset & size_mask(insn->address_bytes);
}

u64 insn_movs_dest(const struct insn *insn, const u64 gpr[INSN_GPRS])
{
	return gpr[RDI] & size_mask(insn->address_bytes);
}

u64 insn_reg_read(const struct insn *insn, const u64 gpr[INSN_GPRS])
{
	u64 value = gpr[insn->reg];

	if (insn->reg_high)
		value >>= 8;
	return value & size_mask(insn->reg_bytes);
}

static u64 merge(u64 old, u64 value, u8 size_bytes)
{
	u64 mask = size_mask(size_bytes);

	if (size_bytes == 4)
		return value & mask;
	return (old & ~mask) | (value & mask);
}

void insn_reg_write(const struct insn *insn, u64 gpr[INSN_GPRS], u64 value)
{
	u64 *reg = &gpr[insn->reg];

	if (insn->reg_high)
		*reg = field_set(BITS(15, 8), *reg, value);
	else
		*reg = merge(*reg, value, insn->reg_bytes);
}

static u64 result_flags(u64 result, u8 size_bytes)
{
	u8 fold = (u8)(result ^ result >> 4) & 15;
	u64 flags = 0;

	/* Bit n of 0x6996 is the parity of n: PF is set for an even one. */
	if (!(0x6996 >> fold & 1))
		flags |= FLAG_PF;
	if (!(result & size_mask(size_bytes)))
		flags |= FLAG_ZF;
	if (result & sign_bit(size_bytes))
		flags |= FLAG_SF;
	return flags;
}

/* a + b + carry; the carries out of each bit give CF, AF and OF. */
static u64 add(u64 a, u64 b, u64 carry, u8 size, u64 *flags)
{
	u64 sum = a + b + carry;
	u64 carries = (a & b) | ((a | b) & ~sum);

	*flags = result_flags(sum, size);
	if (carries & sign_bit(size))
		*flags |= FLAG_CF;
	if (carries & BIT(3))
		*flags |= FLAG_AF;
	if (~(a ^ b) & (a ^ sum) & sign_bit(size))
		*flags |= FLAG_OF;
	return sum;
}

/* a - b - borrow */
static u64 sub(u64 a, u64 b, u64 borrow, u8 size, u64 *flags)
{
	u64 diff = a - b - borrow;
	u64 borrows = (~a & b) | ((~a | b) & diff);

	*flags = result_flags(diff, size);
	if (borrows & sign_bit(size))
		*flags |= FLAG_CF;
	if (borrows & BIT(3))
		*flags |= FLAG_AF;
	if ((a ^ b) & (a ^ diff) & sign_bit(size))
		*flags |= FLAG_OF;
	return diff;
}

static u64 logic(u64 result, u8 size, u64 *flags)
{
	*flags = result_flags(result, size);
	return result;
}

/* dst OP src with all six status flags; CMP and TEST give no result to keep. */
static u64 binary(const struct insn *insn, u64 dst, u64 src, u64 *rflags)
{
	u8 size = insn->size_bytes;
	u64 flags = 0, carry = *rflags & FLAG_CF, result = dst;

	switch (insn->op) {
	case INSN_ADD:
	case INSN_XADD:
		result = add(dst, src, 0, size, &flags);
		break;
	case INSN_ADC:
		result = add(dst, src, carry, size, &flags);
		break;
	case INSN_SBB:
		result = sub(dst, src, carry, size, &flags);
		break;
	case INSN_OR:
		result = logic(dst | src, size, &flags);
		break;
	case INSN_XOR:
		result = logic(dst ^ src, size, &flags);
		break;
	case INSN_AND:
	case INSN_TEST:
		result = logic(dst & src, size, &flags);
		break;
	default:			/* SUB, CMP, CMPXCHG */
		result = sub(dst, src, 0, size, &flags);
		break;
	}
	*rflags = (*rflags & ~FLAGS_STATUS) | flags;
	return result & size_mask(size);
}

/* INC, DEC, NOT, NEG: the first two leave CF alone, NOT all flags. */
static u64 unary(const struct insn *insn, u64 value, u64 *rflags)
{
	u8 size = insn->size_bytes;
	u64 flags, keep = ~FLAGS_STATUS | FLAG_CF, result;

	switch (insn->op) {
	case INSN_INC:
		result = add(value, 1, 0, size, &flags);
		break;
	case INSN_DEC:
		result = sub(value, 1, 0, size, &flags);
		break;
	case INSN_NEG:
		result = sub(0, value, 0, size, &flags);
		keep = ~FLAGS_STATUS;
		break;
	default:			/* NOT */
		return ~value & size_mask(size);
	}
	*rflags = (*rflags & keep) | (flags & ~keep);
	return result & size_mask(size);
}

static u64 bit_test(const struct insn *insn, u64 value, u64 number, u64 *rflags)
{
	u64 bit = BIT(number & (insn->size_bytes * 8 - 1));

	/* Only CF is defined; ZF keeps its value, and so do the others. */
	*rflags &= ~FLAG_CF;
	if (value & bit)
		*rflags |= FLAG_CF;
	switch (insn->op) {
	case INSN_BTS:
		return value | bit;
	case INSN_BTR:
		return value & ~bit;
	case INSN_BTC:
		return value ^ bit;
	default:
		return value;
	}
}

static u64 swap_bytes(u64 value, u8 size_bytes)
{
	return __builtin_bswap64(value) >> (64 - size_bytes * 8);
}

static void compare_exchange(const struct insn *insn, struct insn_values *v)
{
	u64 accumulator = v->rax & size_mask(insn->size_bytes);

	(void)binary(insn, accumulator, v->mem, &v->rflags);
	if (v->rflags & FLAG_ZF)
		v->mem = v->reg;
	else
		v->rax = merge(v->rax, v->mem, insn->size_bytes);
}

/* Move and exchange: no flags. */
static void move(const struct insn *insn, struct insn_values *v, u64 src)
{
	u64 value = src;

	if (insn->op == INSN_MOVSX)
		value = sign_extend(src, insn->size_bytes);
	else if (insn->op == INSN_MOVBE)
		value = swap_bytes(src, insn->size_bytes);
	if (insn->op == INSN_XCHG) {
		v->reg = v->mem;
		v->mem = value;
	} else if (insn->reg_write) {
		v->reg = value & size_mask(insn->reg_bytes);
	} else {
		v->mem = value & size_mask(insn->size_bytes);
	}
}

/* Of two operands: the one that does not come from the destination. */
static u64 source(const struct insn *insn, const struct insn_values *v,
		  bool dest_is_mem)
{
	if (!dest_is_mem)
		return v->mem;
	if (insn->other == INSN_OTHER_IMM)
		return insn->imm & size_mask(insn->size_bytes);
	return v->reg;
}

static void arithmetic(const struct insn *insn, struct insn_values *v)
{
	/*
	 * TEST and CMP keep nothing, so the direction matters to CMP alone: a
	 * register that is written, or compared first, is the destination.
	 */
	bool dest_is_mem = !insn->reg_first;
	u64 src = source(insn, v, dest_is_mem);
	u64 result = binary(insn, dest_is_mem ? v->mem : v->reg, src,
			    &v->rflags);

	if (insn->op == INSN_XADD)
		v->reg = v->mem;
	if (insn->mem_write)
		v->mem = result;
	else if (insn->reg_write)
		v->reg = result;
}

void insn_execute(const struct insn *insn, struct insn_values *v)
{
	switch (insn->op) {
	case INSN_MOV: case INSN_MOVZX: case INSN_MOVSX: case INSN_MOVBE:
	case INSN_XCHG:
		move(insn, v, source(insn, v, !insn->reg_first));
		break;
	case INSN_STOS:
		v->mem = v->reg;
		break;
	case INSN_LODS:
		v->reg = v->mem;
		break;
	case INSN_MOVS:
		break;
	case INSN_INC: case INSN_DEC: case INSN_NOT: case INSN_NEG:
		v->mem = unary(insn, v->mem, &v->rflags);
		break;
	case INSN_BT: case INSN_BTS: case INSN_BTR: case INSN_BTC:
		v->mem = bit_test(insn, v->mem, source(insn, v, true),
				  &v->rflags);
		break;
	case INSN_CMPXCHG:
		compare_exchange(insn, v);
		break;
	default:
		arithmetic(insn, v);
		break;
	}
}

bool insn_rep_done(const struct insn *insn, const u64 gpr[INSN_GPRS])
{
	return insn->rep && !(gpr[RCX] & size_mask(insn->address_bytes));
}

void insn_string_step(const struct insn *insn, u64 gpr[INSN_GPRS], u64 rflags)
{
	u8 size = insn->address_bytes;
	u64 step = rflags & FLAG_DF ? -(u64)insn->size_bytes : insn->size_bytes;

	if (insn->op != INSN_STOS)
		gpr[RSI] = merge(gpr[RSI], gpr[RSI] + step, size);
	if (insn->op != INSN_LODS)
		gpr[RDI] = merge(gpr[RDI], gpr[RDI] + step, size);
	if (insn->rep)
		gpr[RCX] = merge(gpr[RCX], gpr[RCX] - 1, size);
}
