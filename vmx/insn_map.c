/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opcode maps: which instructions are claimed. SDM 2, appendix A "Opcode Map".
 * What is not named here has FORM_NONE and is refused.
 */
#include "vmx/insn_map.h"

#define ALU_OPCODES(base, operation)				\
	[(base) + 0] = { FORM_MR, operation, WIDTH_BYTE },	\
	[(base) + 1] = { FORM_MR, operation, WIDTH_FULL },	\
	[(base) + 2] = { FORM_RM, operation, WIDTH_BYTE },	\
	[(base) + 3] = { FORM_RM, operation, WIDTH_FULL }

const struct opcode insn_one_byte_map[256] = {
	ALU_OPCODES(0x00, INSN_ADD),
	ALU_OPCODES(0x08, INSN_OR),
	ALU_OPCODES(0x10, INSN_ADC),
	ALU_OPCODES(0x18, INSN_SBB),
	ALU_OPCODES(0x20, INSN_AND),
	ALU_OPCODES(0x28, INSN_SUB),
	ALU_OPCODES(0x30, INSN_XOR),
	ALU_OPCODES(0x38, INSN_CMP),
	[0x63] = { FORM_RM, INSN_MOVSX, WIDTH_DWORD },	/* 64-bit mode only */
	[0x80] = { FORM_GROUP, GROUP_1_EB, WIDTH_BYTE },
	[0x81] = { FORM_GROUP, GROUP_1_EV, WIDTH_FULL },
	[0x83] = { FORM_GROUP, GROUP_1_EV_IB, WIDTH_FULL },
	[0x84] = { FORM_MR, INSN_TEST, WIDTH_BYTE },
	[0x85] = { FORM_MR, INSN_TEST, WIDTH_FULL },
	[0x86] = { FORM_MR, INSN_XCHG, WIDTH_BYTE },
	[0x87] = { FORM_MR, INSN_XCHG, WIDTH_FULL },
	[0x88] = { FORM_MR, INSN_MOV, WIDTH_BYTE },
	[0x89] = { FORM_MR, INSN_MOV, WIDTH_FULL },
	[0x8a] = { FORM_RM, INSN_MOV, WIDTH_BYTE },
	[0x8b] = { FORM_RM, INSN_MOV, WIDTH_FULL },
	[0xa0] = { FORM_LOAD_MOFFS, INSN_MOV, WIDTH_BYTE },
	[0xa1] = { FORM_LOAD_MOFFS, INSN_MOV, WIDTH_FULL },
	[0xa2] = { FORM_STORE_MOFFS, INSN_MOV, WIDTH_BYTE },
	[0xa3] = { FORM_STORE_MOFFS, INSN_MOV, WIDTH_FULL },
	[0xa4] = { FORM_STRING, INSN_MOVS, WIDTH_BYTE },
	[0xa5] = { FORM_STRING, INSN_MOVS, WIDTH_FULL },
	[0xaa] = { FORM_STRING, INSN_STOS, WIDTH_BYTE },
	[0xab] = { FORM_STRING, INSN_STOS, WIDTH_FULL },
	[0xac] = { FORM_STRING, INSN_LODS, WIDTH_BYTE },
	[0xad] = { FORM_STRING, INSN_LODS, WIDTH_FULL },
	[0xc6] = { FORM_GROUP, GROUP_11_EB, WIDTH_BYTE },
	[0xc7] = { FORM_GROUP, GROUP_11_EV, WIDTH_FULL },
	[0xf6] = { FORM_GROUP, GROUP_3_EB, WIDTH_BYTE },
	[0xf7] = { FORM_GROUP, GROUP_3_EV, WIDTH_FULL },
	[0xfe] = { FORM_GROUP, GROUP_4, WIDTH_BYTE },
	[0xff] = { FORM_GROUP, GROUP_5, WIDTH_FULL },
};

const struct opcode insn_two_byte_map[256] = {
	[0xa3] = { FORM_MR, INSN_BT, WIDTH_FULL },
	[0xab] = { FORM_MR, INSN_BTS, WIDTH_FULL },
	[0xb0] = { FORM_MR, INSN_CMPXCHG, WIDTH_BYTE },
	[0xb1] = { FORM_MR, INSN_CMPXCHG, WIDTH_FULL },
	[0xb3] = { FORM_MR, INSN_BTR, WIDTH_FULL },
	[0xb6] = { FORM_RM, INSN_MOVZX, WIDTH_BYTE },
	[0xb7] = { FORM_RM, INSN_MOVZX, WIDTH_WORD },
	[0xba] = { FORM_GROUP, GROUP_8, WIDTH_FULL },
	[0xbb] = { FORM_MR, INSN_BTC, WIDTH_FULL },
	[0xbe] = { FORM_RM, INSN_MOVSX, WIDTH_BYTE },
	[0xbf] = { FORM_RM, INSN_MOVSX, WIDTH_WORD },
	[0xc0] = { FORM_MR, INSN_XADD, WIDTH_BYTE },
	[0xc1] = { FORM_MR, INSN_XADD, WIDTH_FULL },
	[0xc3] = { FORM_MR, INSN_MOV, WIDTH_MOVNTI },
};

