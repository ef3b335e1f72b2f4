/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile: random instruction bytes, run at CPL 3 with every register
 * pointing at devices and holes, and with nothing else mapped for them but
 * their own page. A timer ends loops. What the hypervisor cannot decode may
 * stop this VM; nothing may harm the host. "seed=N" and "rounds=N" (default
 * 5000) repeat or vary a run; "addr32=1" allows the prefix 0x67, on which
 * string instructions make Bochs 3.0 itself give up.
 */
#include "lib/guest.h"

#define VEC_TIMER	0x61
#define CODE_WINDOW	10
#define HOLE_WINDOW	11
#define IOAPIC_WINDOW	12

static u64 seed;
static u8 *code;
static void *targets[2];

extern u8 insn_stub[], insn_stub_end[];

static u64 random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Turns an endless loop into a trap, as if INT 0x81 had been executed. */
static void on_timer(struct frame *f)
{
	apic_eoi();
	if ((f->cs & 3) != 3)
		return;
	f->rip = (u64)code + 0x1000;
	f->cs = SEL_USER_CODE | 3;
	f->rflags &= ~RFLAGS_TF;
}

/* A random opcode, often a known memory form, with a memory operand. */
static void generate(void)
{
	static const u8 likely[] = {
		0x88, 0x89, 0x8a, 0x8b, 0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad,
		0xc6, 0xc7, 0x00, 0x01, 0x09, 0x21, 0x31, 0x39, 0x84, 0x85,
		0x86, 0x87, 0x80, 0x81, 0x83, 0xf6, 0xf7, 0xfe, 0xff, 0x63,
	};
	u32 i, n = 0;

	for (i = 0; i < 32; i++)
		code[i] = (u8)random();
	while (random() & 1 && n < 4)
		code[n++] = "\x66\x67\xf2\xf3\xf0\x2e\x3e\x26"[random() & 7];
	if (random() & 1)
		code[n++] = (u8)(0x40 | (random() & 15));
	if (random() & 3) {
		code[n++] = likely[random() % ARRAY_SIZE(likely)];
		code[n++] = (u8)(random() & 0xbf);
	}
	for (i = 0; i < 32 && !boot_option("addr32", 0); i++)
		if (code[i] == 0x67)
			code[i] = 0x66;
	code[0x1000] = 0xcd;
	code[0x1001] = VEC_USER_RETURN;
}

/* Only the windows stay user pages; the stub is copied into one of them. */
static void isolate(void)
{
	u32 i;

	for (i = 0; i < 2048; i++)
		if (page_dirs[i] & PTE_PS)
			page_dirs[i] &= ~PTE_U;
	write_cr3(read_cr3());
}

int main(void)
{
	u64 rounds = boot_option("rounds", 5000), i;
	u32 outcome[33] = { 0 };
	struct trap t;

	seed = boot_option("seed", 88172645463325252);
	code = page_window(CODE_WINDOW, PAGE_2M);
	targets[0] = (u8 *)page_window(HOLE_WINDOW, page_hole()) + 0x100000;
	targets[1] = page_window(IOAPIC_WINDOW, IOAPIC_BASE);
	if (!cpu_noexit() && !cpu_tcg())	/* bare Bochs panics there */
		targets[1] = targets[0];
	trap_set_handler(VEC_TIMER, on_timer);
	memcpy(code + 0x2000, insn_stub, (size_t)(insn_stub_end - insn_stub));
	isolate();
	apic_write(APIC_DCR, 0xb);
	apic_write(APIC_LVT_TIMER, VEC_TIMER);
	print("BEGIN hostile-insn\n");
	for (i = 0; i < rounds; i++) {
		generate();
		apic_write(APIC_TMICT, 200000);
		t = TRAP_OF(user_enter((void (*)(void *))(code + 0x2000),
				       targets[i & 1], (u64)code + 0x8000,
				       RFLAGS_IF | 2));
		apic_write(APIC_TMICT, 0);
		outcome[t.vector < 32 ? t.vector : 32]++;
	}
	print("ud %u gp %u pf %u others %u ended %u\n", outcome[VEC_UD],
	      outcome[VEC_GP], outcome[VEC_PF], (u32)rounds - outcome[VEC_UD] -
	      outcome[VEC_GP] - outcome[VEC_PF] - outcome[32], outcome[32]);
	test_pass("hostile-insn");
	return 0;
}
