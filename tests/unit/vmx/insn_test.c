/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/insn.h"

#include <string.h>

#include "core/err.h"
#include "tests/unit/test.h"

#define CF BIT(0)
#define ZF BIT(6)
#define DF BIT(10)

#define BYTES(...) ((const u8[]){ __VA_ARGS__ }), sizeof((u8[]){ __VA_ARGS__ })

TEST(store_of_a_register)
{
	struct insn insn;

	/* mov [rbx+rcx*4+0x10], eax */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x89, 0x44, 0x8b, 0x10),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn.op, INSN_MOV);
	EXPECT_EQ(insn.len_bytes, 4);
	EXPECT_EQ(insn.size_bytes, 4);
	EXPECT_EQ(insn.base, 3);
	EXPECT_EQ(insn.index, 1);
	EXPECT_EQ(insn.shift, 2);
	EXPECT_EQ(insn.disp, 0x10);
	EXPECT_EQ(insn.segment, INSN_DS);
	EXPECT_EQ(insn.other, INSN_OTHER_REG);
	EXPECT_EQ(insn.reg, 0);
	EXPECT(!insn.mem_read && insn.mem_write && !insn.reg_write);
}

TEST(load_reads_and_writes_its_register)
{
	struct insn insn;

	/* movzx r9d, byte [rbp-1] */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x44, 0x0f, 0xb6, 0x4d, 0xff),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn.op, INSN_MOVZX);
	EXPECT_EQ(insn.size_bytes, 1);
	EXPECT_EQ(insn.reg_bytes, 4);
	EXPECT_EQ(insn.reg, 9);
	EXPECT_EQ(insn.segment, INSN_SS);
	EXPECT(insn.mem_read && !insn.mem_write && insn.reg_write);
}

TEST(immediate_is_sign_extended_to_64_bits)
{
	struct insn insn;

	/* mov qword [rax], -2 */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x48, 0xc7, 0x00, 0xfe, 0xff, 0xff,
					   0xff), INSN_MODE_64), 0);
	EXPECT_EQ(insn.size_bytes, 8);
	EXPECT_EQ(insn.imm, (u64)-2);
	EXPECT_EQ(insn.len_bytes, 7);
}

TEST(moffs_has_the_address_size)
{
	struct insn insn;

	EXPECT_EQ(insn_decode(&insn, BYTES(0xa3, 0, 0, 0xe0, 0xfe),
			      INSN_MODE_32), 0);
	EXPECT_EQ(insn_offset(&insn, (u64[INSN_GPRS]){ 0 }, 0), 0xfee00000);
	EXPECT_EQ(insn_decode(&insn, BYTES(0xa1, 0, 0, 0xe0, 0xfe, 1, 0, 0, 0),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn.disp, 0x1fee00000);
	EXPECT_EQ(insn.len_bytes, 9);
	EXPECT_EQ(insn_decode(&insn, BYTES(0xa0, 0x34, 0x12), INSN_MODE_16), 0);
	EXPECT_EQ(insn.disp, 0x1234);
	EXPECT_EQ(insn.size_bytes, 1);
}

TEST(high_byte_registers_need_no_rex)
{
	struct insn insn;
	u64 gpr[INSN_GPRS] = { [0] = 0x1234, [4] = 0x99 };

	EXPECT_EQ(insn_decode(&insn, BYTES(0x88, 0x23), INSN_MODE_64), 0);
	EXPECT(insn.reg_high);
	EXPECT_EQ(insn_reg_read(&insn, gpr), 0x12);
	insn_reg_write(&insn, gpr, 0xab);
	EXPECT_EQ(gpr[0], 0xab34);
	EXPECT_EQ(insn_decode(&insn, BYTES(0x40, 0x88, 0x23), INSN_MODE_64), 0);
	EXPECT(!insn.reg_high);
	EXPECT_EQ(insn_reg_read(&insn, gpr), 0x99);
}

TEST(rex_counts_only_before_the_opcode)
{
	struct insn insn;

	EXPECT_EQ(insn_decode(&insn, BYTES(0x48, 0x66, 0x89, 0x03),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn.size_bytes, 2);
	EXPECT_EQ(insn_decode(&insn, BYTES(0x66, 0x48, 0x89, 0x03),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn.size_bytes, 8);
}

TEST(operand_size_beside_rep_is_16_bits)
{
	struct insn insn;

	/* The disassembler gets this one wrong: rep movsw. */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x66, 0xf3, 0xa5), INSN_MODE_64), 0);
	EXPECT_EQ(insn.size_bytes, 2);
	EXPECT(insn.rep);
}

