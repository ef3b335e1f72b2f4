/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoder of the instructions that a guest may use on emulated memory, and
 * the arithmetic of what it decodes. Pure: bytes and register values in, a
 * description and results out (SDM 2, chapter 2 "Instruction Format").
 *
 * How mmio.c uses it:
 *	insn_decode() -> insn_offset() + segment base -> linear address ->
 *	load `size_bytes` if mem_read -> insn_execute() -> store if mem_write
 *	-> insn_reg_write() if reg_write.
 * String instructions (insn_is_string()) move `size_bytes` for one iteration;
 * the caller steps RSI/RDI/RCX with insn_string_step().
 */
#ifndef VMX_INSN_H
#define VMX_INSN_H

#include "core/types.h"

#define INSN_MAX_BYTES 15

/* CS.D and EFER.LMA & CS.L: the sizes without a prefix. */
enum insn_mode { INSN_MODE_16, INSN_MODE_32, INSN_MODE_64 };

enum insn_op {
	INSN_ADD, INSN_OR, INSN_ADC, INSN_SBB,	/* in opcode order (group 1) */
	INSN_AND, INSN_SUB, INSN_XOR, INSN_CMP,
	INSN_TEST,
	INSN_MOV,		/* also MOVNTI and moffs */
	INSN_MOVZX, INSN_MOVSX,	/* also MOVSXD */
	INSN_MOVBE,
	INSN_INC, INSN_DEC, INSN_NOT, INSN_NEG,
	INSN_XCHG, INSN_XADD, INSN_CMPXCHG,
	INSN_BT, INSN_BTS, INSN_BTR, INSN_BTC,	/* in opcode order */
	INSN_STOS, INSN_LODS, INSN_MOVS,
	INSN_OPS
};

enum insn_other { INSN_OTHER_NONE, INSN_OTHER_REG, INSN_OTHER_IMM };

/* Register numbers as in ModRM: 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP … 15. */
#define INSN_GPRS	16
#define INSN_NO_REG	0xff
#define INSN_RIP	0xfe	/* base of a RIP-relative operand */

/* Segment numbers as in ModRM's sreg. */
enum insn_segment {
	INSN_ES, INSN_CS, INSN_SS, INSN_DS, INSN_FS, INSN_GS,
};

struct insn {
	enum insn_op op;
	u8 len_bytes;
	u8 size_bytes;		/* of the memory operand: 1, 2, 4, 8 */
	u8 reg_bytes;		/* of the register operand */
	u8 address_bytes;	/* 2, 4, 8 */

	/* What happens to the memory operand, and to the register. */
	bool mem_read;
	bool mem_write;
	bool reg_write;		/* CMPXCHG: see insn_values */
	bool reg_first;		/* the register is the first operand */
	bool lock;
	bool rep;		/* F3 or F2 before a string instruction */

	/* The other operand. */
	enum insn_other other;
	u8 reg;			/* INSN_OTHER_REG */
	bool reg_high;		/* AH, CH, DH, BH: `reg` is 0..3 */
	u64 imm;		/* sign-extended to 64 bits */

	/*
	 * The memory operand: segment:base + index * 2^shift + disp. Of MOVS it
	 * is the source (DS:RSI or override); the destination is ES:RDI. Of
	 * STOS it is ES:RDI, of LODS DS:RSI or override.
	 */
	enum insn_segment segment;
	u8 base;		/* 0..15, INSN_NO_REG, INSN_RIP */
	u8 index;		/* 0..15, INSN_NO_REG */
	u8 shift;
	u64 disp;		/* sign-extended */
};

/*
 * Decode the instruction at @bytes. 0; -EAGAIN if it goes on behind @n bytes
 * (all that could be fetched); -ENOSYS if it is none of the claimed forms, has
 * no memory operand, or raises #UD.
 */
int insn_decode(struct insn *insn, const u8 *bytes, size_t n,
		enum insn_mode mode) __must_check;

static inline bool insn_is_string(const struct insn *insn)
{
	return insn->op >= INSN_STOS;
}

/*
 * Offset of the memory operand in its segment, cut to the address size.
 * @next_rip is the address behind the instruction. A bit string (BT with a
 * register) reaches beyond its operand: that is included.
 */
u64 insn_offset(const struct insn *insn, const u64 gpr[INSN_GPRS],
		u64 next_rip);
/* MOVS only: offset of the destination in ES. */
u64 insn_movs_dest(const struct insn *insn, const u64 gpr[INSN_GPRS]);

/* The register operand, zero-extended from reg_bytes. */
u64 insn_reg_read(const struct insn *insn, const u64 gpr[INSN_GPRS]);
/* Merge as the CPU does: 32-bit results clear the upper half. */
void insn_reg_write(const struct insn *insn, u64 gpr[INSN_GPRS], u64 value);

struct insn_values {
	u64 mem;	/* in: loaded, zero-extended; out: to store */
	u64 reg;	/* in: insn_reg_read(); out: for insn_reg_write() */
	u64 rax;	/* CMPXCHG only, in and out, whole register */
	u64 rflags;	/* in and out */
};

/*
 * Compute. STOS stores `reg` (RAX), LODS puts `mem` in `reg`, MOVS leaves
 * `mem` for the destination. CMPXCHG always stores, as the CPU does.
 */
void insn_execute(const struct insn *insn, struct insn_values *v);

/* REP and nothing (left) to do: RCX is 0 at the address size. */
bool insn_rep_done(const struct insn *insn, const u64 gpr[INSN_GPRS]);
/* After one iteration: step RSI and RDI by RFLAGS.DF, RCX if REP. */
void insn_string_step(const struct insn *insn, u64 gpr[INSN_GPRS], u64 rflags);

#endif
