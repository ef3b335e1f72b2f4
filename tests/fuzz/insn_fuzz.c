/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes, any mode, any registers: the decoder reads nothing behind what it
 * was given, and what it describes can be executed.
 */
#include "vmx/insn.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void check(const struct insn *insn, size_t n)
{
	if (!insn->len_bytes || insn->len_bytes > n ||
	    insn->len_bytes > INSN_MAX_BYTES || insn->op >= INSN_OPS)
		abort();
	if (!insn->size_bytes || insn->size_bytes > 8 ||
	    (!insn->mem_read && !insn->mem_write))
		abort();
	if (insn->other == INSN_OTHER_REG && insn->reg >= INSN_GPRS)
		abort();
}

static void execute(const struct insn *insn, u64 gpr[INSN_GPRS], u64 mem)
{
	u64 mask = ~0ull >> (64 - insn->size_bytes * 8);
	struct insn_values v = { .mem = mem & mask, .rax = gpr[0],
				 .rflags = gpr[1] };

	(void)insn_offset(insn, gpr, gpr[2]);
	(void)insn_movs_dest(insn, gpr);
	if (insn->other == INSN_OTHER_REG)
		v.reg = insn_reg_read(insn, gpr);
	insn_execute(insn, &v);
	if (insn->mem_write && v.mem & ~mask)
		abort();
	if (insn->reg_write)
		insn_reg_write(insn, gpr, v.reg);
	if (insn_is_string(insn) && !insn_rep_done(insn, gpr))
		insn_string_step(insn, gpr, gpr[1]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 gpr[INSN_GPRS] = { 0 };
	struct insn insn;
	size_t n, used;
	u8 *bytes;
	int err;

	if (size < 2)
		return 0;
	used = size - 1 < 20 ? size - 1 : 20;
	bytes = malloc(used);		/* of its own: bounds are watched */
	memcpy(bytes, data + 1, used);
	memcpy(gpr, data, size < sizeof(gpr) ? size : sizeof(gpr));
	for (n = 0; n <= used; n++) {
		err = insn_decode(&insn, bytes, n, data[0] % 3);
		if (err && err != -EAGAIN && err != -ENOSYS)
			abort();
		if (err)
			continue;
		check(&insn, n);
		execute(&insn, gpr, gpr[3]);
	}
	free(bytes);
	return 0;
}