TEST(null_segment_prefixes_of_64_bit_mode)
{
	struct insn insn;

	EXPECT_EQ(insn_decode(&insn, BYTES(0x65, 0x3e, 0x8b, 0x00),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn.segment, INSN_GS);
	EXPECT_EQ(insn_decode(&insn, BYTES(0x26, 0x8b, 0x00), INSN_MODE_64), 0);
	EXPECT_EQ(insn.segment, INSN_DS);
	EXPECT_EQ(insn_decode(&insn, BYTES(0x26, 0x8b, 0x00), INSN_MODE_32), 0);
	EXPECT_EQ(insn.segment, INSN_ES);
}

TEST(cut_instruction_asks_for_more)
{
	const u8 bytes[] = { 0x66, 0x41, 0x81, 0x84, 0x8b, 1, 2, 3, 4, 5, 6 };
	struct insn insn;
	size_t n;

	for (n = 0; n < sizeof(bytes); n++)
		EXPECT_EQ(insn_decode(&insn, bytes, n, INSN_MODE_64), -EAGAIN);
	EXPECT_EQ(insn_decode(&insn, bytes, n, INSN_MODE_64), 0);
	EXPECT_EQ(insn.len_bytes, sizeof(bytes));
}

TEST(more_than_15_bytes_are_refused)
{
	u8 bytes[16];
	struct insn insn;

	memset(bytes, 0x66, sizeof(bytes));
	bytes[14] = 0x89;
	bytes[15] = 0x03;
	EXPECT_EQ(insn_decode(&insn, bytes, 16, INSN_MODE_64), -ENOSYS);
	bytes[13] = 0x89;
	bytes[14] = 0x03;
	EXPECT_EQ(insn_decode(&insn, bytes, 16, INSN_MODE_64), 0);
	EXPECT_EQ(insn.len_bytes, 15);
}

TEST(unclaimed_forms_are_refused)
{
	static const u8 refused[][4] = {
		{ 0x89, 0xc0 },			/* mov eax, eax: no memory */
		{ 0xf0, 0x89, 0x03 },		/* lock mov */
		{ 0xf0, 0x3b, 0x03 },		/* lock cmp */
		{ 0xf0, 0x03, 0x03 },		/* lock add eax, [rbx] */
		{ 0xf0, 0x0f, 0xa3, 0x03 },	/* lock bt */
		{ 0x66, 0x0f, 0xc3, 0x03 },	/* movnti with 66 */
		{ 0xf2, 0x0f, 0x38, 0xf0 },	/* crc32 */
		{ 0xff, 0x13 },			/* call [rbx] */
		{ 0xc7, 0x0b },			/* group 11, /1 */
		{ 0x0f, 0x28, 0x03 },		/* movaps */
		{ 0x8d, 0x03 },			/* lea */
		{ 0x8e, 0x03 },			/* mov es, [rbx] */
		{ 0x0f, 0x01, 0x13 },		/* lgdt */
		{ 0x82, 0x03, 0x01 },
		{ 0xf4 },
	};
	struct insn insn;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ(insn_decode(&insn, refused[i], 4, INSN_MODE_64),
			  -ENOSYS);
	/* ARPL outside of 64-bit mode */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x63, 0x03), INSN_MODE_32),
		  -ENOSYS);
}

TEST(address_arithmetic)
{
	u64 gpr[INSN_GPRS] = { [3] = 0xfffffff0, [6] = 0x10, [12] = 0x1000 };
	struct insn insn;

	/* [ebx+esi+8] wraps at 32 bits */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x8b, 0x44, 0x33, 0x08),
			      INSN_MODE_32), 0);
	EXPECT_EQ(insn_offset(&insn, gpr, 0), 8);
	/* [bx+si] wraps at 16 */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x8b, 0x00), INSN_MODE_16), 0);
	EXPECT_EQ(insn_offset(&insn, gpr, 0), 0);
	/* [rip-4] */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x8b, 0x05, 0xfc, 0xff, 0xff, 0xff),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn_offset(&insn, gpr, 0x401006), 0x401002);
	/* [r12] takes a SIB byte */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x41, 0x8b, 0x04, 0x24),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn_offset(&insn, gpr, 0), 0x1000);
}

