/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder against Debian's disassembler: for random bytes, whatever we
 * claim has the same length and operands there, and what it calls a claimed
 * form with a memory operand we do not refuse.
 */
#include "vmx/insn.h"

#include <capstone/capstone.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

#define ROUNDS 150000		/* for each mode */

static u64 random_state = 0x9e3779b97f4a7c15;

static u32 random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)(random_state >> 16);
}

static u8 pick(const u8 *set, size_t count)
{
	return set[random_u32() % count];
}

/* Mostly prefixes and opcodes of interest, and anything behind them. */
static size_t random_bytes(u8 bytes[INSN_MAX_BYTES], enum insn_mode mode)
{
	static const u8 prefix[] = { 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x36,
				     0x3e, 0x26, 0x64, 0x65 };
	static const u8 one[] = { 0x00, 0x01, 0x02, 0x03, 0x63, 0x80, 0x81,
				  0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
				  0x8a, 0x8b, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4,
				  0xa5, 0xaa, 0xab, 0xac, 0xad, 0xc6, 0xc7,
				  0xf6, 0xf7, 0xfe, 0xff };
	static const u8 two[] = { 0xa3, 0xab, 0xb0, 0xb1, 0xb3, 0xb6, 0xb7,
				  0xba, 0xbb, 0xbe, 0xbf, 0xc0, 0xc1, 0xc3 };
	size_t n = 0, i;

	for (i = 0; i < INSN_MAX_BYTES; i++)
		bytes[i] = (u8)random_u32();
	if (random_u32() % 8 == 0)
		return INSN_MAX_BYTES;
	while (n < 4 && random_u32() % 2)
		bytes[n++] = pick(prefix, sizeof(prefix));
	if (mode == INSN_MODE_64 && random_u32() % 2)
		bytes[n++] = 0x40 | (random_u32() & 15);
	switch (random_u32() % 8) {
	case 0: case 1: case 2:
		bytes[n++] = 0x0f;
		bytes[n++] = pick(two, sizeof(two));
		break;
	case 3:
		bytes[n++] = 0x0f;
		bytes[n++] = 0x38;
		bytes[n++] = 0xf0 | (random_u32() & 1);
		break;
	case 4:
		bytes[n++] = (random_u32() & 0x3b);	/* ALU block */
		break;
	default:
		bytes[n++] = pick(one, sizeof(one));
	}
	return INSN_MAX_BYTES;
}

static const char *reg_name(u8 reg, u8 size_bytes, bool high)
{
	static const char *const legacy[4][8] = {
		{ "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil" },
		{ "ax", "cx", "dx", "bx", "sp", "bp", "si", "di" },
		{ "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" },
		{ "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi" },
	};
	static const char *const highs[] = { "ah", "ch", "dh", "bh" };
	static const char *const suffix[] = { "b", "w", "d", "" };
	static char name[4][8];
	static unsigned int next;
	u32 log = (u32)__builtin_ctz(size_bytes);

	if (reg == INSN_NO_REG)
		return "";
	if (reg == INSN_RIP)
		return size_bytes == 4 ? "eip" : "rip";
	if (high)
		return highs[reg];
	if (reg < 8)
		return legacy[log][reg];
	next = (next + 1) % 4;
	snprintf(name[next], sizeof(name[next]), "r%u%s", reg, suffix[log]);
	return name[next];
}

static const struct {
	unsigned int id;
	enum insn_op op;
} names[] = {
	{ X86_INS_ADD, INSN_ADD }, { X86_INS_OR, INSN_OR },
	{ X86_INS_ADC, INSN_ADC }, { X86_INS_SBB, INSN_SBB },
	{ X86_INS_AND, INSN_AND }, { X86_INS_SUB, INSN_SUB },
	{ X86_INS_XOR, INSN_XOR }, { X86_INS_CMP, INSN_CMP },
	{ X86_INS_TEST, INSN_TEST }, { X86_INS_MOV, INSN_MOV },
	{ X86_INS_MOVABS, INSN_MOV }, { X86_INS_MOVNTI, INSN_MOV },
	{ X86_INS_MOVZX, INSN_MOVZX }, { X86_INS_MOVSX, INSN_MOVSX },
	{ X86_INS_MOVSXD, INSN_MOVSX }, { X86_INS_MOVBE, INSN_MOVBE },
	{ X86_INS_INC, INSN_INC }, { X86_INS_DEC, INSN_DEC },
	{ X86_INS_NOT, INSN_NOT }, { X86_INS_NEG, INSN_NEG },
	{ X86_INS_XCHG, INSN_XCHG }, { X86_INS_XADD, INSN_XADD },
	{ X86_INS_CMPXCHG, INSN_CMPXCHG }, { X86_INS_BT, INSN_BT },
	{ X86_INS_BTS, INSN_BTS }, { X86_INS_BTR, INSN_BTR },
	{ X86_INS_BTC, INSN_BTC },
	{ X86_INS_STOSB, INSN_STOS }, { X86_INS_STOSW, INSN_STOS },
	{ X86_INS_STOSD, INSN_STOS }, { X86_INS_STOSQ, INSN_STOS },
	{ X86_INS_LODSB, INSN_LODS }, { X86_INS_LODSW, INSN_LODS },
	{ X86_INS_LODSD, INSN_LODS }, { X86_INS_LODSQ, INSN_LODS },
	{ X86_INS_MOVSB, INSN_MOVS }, { X86_INS_MOVSW, INSN_MOVS },
	{ X86_INS_MOVSD, INSN_MOVS }, { X86_INS_MOVSQ, INSN_MOVS },
};

