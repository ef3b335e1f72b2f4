/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Differential test: random sequences of ICR writes, mode switches, LDR/DFR
 * and enable changes on 10 vCPUs against a second model. The model is written
 * from the SDM's text, one vCPU at a time and one question at a time, and
 * shares nothing with apic/ but the constants of the test.
 */
#include "apic/domain.h"

#include "tests/unit/apic/fixture.h"

#define CPUS		10
#define SEQUENCES	1000000

enum { M_OFF, M_X, M_X2 };

struct model_cpu {
	int mode;
	bool enabled;		/* SVR[8] */
	unsigned int ldr;	/* 8 bits, xAPIC */
	unsigned int dfr;	/* bits 31:28 */
};

struct event {
	int vector;		/* 0: no fixed interrupt */
	bool nmi, init, sipi;
	int sipi_vector;
};

struct outcome {
	struct event event[CPUS];
	bool send_error;
};

static struct model_cpu model[CPUS];
static struct outcome want;

static u64 next_random(void)
{
	static u64 x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* Is CPU @i named by destination @dest in the format of sender @s? */
static bool model_named(int s, int i, unsigned int dest, bool logical)
{
	unsigned int all = model[s].mode == M_X2 ? 0xffffffff : 0xff;
	unsigned int hit;

	if (model[i].mode == M_OFF)
		return false;
	if (dest == all)
		return true;
	if (!logical)
		return dest == (unsigned int)i;
	if (model[i].mode == M_X2) {
		if (dest / 65536 != (unsigned int)i / 16)
			return false;
		return (dest >> (i % 16)) % 2 == 1;
	}
	if (dest >= 256)
		return false;
	hit = dest & model[i].ldr;
	if (model[i].dfr == 15)
		return hit != 0;
	if (model[i].dfr == 0)
		return dest / 16 == model[i].ldr / 16 && hit % 16 != 0;
	return false;
}

static bool model_target(int s, int i, int shorthand, unsigned int dest,
			 bool logical)
{
	if (shorthand == 1)
		return i == s;
	if (shorthand == 2)
		return model[i].mode != M_OFF;
	if (shorthand == 3)
		return model[i].mode != M_OFF && i != s;
	return model_named(s, i, dest, logical);
}

static void model_icr(int s, u64 icr)
{
	int vector = icr % 256, mode = icr / 256 % 8;
	bool logical = icr / 2048 % 2, level = icr / 32768 % 2;
	bool assert_bit = icr / 16384 % 2;
	int shorthand = icr / 262144 % 4;
	unsigned int dest = model[s].mode == M_X2 ? icr >> 32 : icr >> 56;
	int list[CPUS], n = 0;

	memset(&want, 0, sizeof(want));
	if (mode == 5 && level && !assert_bit)
		return;
	if (mode <= 1 && vector < 16) {
		want.send_error = true;
		return;
	}
	/* "Invalid" in the SDM's table: dropped. */
	if ((shorthand == 1 || shorthand == 2) && mode != 0)
		return;
	for (int i = 0; i < CPUS; i++) {
		if (!model_target(s, i, shorthand, dest, logical))
			continue;
		if (mode == 4)
			want.event[i].nmi = true;
		if (mode == 5)
			want.event[i].init = true;
		if (mode == 6) {
			want.event[i].sipi = true;
			want.event[i].sipi_vector = vector;
		}
		if (mode == 0 && model[i].enabled)
			want.event[i].vector = vector;
		if (mode == 1 && model[i].enabled)
			list[n++] = i;
	}
	/* Lowest priority in the physical unicast form has one candidate. */
	if (mode == 1 && n)
		want.event[list[vector % n]].vector = vector;
}

static void enter_mode(int i, int mode)
{
	struct vlapic *v = &fix_vlapic[i];
	u64 base = 0xfee00000 | (i == 0 ? 0x100 : 0);
	static const u64 bits[] = { 0, 0x800, 0xc00 };

	/* Through "off", which is legal from everywhere, then up. */
	EXPECT_EQ(vlapic_set_base(v, base), 0);
	for (int m = M_X; m <= mode; m++)
		EXPECT_EQ(vlapic_set_base(v, base | bits[m]), 0);
	model[i] = (struct model_cpu){ .mode = mode, .dfr = 15 };
}

static void set_enabled(int i, bool on)
{
	u32 svr = on ? 0x1ff : 0xff;

	if (model[i].mode == M_X)
		vlapic_mmio_write(&fix_vlapic[i], APIC_SVR, svr);
	else if (model[i].mode == M_X2)
		EXPECT_EQ(vlapic_msr_write(&fix_vlapic[i], 0x80f, svr), 0);
	else
		return;
	model[i].enabled = on;
}

static void set_logical(int i, u64 r)
{
	static const u32 dfr[] = { 15, 15, 0, 0, 7 };

	if (model[i].mode != M_X)
		return;
	model[i].ldr = r % 3 ? 1u << (r / 8 % 8) : r / 8 % 256;
	model[i].dfr = dfr[r / 4096 % 5];
	vlapic_mmio_write(&fix_vlapic[i], APIC_LDR, model[i].ldr << 24);
	vlapic_mmio_write(&fix_vlapic[i], APIC_DFR,
			  model[i].dfr << 28 | 0x0fffffff);
}

/* An ICR value that is interesting often enough. */
static u64 random_icr(int s)
{
	u64 r = next_random(), dest;
	u64 icr = r & 0xccfff;

	switch (next_random() % 5) {
	case 0:
		dest = next_random() % (CPUS + 2);
		break;
	case 1:
		dest = 0xffffffff;
		break;
	case 2:
		dest = next_random() % 2 << 16 | next_random() % 0x10000;
		break;
	case 3:
		dest = next_random() % 256;
		break;
	default:
		dest = next_random() & 0xffffffff;
	}
	if (r >> 40 & 1)
		icr &= ~0x700ull;
	if (r >> 41 & 1)
		icr |= 0x30;
	if (r >> 42 & 3)
		icr &= ~0xc0000ull;
	return icr | (model[s].mode == M_X2 ? dest << 32 : dest << 56);
}

static void write_icr(int s, u64 icr)
{
	struct vlapic *v = &fix_vlapic[s];

	if (model[s].mode == M_X2) {
		EXPECT_EQ(vlapic_msr_write(v, 0x830, icr), 0);
	} else {
		vlapic_mmio_write(v, APIC_ICR2, icr >> 32);
		vlapic_mmio_write(v, APIC_ICR, icr);
	}
}

/* Collect what arrived at CPU @i; true when it is what the model says. */
static bool arrived(int i)
{
	const struct event *e = &want.event[i];
	struct vlapic *v = &fix_vlapic[i];
	u32 requests = sched_take(v->se);
	u8 vector = vlapic_sync(v);
	bool ok = vector == e->vector;

	ok = ok && !(requests & SCHED_REQ_NMI) == !e->nmi;
	ok = ok && !(requests & SCHED_REQ_INIT) == !e->init;
	ok = ok && !(requests & SCHED_REQ_SIPI) == !e->sipi;
	ok = ok && (!e->sipi || (int)v->sipi_vector == e->sipi_vector);
	if (vector) {
		ok = ok && (requests & SCHED_REQ_EVENT);
		vlapic_set_vector(v, APIC_IRR, vector, false);
		ok = ok && vlapic_highest_vector(v, APIC_IRR) == 0;
		ok = ok && !vlapic_test_vector(v, APIC_TMR, vector);
	}
	return ok;
}

static bool one_icr(int s)
{
	u64 icr = random_icr(s);
	bool ok = true;

	model_icr(s, icr);
	fix_vlapic[s].esr_pending = 0;
	write_icr(s, icr);
	ok = !(fix_vlapic[s].esr_pending & 0x20) == !want.send_error;
	for (int i = 0; i < CPUS; i++)
		ok = arrived(i) && ok;
	if (!ok)
		EXPECT_EQ(icr, s);	/* prints both */
	return ok;
}

TEST(icr_writes_reach_whom_the_model_says)
{
	u32 bad = 0;

	fix_init(CPUS);
	for (int i = 0; i < CPUS; i++)
		enter_mode(i, M_X);
	for (u32 n = 0; n < SEQUENCES && bad < 10; n++) {
		u64 r = next_random();
		int i = r / 16 % CPUS;

		if (r % 16 == 0) {
			enter_mode(i, r / 256 % 8 ? M_X + r / 2048 % 2 : M_OFF);
		} else if (r % 16 == 1 || r % 16 == 2) {
			set_enabled(i, r / 256 % 4);
		} else if (r % 16 == 3) {
			set_logical(i, r / 256);
		} else if (model[i].mode != M_OFF) {
			bad += !one_icr(i);
			continue;
		}
		for (int j = 0; j < CPUS; j++)
			sched_take(&fix_se[j]);
	}
	EXPECT_EQ(bad, 0);
}
