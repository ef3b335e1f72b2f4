/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instruction decoder: prefixes, opcode, ModRM and SIB, immediates. SDM 2,
 * chapter 2 "Instruction Format". An opcode that the maps do not claim is
 * refused before its operands are looked at, so a length is never guessed.
 */
#include "vmx/insn.h"

#include "core/err.h"
#include "vmx/insn_map.h"

#define REX_B		BIT(0)
#define REX_X		BIT(1)
#define REX_R		BIT(2)
#define REX_W		BIT(3)
#define MODRM_RM	BITS(2, 0)
#define MODRM_REG	BITS(5, 3)
#define MODRM_MOD	BITS(7, 6)
#define SIB_BASE	BITS(2, 0)
#define SIB_INDEX	BITS(5, 3)
#define SIB_SCALE	BITS(7, 6)

#define NO_SEGMENT 0xff

struct decoder {
	struct insn *insn;
	const u8 *bytes;
	u32 n, pos;		/* n: at most INSN_MAX_BYTES */
	bool cut;		/* the caller has fewer than INSN_MAX_BYTES */
	enum insn_mode mode;
	u8 rex;			/* 0, or 0x40 and REX_* */
	bool operand_size;	/* 66 */
	bool address_size;	/* 67 */
	u8 repeat;		/* 0, F2 or F3: the last one counts */
	u8 segment;
	u8 modrm;
};

/* Bytes ran out: there may be more, or it is longer than 15 and raises #GP. */
static int ran_out(const struct decoder *d)
{
	return d->cut ? -EAGAIN : -ENOSYS;
}

static inline int fetch_byte(struct decoder *d, u8 *value)
{
	if (unlikely(d->pos >= d->n))
		return ran_out(d);
	*value = d->bytes[d->pos++];
	return 0;
}

/* @len little-endian bytes, sign-extended. An exit pays for each step here. */
static int fetch(struct decoder *d, u32 len, u64 *value)
{
	const u8 *at = d->bytes + d->pos;
	s16 word;
	s32 dword;

	if (unlikely(d->n - d->pos < len))
		return ran_out(d);
	d->pos += len;
	switch (len) {
	case 1:
		*value = (u64)(s8)*at;
		break;
	case 2:
		__builtin_memcpy(&word, at, sizeof(word));
		*value = (u64)word;
		break;
	case 4:
		__builtin_memcpy(&dword, at, sizeof(dword));
		*value = (u64)dword;
		break;
	default:
		__builtin_memcpy(value, at, sizeof(*value));
	}
	return 0;
}

/* True if @byte is a legacy prefix. */
static bool legacy_prefix(struct decoder *d, u8 byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e:
		/* ES, CS, SS, DS: null prefixes in 64-bit mode */
		if (d->mode != INSN_MODE_64)
			d->segment = (byte >> 3) & 3;
		return true;
	case 0x64: case 0x65:
		d->segment = byte == 0x64 ? INSN_FS : INSN_GS;
		return true;
	case 0x66:
		d->operand_size = true;
		return true;
	case 0x67:
		d->address_size = true;
		return true;
	case 0xf0:
		d->insn->lock = true;
		return true;
	case 0xf2: case 0xf3:
		d->repeat = byte;
		return true;
	}
	return false;
}

/* REX counts only right before the opcode: any later prefix undoes it. */
static int decode_prefixes(struct decoder *d, u8 *opcode)
{
	for (;;) {
		int err = fetch_byte(d, opcode);

		if (err)
			return err;
		if (insn_one_byte_map[*opcode].form != FORM_NONE)
			return 0;
		if (d->mode == INSN_MODE_64 && (*opcode & 0xf0) == 0x40)
			d->rex = *opcode;
		else if (legacy_prefix(d, *opcode))
			d->rex = 0;
		else
			return 0;
	}
}

static int decode_opcode(struct decoder *d, u8 byte, const struct opcode **out)
{
	int err;

	if (byte == 0x63 && d->mode != INSN_MODE_64)
		return -ENOSYS;		/* ARPL */
	*out = &insn_one_byte_map[byte];
	if (byte != 0x0f)
		return 0;
	err = fetch_byte(d, &byte);
	if (err)
		return err;
	*out = &insn_two_byte_map[byte];
	/* MOVNTI takes no prefix of 66, F2, F3. */
	if (byte == 0xc3 && (d->operand_size || d->repeat))
		return -ENOSYS;
	if (byte != 0x38)
		return 0;
	err = fetch_byte(d, &byte);
	if (err)
		return err;
	/* F2 makes it CRC32, F3 is reserved. */
	if ((byte != 0xf0 && byte != 0xf1) || d->repeat)
		return -ENOSYS;
	*out = byte == 0xf0 ? &insn_movbe_load : &insn_movbe_store;
	return 0;
}