static int op_of(const cs_insn *ci)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].id == ci->id)
			return names[i].op;
	return -1;
}

static const cs_x86_op *find_operand(const cs_insn *ci, x86_op_type type,
				     int skip)
{
	const cs_x86 *x = &ci->detail->x86;
	int i;

	for (i = 0; i < x->op_count; i++)
		if (x->operands[i].type == type && !skip--)
			return &x->operands[i];
	return NULL;
}

static const char *cs_name(csh cs, x86_reg reg)
{
	return reg == X86_REG_INVALID ? "" : cs_reg_name(cs, reg);
}

static bool same_address(csh cs, const struct insn *insn, const cs_x86_op *m)
{
	u8 bytes = insn->address_bytes;
	u64 mask = ~0ull >> (64 - bytes * 8);
	const char *index = cs_name(cs, m->mem.index);

	/* "No index" with an index byte is spelt as a register of zero. */
	if (!strcmp(index, "riz") || !strcmp(index, "eiz"))
		index = "";
	if (strcmp(reg_name(insn->base, bytes, false),
		   cs_name(cs, m->mem.base)) ||
	    strcmp(reg_name(insn->index, bytes, false), index))
		return false;
	if (insn->index != INSN_NO_REG && 1 << insn->shift != m->mem.scale)
		return false;
	return ((insn->disp ^ (u64)m->mem.disp) & mask) == 0;
}

/* The one spelt out, or else the default one is ours to know. */
static bool same_segment(csh cs, const struct insn *insn, const cs_x86_op *m,
			 enum insn_mode mode)
{
	static const char *const segment[] = { "es", "cs", "ss", "ds", "fs",
					       "gs" };

	if (m->mem.segment == X86_REG_INVALID)
		return insn->segment == INSN_DS || insn->segment == INSN_SS ||
		       insn->op == INSN_STOS;
	/* Null prefixes of 64-bit mode are printed all the same. */
	if (mode == INSN_MODE_64 && insn->segment < INSN_FS &&
	    m->mem.segment != X86_REG_FS && m->mem.segment != X86_REG_GS)
		return true;
	return !strcmp(cs_name(cs, m->mem.segment), segment[insn->segment]);
}

/* It gives MOVSXD without REX.W a 64-bit destination; the SDM does not. */
static u8 reg_bytes(const struct insn *insn, const cs_insn *ci)
{
	return ci->id == X86_INS_MOVSXD ? 8 : insn->reg_bytes;
}

static u64 imm_mask(const struct insn *insn)
{
	/* A bit number: of one byte, and signed nowhere. */
	if (insn->op >= INSN_BT && insn->op <= INSN_BTC)
		return 0xff;
	return ~0ull >> (64 - insn->size_bytes * 8);
}

static bool same_other(csh cs, const struct insn *insn, const cs_insn *ci)
{
	const cs_x86_op *reg = find_operand(ci, X86_OP_REG, 0);
	const cs_x86_op *imm = find_operand(ci, X86_OP_IMM, 0);

	switch (insn->other) {
	case INSN_OTHER_REG:
		return reg && !strcmp(reg_name(insn->reg, reg_bytes(insn, ci),
					       insn->reg_high),
				      cs_name(cs, reg->reg));
	case INSN_OTHER_IMM:
		return imm && (((u64)imm->imm ^ insn->imm) & imm_mask(insn)) ==
			       0;
	default:
		return !imm && (!reg || insn_is_string(insn));
	}
}

static bool same(csh cs, const struct insn *insn, const cs_insn *ci,
		 enum insn_mode mode)
{
	/* Of MOVS the second memory operand is the source. */
	const cs_x86_op *m = find_operand(ci, X86_OP_MEM,
					  insn->op == INSN_MOVS);

	return op_of(ci) == (int)insn->op && ci->size == insn->len_bytes &&
	       m && m->size == insn->size_bytes &&
	       ci->detail->x86.addr_size == insn->address_bytes &&
	       same_address(cs, insn, m) && same_segment(cs, insn, m, mode) &&
	       same_other(cs, insn, ci);
}

