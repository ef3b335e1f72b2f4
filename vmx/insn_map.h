/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The opcode maps of the instruction decoder, private to vmx/insn.c. SDM 2,
 * appendix A "Opcode Map"; names of operand forms are ours.
 */
#ifndef VMX_INSN_MAP_H
#define VMX_INSN_MAP_H

#include "vmx/insn.h"

enum form {
	FORM_NONE,		/* not claimed */
	FORM_MR,		/* memory, register */
	FORM_RM,		/* register, memory */
	FORM_MI,		/* memory, immediate of operand size (max 32) */
	FORM_MI8,		/* memory, sign-extended byte */
	FORM_M,			/* memory only */
	FORM_GROUP,		/* ModRM.reg selects; `op` is the group */
	FORM_LAST_MODRM = FORM_GROUP,
	FORM_LOAD_MOFFS,
	FORM_STORE_MOFFS,
	FORM_STRING,
};

enum width {
	WIDTH_BYTE,
	WIDTH_FULL,		/* 2, 4 or 8 by mode and prefixes */
	WIDTH_WORD,		/* memory operand of MOVZX, MOVSX */
	WIDTH_DWORD,		/* memory operand of MOVSXD: 2 or 4 */
	WIDTH_MOVNTI,		/* 4, or 8 by REX.W */
};

struct opcode {
	u8 form, op, width;
};

enum insn_group {
	GROUP_1_EB, GROUP_1_EV, GROUP_1_EV_IB, GROUP_3_EB, GROUP_3_EV,
	GROUP_4, GROUP_5, GROUP_8, GROUP_11_EB, GROUP_11_EV, GROUPS
};

extern const struct opcode insn_one_byte_map[256];
extern const struct opcode insn_two_byte_map[256];	/* 0F xx */
extern const struct opcode insn_movbe_load;		/* 0F 38 F0 */
extern const struct opcode insn_movbe_store;		/* 0F 38 F1 */
extern const struct opcode insn_group_map[GROUPS][8];

/* What an operation does with its destination, and whether LOCK is legal. */
enum { DEST_READ = 1, DEST_WRITE = 2, DEST_RMW = 3, LOCKABLE = 4 };
extern const u8 insn_traits[INSN_OPS];

#endif