static u8 operand_bytes(const struct decoder *d)
{
	if (d->rex & REX_W)
		return 8;
	return (d->mode == INSN_MODE_16) != d->operand_size ? 2 : 4;
}

static void set_sizes(struct decoder *d, const struct opcode *opcode)
{
	struct insn *insn = d->insn;
	u8 full = operand_bytes(d), size = full;

	switch (opcode->width) {
	case WIDTH_BYTE:
		size = 1;
		break;
	case WIDTH_WORD:
		size = 2;
		break;
	case WIDTH_DWORD:
		size = min(full, 4);
		break;
	case WIDTH_MOVNTI:
		size = max(full, 4);
		break;
	}
	insn->size_bytes = size;
	insn->reg_bytes = size;
	if (insn->op == INSN_MOVZX || insn->op == INSN_MOVSX)
		insn->reg_bytes = full;
}

/* Table 2-1 "16-Bit Addressing Forms": base, index of each R/M value. */
static int decode_modrm_16(struct decoder *d, u8 mod, u8 rm)
{
	static const u8 base[8] = { 3, 3, 5, 5, 6, 7, 5, 3 };
	static const u8 index[8] = { 6, 7, 6, 7, INSN_NO_REG, INSN_NO_REG,
				     INSN_NO_REG, INSN_NO_REG };
	struct insn *insn = d->insn;

	if (mod == 0 && rm == 6)
		return fetch(d, 2, &insn->disp);
	insn->base = base[rm];
	insn->index = index[rm];
	if (insn->base == 5)
		insn->segment = INSN_SS;
	if (mod == 0)
		return 0;
	return fetch(d, mod == 1 ? 1 : 2, &insn->disp);
}

static int decode_sib(struct decoder *d, u8 mod)
{
	struct insn *insn = d->insn;
	u8 sib, base, index;
	int err = fetch_byte(d, &sib);

	if (err)
		return err;
	base = field_get(SIB_BASE, sib);
	index = field_get(SIB_INDEX, sib) | (d->rex & REX_X ? 8 : 0);
	insn->shift = field_get(SIB_SCALE, sib);
	if (index != 4)
		insn->index = index;
	/* No base: a 32-bit displacement; REX.B is not looked at. */
	if (base == 5 && mod == 0)
		return fetch(d, 4, &insn->disp);
	if (base == 4 || base == 5)
		insn->segment = d->rex & REX_B ? INSN_DS : INSN_SS;
	insn->base = base | (d->rex & REX_B ? 8 : 0);
	return 0;
}

/* Table 2-2 "32-Bit Addressing Forms", 2.2.1.6 "RIP-Relative Addressing". */
static int decode_modrm_32(struct decoder *d, u8 mod, u8 rm)
{
	struct insn *insn = d->insn;
	int err = 0;

	if (rm == 4) {
		err = decode_sib(d, mod);
	} else if (rm == 5 && mod == 0) {
		if (d->mode == INSN_MODE_64)
			insn->base = INSN_RIP;
		return fetch(d, 4, &insn->disp);
	} else {
		insn->base = rm | (d->rex & REX_B ? 8 : 0);
		if (insn->base == 5)
			insn->segment = INSN_SS;
	}
	if (err || mod == 0)
		return err;
	return fetch(d, mod == 1 ? 1 : 4, &insn->disp);
}

static int decode_modrm(struct decoder *d)
{
	u8 mod = field_get(MODRM_MOD, d->modrm);
	u8 rm = field_get(MODRM_RM, d->modrm);

	if (mod == 3)
		return -ENOSYS;		/* no memory operand */
	if (d->insn->address_bytes == 2)
		return decode_modrm_16(d, mod, rm);
	return decode_modrm_32(d, mod, rm);
}

/* Table 2-8: without REX, byte registers 4..7 are AH, CH, DH, BH. */
static void decode_reg(struct decoder *d)
{
	struct insn *insn = d->insn;
	u8 reg = field_get(MODRM_REG, d->modrm);

	insn->other = INSN_OTHER_REG;
	insn->reg_high = insn->reg_bytes == 1 && !d->rex && reg >= 4;
	insn->reg = insn->reg_high ? reg - 4 : reg;
	if (d->rex & REX_R)
		insn->reg += 8;
}