/* Forms that it names so and that are not claimed: see docs/guest-abi.md. */
static bool unclaimed(const u8 *bytes, const cs_insn *ci)
{
	const cs_x86 *x = &ci->detail->x86;
	size_t i;

	/* LOCK where it raises #UD; MOVNTI and MOVBE with F2 or F3. */
	for (i = 0; i < ci->size && bytes[i] != x->opcode[0]; i++)
		if (bytes[i] == 0xf0 || bytes[i] == 0xf2 || bytes[i] == 0xf3 ||
		    bytes[i] == 0x66)
			return true;
	switch (x->opcode[0]) {
	case 0x82:			/* alias of 0x80 */
	case 0x8c: case 0x8e:		/* segment registers */
		return true;
	case 0xf6: case 0xf7:		/* alias of TEST */
		return (x->modrm >> 3 & 7) == 1;
	case 0x0f:			/* control and debug registers */
		return x->opcode[1] >= 0x20 && x->opcode[1] <= 0x23;
	}
	return false;
}

static void complain(const char *what, const u8 *bytes, const cs_insn *ci,
		     const struct insn *insn, enum insn_mode mode)
{
	size_t i;

	printf("%s, mode %d:", what, mode);
	for (i = 0; i < INSN_MAX_BYTES; i++)
		printf(" %02x", bytes[i]);
	if (ci)
		printf(" | %s %s (%u bytes)", ci->mnemonic, ci->op_str,
		       ci->size);
	printf(" | op %d len %u size %u reg %u imm %llx disp %llx seg %d\n",
	       insn->op, insn->len_bytes, insn->size_bytes, insn->reg,
	       (unsigned long long)insn->imm, (unsigned long long)insn->disp,
	       insn->segment);
}

static u32 claimed;

/*
 * Where it is the disassembler that is wrong or silent: it forgets 66 beside
 * F2 or F3, and takes a null segment prefix of 64-bit mode for an override.
 * MOVSXD with 66 differs between vendors.
 */
static bool undecided(const u8 *bytes, const struct insn *insn,
		      enum insn_mode mode)
{
	bool operand_size = false, repeat = false, real = false, null = false;
	size_t i;

	for (i = 0; i < insn->len_bytes && strchr("\x66\x67\xf0\xf2\xf3\x2e"
						  "\x36\x3e\x26\x64\x65",
						  bytes[i]) && bytes[i]; i++) {
		operand_size |= bytes[i] == 0x66;
		repeat |= bytes[i] == 0xf2 || bytes[i] == 0xf3;
		real |= bytes[i] == 0x64 || bytes[i] == 0x65;
		null |= (bytes[i] & 0xe7) == 0x26;
	}
	i += (bytes[i] & 0xf0) == 0x40;		/* REX */
	return (operand_size && (repeat || bytes[i] == 0x63)) ||
	       (mode == INSN_MODE_64 && real && null);
}

/* False on a mismatch. */
static bool compare(csh cs, const u8 *bytes, enum insn_mode mode)
{
	struct insn insn;
	cs_insn *ci = NULL;
	int err = insn_decode(&insn, bytes, INSN_MAX_BYTES, mode);
	bool found = cs_disasm(cs, bytes, INSN_MAX_BYTES, 0, 1, &ci) == 1;
	bool ok = true;

	if (!err && !undecided(bytes, &insn, mode)) {
		claimed++;
		ok = found && same(cs, &insn, ci, mode);
	} else if (err && found && op_of(ci) >= 0 &&
		   find_operand(ci, X86_OP_MEM, 0)) {
		ok = unclaimed(bytes, ci);
	}
	if (!ok)
		complain(err ? "refused" : "differs", bytes, found ? ci : NULL,
			 &insn, mode);
	if (ci)
		cs_free(ci, 1);
	return ok;
}

static void compare_mode(cs_mode cs_mode, enum insn_mode mode)
{
	u8 bytes[INSN_MAX_BYTES];
	u32 i, wrong = 0;
	csh cs;

	ASSERT_TRUE(cs_open(CS_ARCH_X86, cs_mode, &cs) == CS_ERR_OK);
	cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON);
	claimed = 0;
	for (i = 0; i < ROUNDS && wrong < 20; i++) {
		random_bytes(bytes, mode);
		wrong += !compare(cs, bytes, mode);
	}
	cs_close(&cs);
	EXPECT_EQ(wrong, 0);
	/* The generator must not drift off what is to be compared. */
	EXPECT(claimed > ROUNDS / 4);
}

TEST(agrees_with_disassembler_16)
{
	compare_mode(CS_MODE_16, INSN_MODE_16);
}

TEST(agrees_with_disassembler_32)
{
	compare_mode(CS_MODE_32, INSN_MODE_32);
}

TEST(agrees_with_disassembler_64)
{
	compare_mode(CS_MODE_64, INSN_MODE_64);
}