TEST(bit_string_reaches_beyond_its_operand)
{
	u64 gpr[INSN_GPRS] = { [0] = (u64)-1, [3] = 0x1000 };
	struct insn_values v = { .mem = 0x80000000 };
	struct insn insn;

	/* bt dword [rbx], eax with eax = -1: bit 31 of the dword before */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x0f, 0xa3, 0x03), INSN_MODE_64), 0);
	EXPECT_EQ(insn_offset(&insn, gpr, 0), 0xffc);
	v.reg = insn_reg_read(&insn, gpr);
	insn_execute(&insn, &v);
	EXPECT(v.rflags & CF);
	/* An immediate stays inside. */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x0f, 0xba, 0x2b, 0x21),
			      INSN_MODE_64), 0);
	EXPECT_EQ(insn_offset(&insn, gpr, 0), 0x1000);
	v.mem = 0;
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 2);
	EXPECT(!(v.rflags & CF));
}

TEST(register_merge_by_size)
{
	u64 gpr[INSN_GPRS] = { [0] = 0x1111111111111111 };
	struct insn insn = { .reg_bytes = 2 };

	insn_reg_write(&insn, gpr, 0x2222);
	EXPECT_EQ(gpr[0], 0x1111111111112222);
	insn.reg_bytes = 4;
	insn_reg_write(&insn, gpr, 0x33333333);
	EXPECT_EQ(gpr[0], 0x33333333);
}

TEST(extension_of_loads)
{
	struct insn_values v = { .mem = 0x80 };
	struct insn insn;

	/* movsx eax, byte [rbx] */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x0f, 0xbe, 0x03), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.reg, 0xffffff80);
	/* movbe eax, [rbx] */
	v.mem = 0x11223344;
	EXPECT_EQ(insn_decode(&insn, BYTES(0x0f, 0x38, 0xf0, 0x03),
			      INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.reg, 0x44332211);
	/* movbe [rbx], ax */
	v.reg = 0x1122;
	EXPECT_EQ(insn_decode(&insn, BYTES(0x66, 0x0f, 0x38, 0xf1, 0x03),
			      INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 0x2211);
}

TEST(cmp_keeps_its_order)
{
	struct insn_values v = { .mem = 1, .reg = 2 };
	struct insn insn;

	/* cmp [rbx], eax: 1 - 2 borrows */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x39, 0x03), INSN_MODE_64), 0);
	EXPECT(!insn.mem_write && !insn.reg_write);
	insn_execute(&insn, &v);
	EXPECT(v.rflags & CF);
	/* cmp eax, [rbx]: 2 - 1 does not */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x3b, 0x03), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT(!(v.rflags & CF));
	EXPECT_EQ(v.mem, 1);
	EXPECT_EQ(v.reg, 2);
}

TEST(exchange_forms)
{
	struct insn_values v = { .mem = 5, .reg = 7 };
	struct insn insn;

	EXPECT_EQ(insn_decode(&insn, BYTES(0x87, 0x03), INSN_MODE_64), 0);
	EXPECT(insn.mem_read && insn.mem_write && insn.reg_write);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 7);
	EXPECT_EQ(v.reg, 5);
	/* xadd [rbx], eax */
	EXPECT_EQ(insn_decode(&insn, BYTES(0xf0, 0x0f, 0xc1, 0x03),
			      INSN_MODE_64), 0);
	EXPECT(insn.lock);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 12);
	EXPECT_EQ(v.reg, 7);
}

TEST(cmpxchg_both_ways)
{
	struct insn_values v = { .mem = 5, .reg = 9, .rax = 5 };
	struct insn insn;

	EXPECT_EQ(insn_decode(&insn, BYTES(0x0f, 0xb1, 0x0b), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 9);
	EXPECT(v.rflags & ZF);
	v.rax = 0x1111111100000001;
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 9);
	EXPECT_EQ(v.rax, 9);
	EXPECT(!(v.rflags & ZF));
}