static int decode_imm(struct decoder *d, u8 form)
{
	struct insn *insn = d->insn;
	u32 len = form == FORM_MI8 ? 1 : min(insn->size_bytes, 4);

	insn->other = INSN_OTHER_IMM;
	return fetch(d, len, &insn->imm);
}

static int decode_moffs(struct decoder *d)
{
	d->insn->other = INSN_OTHER_REG;	/* AL, AX, EAX, RAX */
	return fetch(d, d->insn->address_bytes, &d->insn->disp);
}

static void decode_string(struct decoder *d)
{
	struct insn *insn = d->insn;

	insn->rep = d->repeat != 0;
	insn->base = insn->op == INSN_STOS ? 7 : 6;
	if (insn->op == INSN_STOS)
		insn->segment = INSN_ES;
	if (insn->op != INSN_MOVS)
		insn->other = INSN_OTHER_REG;
}

static int decode_operands(struct decoder *d, const struct opcode *opcode)
{
	int err;

	switch (opcode->form) {
	case FORM_LOAD_MOFFS:
	case FORM_STORE_MOFFS:
		return decode_moffs(d);
	case FORM_STRING:
		decode_string(d);
		return 0;
	}
	err = decode_modrm(d);
	if (err)
		return err;
	if (opcode->form == FORM_MR || opcode->form == FORM_RM)
		decode_reg(d);
	else if (opcode->form == FORM_MI || opcode->form == FORM_MI8)
		return decode_imm(d, opcode->form);
	return 0;
}

static void set_directions(struct insn *insn, u8 form)
{
	u8 traits = insn_traits[insn->op];

	if (form == FORM_RM || form == FORM_LOAD_MOFFS ||
	    insn->op == INSN_LODS) {
		insn->mem_read = true;
		insn->reg_first = true;
		insn->reg_write = traits & DEST_WRITE || insn->op == INSN_LODS;
		return;
	}
	insn->mem_read = traits & DEST_READ;
	insn->mem_write = traits & DEST_WRITE;
	insn->reg_write = insn->op == INSN_XCHG || insn->op == INSN_XADD;
}

/* LOCK anywhere but on a read-modify-write of memory raises #UD. */
static bool lock_legal(const struct insn *insn)
{
	return !insn->lock ||
	       (insn_traits[insn->op] & LOCKABLE && insn->mem_write);
}

static u8 address_bytes(const struct decoder *d)
{
	if (d->mode == INSN_MODE_64)
		return d->address_size ? 4 : 8;
	return (d->mode == INSN_MODE_16) != d->address_size ? 2 : 4;
}

/* Prefixes and opcode, with the ModRM byte and the group that it selects. */
static int decode_form(struct decoder *d, const struct opcode **out)
{
	const struct opcode *opcode;
	u8 byte;
	int err = decode_prefixes(d, &byte);

	if (!err)
		err = decode_opcode(d, byte, &opcode);
	if (err)
		return err;
	if (opcode->form == FORM_NONE)
		return -ENOSYS;
	if (opcode->form <= FORM_LAST_MODRM) {
		err = fetch_byte(d, &d->modrm);
		if (err)
			return err;
	}
	if (opcode->form == FORM_GROUP)
		opcode = &insn_group_map[opcode->op]
					[field_get(MODRM_REG, d->modrm)];
	*out = opcode;
	return opcode->form == FORM_NONE ? -ENOSYS : 0;
}

static int decode(struct decoder *d)
{
	struct insn *insn = d->insn;
	const struct opcode *opcode;
	int err = decode_form(d, &opcode);

	if (err)
		return err;
	insn->op = opcode->op;
	insn->address_bytes = address_bytes(d);
	set_sizes(d, opcode);
	err = decode_operands(d, opcode);
	if (err)
		return err;
	set_directions(insn, opcode->form);
	/* The ES of a string destination cannot be overridden. */
	if (d->segment != NO_SEGMENT && insn->op != INSN_STOS)
		insn->segment = d->segment;
	insn->len_bytes = d->pos;
	return lock_legal(insn) ? 0 : -ENOSYS;
}

int insn_decode(struct insn *insn, const u8 *bytes, size_t n,
		enum insn_mode mode)
{
	struct decoder d = {
		.insn = insn, .bytes = bytes, .mode = mode,
		.n = (u32)min(n, (size_t)INSN_MAX_BYTES),
		.cut = n < INSN_MAX_BYTES, .segment = NO_SEGMENT,
	};

	*insn = (struct insn){
		.segment = INSN_DS, .base = INSN_NO_REG, .index = INSN_NO_REG,
	};
	return decode(&d);
}