const struct opcode insn_movbe_load = { FORM_RM, INSN_MOVBE, WIDTH_FULL };
const struct opcode insn_movbe_store = { FORM_MR, INSN_MOVBE, WIDTH_FULL };

#define GROUP_1(imm_form, width) {		\
	[0] = { imm_form, INSN_ADD, width },	\
	[1] = { imm_form, INSN_OR, width },	\
	[2] = { imm_form, INSN_ADC, width },	\
	[3] = { imm_form, INSN_SBB, width },	\
	[4] = { imm_form, INSN_AND, width },	\
	[5] = { imm_form, INSN_SUB, width },	\
	[6] = { imm_form, INSN_XOR, width },	\
	[7] = { imm_form, INSN_CMP, width } }

const struct opcode insn_group_map[GROUPS][8] = {
	[GROUP_1_EB] = GROUP_1(FORM_MI8, WIDTH_BYTE),
	[GROUP_1_EV] = GROUP_1(FORM_MI, WIDTH_FULL),
	[GROUP_1_EV_IB] = GROUP_1(FORM_MI8, WIDTH_FULL),
	[GROUP_3_EB] = {
		[0] = { FORM_MI8, INSN_TEST, WIDTH_BYTE },
		[2] = { FORM_M, INSN_NOT, WIDTH_BYTE },
		[3] = { FORM_M, INSN_NEG, WIDTH_BYTE },
	},
	[GROUP_3_EV] = {
		[0] = { FORM_MI, INSN_TEST, WIDTH_FULL },
		[2] = { FORM_M, INSN_NOT, WIDTH_FULL },
		[3] = { FORM_M, INSN_NEG, WIDTH_FULL },
	},
	[GROUP_4] = {
		[0] = { FORM_M, INSN_INC, WIDTH_BYTE },
		[1] = { FORM_M, INSN_DEC, WIDTH_BYTE },
	},
	[GROUP_5] = {
		[0] = { FORM_M, INSN_INC, WIDTH_FULL },
		[1] = { FORM_M, INSN_DEC, WIDTH_FULL },
	},
	[GROUP_8] = {
		[4] = { FORM_MI8, INSN_BT, WIDTH_FULL },
		[5] = { FORM_MI8, INSN_BTS, WIDTH_FULL },
		[6] = { FORM_MI8, INSN_BTR, WIDTH_FULL },
		[7] = { FORM_MI8, INSN_BTC, WIDTH_FULL },
	},
	[GROUP_11_EB] = { [0] = { FORM_MI8, INSN_MOV, WIDTH_BYTE } },
	[GROUP_11_EV] = { [0] = { FORM_MI, INSN_MOV, WIDTH_FULL } },
};

const u8 insn_traits[INSN_OPS] = {
	[INSN_ADD] = DEST_RMW | LOCKABLE, [INSN_OR] = DEST_RMW | LOCKABLE,
	[INSN_ADC] = DEST_RMW | LOCKABLE, [INSN_SBB] = DEST_RMW | LOCKABLE,
	[INSN_AND] = DEST_RMW | LOCKABLE, [INSN_SUB] = DEST_RMW | LOCKABLE,
	[INSN_XOR] = DEST_RMW | LOCKABLE, [INSN_INC] = DEST_RMW | LOCKABLE,
	[INSN_DEC] = DEST_RMW | LOCKABLE, [INSN_NOT] = DEST_RMW | LOCKABLE,
	[INSN_NEG] = DEST_RMW | LOCKABLE, [INSN_XCHG] = DEST_RMW | LOCKABLE,
	[INSN_XADD] = DEST_RMW | LOCKABLE, [INSN_CMPXCHG] = DEST_RMW | LOCKABLE,
	[INSN_BTS] = DEST_RMW | LOCKABLE, [INSN_BTR] = DEST_RMW | LOCKABLE,
	[INSN_BTC] = DEST_RMW | LOCKABLE,
	[INSN_CMP] = DEST_READ, [INSN_TEST] = DEST_READ, [INSN_BT] = DEST_READ,
	[INSN_MOV] = DEST_WRITE, [INSN_MOVBE] = DEST_WRITE,
	[INSN_MOVZX] = DEST_WRITE, [INSN_MOVSX] = DEST_WRITE,
	[INSN_STOS] = DEST_WRITE, [INSN_LODS] = DEST_READ,
	[INSN_MOVS] = DEST_READ | DEST_WRITE,
};