TEST(unary_forms_and_the_carry)
{
	struct insn_values v = { .mem = 0xff, .rflags = CF };
	struct insn insn;

	/* inc byte [rbx] keeps CF */
	EXPECT_EQ(insn_decode(&insn, BYTES(0xfe, 0x03), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 0);
	EXPECT_EQ(v.rflags & (CF | ZF), CF | ZF);
	/* neg byte [rbx] of 0 clears it */
	EXPECT_EQ(insn_decode(&insn, BYTES(0xf6, 0x1b), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.rflags & CF, 0);
	/* not */
	EXPECT_EQ(insn_decode(&insn, BYTES(0xf6, 0x13), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 0xff);
	EXPECT_EQ(v.rflags & ZF, ZF);
}

TEST(arithmetic_with_carry)
{
	struct insn_values v = { .mem = 0xfffffffe, .rflags = CF };
	struct insn insn;

	/* adc dword [rbx], 1 */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x83, 0x13, 0x01), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 0);
	EXPECT_EQ(v.rflags & (CF | ZF), CF | ZF);
	/* sbb dword [rbx], 0 */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x83, 0x1b, 0x00), INSN_MODE_64), 0);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 0xffffffff);
	EXPECT(v.rflags & CF);
	/* test dword [rbx], imm writes nothing */
	EXPECT_EQ(insn_decode(&insn, BYTES(0xf7, 0x03, 1, 0, 0, 0),
			      INSN_MODE_64), 0);
	EXPECT(!insn.mem_write);
	insn_execute(&insn, &v);
	EXPECT(!(v.rflags & CF));
}

TEST(string_instructions_step_their_registers)
{
	u64 gpr[INSN_GPRS] = { [0] = 0xaa, [1] = 2, [6] = 0x100, [7] = 0x200 };
	struct insn_values v = { 0 };
	struct insn insn;

	/* rep stosb */
	EXPECT_EQ(insn_decode(&insn, BYTES(0xf3, 0xaa), INSN_MODE_64), 0);
	EXPECT(insn_is_string(&insn));
	EXPECT_EQ(insn_offset(&insn, gpr, 0), 0x200);
	EXPECT_EQ(insn.segment, INSN_ES);
	v.reg = insn_reg_read(&insn, gpr);
	insn_execute(&insn, &v);
	EXPECT_EQ(v.mem, 0xaa);
	EXPECT(!insn_rep_done(&insn, gpr));
	insn_string_step(&insn, gpr, 0);
	insn_string_step(&insn, gpr, 0);
	EXPECT(insn_rep_done(&insn, gpr));
	EXPECT_EQ(gpr[7], 0x202);
	EXPECT_EQ(gpr[6], 0x100);
	/* movsd downwards */
	EXPECT_EQ(insn_decode(&insn, BYTES(0xa5), INSN_MODE_64), 0);
	EXPECT_EQ(insn_offset(&insn, gpr, 0), 0x100);
	EXPECT_EQ(insn_movs_dest(&insn, gpr), 0x202);
	insn_string_step(&insn, gpr, DF);
	EXPECT_EQ(gpr[6], 0xfc);
	EXPECT_EQ(gpr[7], 0x1fe);
	/* lodsw: AX from memory, FS override taken */
	EXPECT_EQ(insn_decode(&insn, BYTES(0x66, 0x64, 0xad), INSN_MODE_64), 0);
	EXPECT_EQ(insn.segment, INSN_FS);
	EXPECT(insn.mem_read && insn.reg_write && !insn.mem_write);
	v.mem = 0x1234;
	insn_execute(&insn, &v);
	EXPECT_EQ(v.reg, 0x1234);
	insn_string_step(&insn, gpr, 0);
	EXPECT_EQ(gpr[6], 0xfe);
}

TEST(address_size_cuts_string_counters)
{
	u64 gpr[INSN_GPRS] = { [1] = 0x10000, [7] = 0x1ffff };
	struct insn insn;

	EXPECT_EQ(insn_decode(&insn, BYTES(0xf3, 0xaa), INSN_MODE_16), 0);
	EXPECT(insn_rep_done(&insn, gpr));
	insn_string_step(&insn, gpr, 0);
	EXPECT_EQ(gpr[7], 0x10000);
}
