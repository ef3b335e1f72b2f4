/* SPDX-License-Identifier: BSD-2-Clause */
/* Every register in both modes against a table typed from the SDM. */
#include "apic/vlapic.h"

#include "tests/unit/apic/fixture.h"

/*
 * SDM "x2APIC Register Address Space": MSR 0x800 + index. @ok: bits that a
 * write may set without #GP; @kept: those of them that read back.
 */
static const struct x2_reg {
	u8 index;
	bool read, write;
	u64 ok, kept;
} x2_regs[] = {
	{ 0x02, true, false, 0, 0 },
	{ 0x03, true, false, 0, 0 },
	{ 0x08, true, true, 0xff, 0xff },
	{ 0x0a, true, false, 0, 0 },
	{ 0x0b, false, true, 0, 0 },
	{ 0x0d, true, false, 0, 0 },
	{ 0x0f, true, true, 0x13ff, 0x13ff },
	{ 0x28, true, true, 0, 0 },
	{ 0x2f, true, true, 0x117ff, 0x107ff },
	{ 0x30, true, true, 0xffffffff000cdfff, 0xffffffff000ccfff },
	{ 0x32, true, true, 0x710ff, 0x700ff },
	{ 0x33, true, true, 0x117ff, 0x107ff },
	{ 0x34, true, true, 0x117ff, 0x107ff },
	{ 0x35, true, true, 0x1f7ff, 0x1a7ff },
	{ 0x36, true, true, 0x1f7ff, 0x1a7ff },
	{ 0x37, true, true, 0x117ff, 0x107ff },
	{ 0x38, true, true, 0xffffffff, 0xffffffff },
	{ 0x39, true, false, 0, 0 },
	{ 0x3e, true, true, 0xb, 0xb },
	{ 0x3f, false, true, 0xff, 0 },
};

static struct x2_reg x2_reg(u32 index)
{
	for (u32 i = 0; i < ARRAY_SIZE(x2_regs); i++)
		if (x2_regs[i].index == index)
			return x2_regs[i];
	if (index >= 0x10 && index <= 0x27)	/* ISR, TMR, IRR */
		return (struct x2_reg){ .index = index, .read = true };
	return (struct x2_reg){ .index = index };
}

static struct vlapic *x2apic(void)
{
	struct vlapic *v = fix_init(1);

	fix_x2apic(v);
	fix_enable(v);
	return v;
}

TEST(x2apic_msrs_that_exist_and_only_they)
{
	for (u32 index = 0; index < 0x100; index++) {
		struct vlapic *v = x2apic();
		u64 value = 0x5a5a;

		EXPECT_EQ(vlapic_msr_read(v, 0x800 + index, &value),
			  x2_reg(index).read ? 0 : -EINVAL);
		EXPECT_EQ(vlapic_msr_write(v, 0x800 + index, 0),
			  x2_reg(index).write ? 0 : -EINVAL);
	}
}

TEST(msrs_outside_of_the_range_fault)
{
	static const u32 msr[] = { 0, 0x10, 0x7ff, 0x900, 0xbff, 0x80000802,
				   0xffffffff };
	struct vlapic *v = x2apic();
	u64 value;

	for (u32 i = 0; i < ARRAY_SIZE(msr); i++) {
		EXPECT_EQ(vlapic_msr_read(v, msr[i], &value), -EINVAL);
		EXPECT_EQ(vlapic_msr_write(v, msr[i], 0), -EINVAL);
	}
}

TEST(x2apic_reserved_bits_fault_one_by_one)
{
	for (u32 i = 0; i < ARRAY_SIZE(x2_regs); i++) {
		const struct x2_reg *r = &x2_regs[i];

		for (u32 bit = 0; r->write && bit < 64; bit++) {
			struct vlapic *v = x2apic();
			int want = r->ok & BIT(bit) ? 0 : -EINVAL;
			u64 value = 0;

			EXPECT_EQ(vlapic_msr_write(v, 0x800 + r->index,
						   BIT(bit)),
				  want);
			if (want || !r->read)
				continue;
			EXPECT_EQ(vlapic_msr_read(v, 0x800 + r->index, &value),
				  0);
			/* A disabled APIC, by SVR[8] = 0, masks its LVTs. */
			EXPECT_EQ(value, r->kept & BIT(bit));
		}
	}
}

TEST(x2apic_msrs_fault_in_xapic_mode)
{
	struct vlapic *v = fix_init(1);
	u64 value;

	for (u32 index = 0; index < 0x100; index++) {
		EXPECT_EQ(vlapic_msr_read(v, 0x800 + index, &value), -EINVAL);
		EXPECT_EQ(vlapic_msr_write(v, 0x800 + index, 0), -EINVAL);
	}
}

TEST(direct_msr_access_is_what_the_page_can_answer)
{
	for (u32 index = 0; index < 0x100; index++) {
		bool read = vlapic_x2apic_read_direct[index / 64] &
			    BIT(index % 64);
		bool write = vlapic_x2apic_write_direct[index / 64] &
			     BIT(index % 64);

		EXPECT_EQ(read, x2_reg(index).read && index != 0x39);
		EXPECT_EQ(write, index == 0x08 || index == 0x0b ||
					 index == 0x3f);
	}
}

/* SDM "Local APIC Register Address Map": what xAPIC stores keep. */
TEST(xapic_registers_keep_their_defined_bits)
{
	static const struct {
		u16 offset;
		u32 written, read;
	} t[] = {
		{ 0x020, 0xffffffff, 0 },
		{ 0x030, 0xffffffff, 0x01060014 },
		{ 0x080, 0xffffffff, 0xff },
		{ 0x090, 0xffffffff, 0 },
		{ 0x0a0, 0xffffffff, 0 },
		{ 0x0b0, 0xffffffff, 0 },
		{ 0x0c0, 0xffffffff, 0 },
		{ 0x0d0, 0xffffffff, 0xff000000 },
		{ 0x0e0, 0x00000000, 0x0fffffff },
		{ 0x0e0, 0xf0000000, 0xffffffff },
		{ 0x0f0, 0xffffffff, 0x13ff },
		{ 0x100, 0xffffffff, 0 },
		{ 0x1f0, 0xffffffff, 0 },
		{ 0x270, 0xffffffff, 0 },
		{ 0x2f0, 0xffffffff, 0x107ff },
		{ 0x300, 0xfff3ffff, 0x000ccfff & ~0xc0000 },
		{ 0x310, 0xffffffff, 0xff000000 },
		{ 0x320, 0xffffffff, 0x700ff },
		{ 0x330, 0xffffffff, 0x107ff },
		{ 0x340, 0xffffffff, 0x107ff },
		{ 0x350, 0xffffffff, 0x1a7ff },
		{ 0x360, 0xffffffff, 0x1a7ff },
		{ 0x370, 0xffffffff, 0x107ff },
		{ 0x380, 0xffffffff, 0xffffffff },
		{ 0x390, 0xffffffff, 0 },
		{ 0x3e0, 0xffffffff, 0xb },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		struct vlapic *v = fix_init(1);

		fix_enable(v);
		vlapic_mmio_write(v, t[i].offset, t[i].written);
		EXPECT_EQ(vlapic_mmio_read(v, t[i].offset), t[i].read);
	}
}

/* The CPU stores first and exits then: the result must be the same. */
TEST(apic_write_exit_equals_an_emulated_store)
{
	static const u32 values[] = { 0, 0xffffffff, 0x100ff, 0x40031, 0x12345,
				      0x400 };
	/* What APIC-register virtualization lets through. */
	static const u16 offsets[] = { 0x020, 0x080, 0x0d0, 0x0e0, 0x0f0,
				       0x280, 0x300, 0x310, 0x320, 0x330,
				       0x340, 0x350, 0x360, 0x370, 0x380,
				       0x3e0 };

	for (u32 i = 0; i < ARRAY_SIZE(offsets); i++) {
		for (u32 j = 0; j < ARRAY_SIZE(values); j++) {
			struct vlapic *v = fix_init(2);

			fix_enable(v);
			fix_enable(v + 1);
			vlapic_mmio_write(v, offsets[i], values[j]);
			vlapic_set(v + 1, offsets[i], values[j]);
			vlapic_apic_write(v + 1, offsets[i]);
			/* Identity differs, and so do self and other. */
			if (offsets[i] == 0x300)
				continue;
			vlapic_set(v + 1, 0x020, 0);
			EXPECT_MEM(v->page, (v + 1)->page, PAGE_SIZE);
		}
	}
}

TEST(apic_write_exit_restores_the_id)
{
	struct vlapic *v = fix_init(3) + 2;

	vlapic_set(v, APIC_ID, 0x77000000);
	vlapic_apic_write(v, APIC_ID);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_ID), 2u << 24);
	vlapic_apic_write(v, 0xff0);	/* no such register: nothing happens */
}

TEST(only_the_first_four_of_sixteen_bytes_are_defined)
{
	struct vlapic *v = fix_init(2) + 1;

	EXPECT_EQ(vlapic_mmio_read(v, 0x031), 0x010600);
	EXPECT_EQ(vlapic_mmio_read(v, 0x034), 0);
	EXPECT_EQ(vlapic_mmio_read(v, 0x03c), 0);
	vlapic_mmio_write(v, 0x084, 0x20);
	vlapic_mmio_write(v, 0x081, 0x20);
	EXPECT_EQ(vlapic_mmio_read(v, APIC_TPR), 0);
}

TEST(x2apic_icr_is_one_64_bit_store_without_busy_bit)
{
	struct vlapic *v = x2apic();
	u64 icr = 0;

	EXPECT_EQ(vlapic_msr_write(v, 0x830, 0x1234567800001031), 0);
	EXPECT_EQ(vlapic_msr_read(v, 0x830, &icr), 0);
	EXPECT_EQ(icr, 0x1234567800000031);
	EXPECT_EQ(vlapic_get(v, 0x304), 0x12345678);
	/* As IPI virtualization leaves it for exit 56. */
	vlapic_set(v, 0x300, 0x41042);
	vlapic_set(v, 0x304, 0);
	vlapic_apic_write(v, 0x300);
	EXPECT_EQ(vlapic_get(v, 0x300), 0x40042);
	EXPECT_EQ(fix_take(v), 0x42);
}

TEST(self_ipi_register)
{
	struct vlapic *v = x2apic();
	u64 esr = 0;

	EXPECT_EQ(vlapic_msr_write(v, 0x83f, 0x55), 0);
	EXPECT_EQ(fix_take(v), 0x55);
	/* Below 16: exit 56 with the vector in the page; send error. */
	vlapic_set(v, APIC_SELF_IPI, 0x0f);
	vlapic_apic_write(v, APIC_SELF_IPI);
	EXPECT_EQ(fix_take(v), 0);
	EXPECT_EQ(vlapic_msr_write(v, 0x828, 0), 0);
	EXPECT_EQ(vlapic_msr_read(v, 0x828, &esr), 0);
	EXPECT_EQ(esr, 0x20);
}

static u64 next_random(void)
{
	static u64 seed = 1;

	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed >> 20;
}

static void random_access(struct vlapic *v)
{
	u32 r = next_random(), value = next_random();
	u32 msr = 0x800 + (r >> 4) % 0x48;
	int result = 0;
	u64 out;

	if (r & 8)
		value &= 0x7ff;
	switch (r % 8) {
	case 0:
		result = vlapic_set_base(v, (value & 0xd00) | 0xfee00000);
		break;
	case 1:
		result = vlapic_msr_write(v, msr, value);
		break;
	case 2:
		result = vlapic_msr_read(v, msr, &out);
		break;
	case 3:
		vlapic_mmio_read(v, r >> 4);
		break;
	case 4:
		vlapic_tsc_deadline_write(v, value);
		break;
	default:
		vlapic_mmio_write(v, (r >> 4) & 0x3f0, value);
	}
	EXPECT(result == 0 || result == -EINVAL);
}

/* Nothing that a guest writes, in any order, does more than it may. */
TEST(random_accesses_keep_the_invariants)
{
	struct vlapic *v = NULL;

	for (u32 i = 0; i < 300000; i++) {
		if (i % 1000 == 0)
			v = fix_init(3);
		fix_now += next_random() & 0xfff;
		random_access(v);
		vlapic_timer_check(v, fix_now);
		vlapic_sync(v);
		/* Vectors below 16 are never requested. */
		EXPECT_EQ(vlapic_get(v, APIC_IRR) & 0xffff, 0);
		EXPECT_EQ(vlapic_get(v, APIC_ID),
			  vlapic_mode(v) == VLAPIC_X2APIC ? v->id :
							    v->id << 24);
		if (!(vlapic_get(v, APIC_SVR) & 0x100))
			EXPECT(vlapic_get(v, APIC_LVT_TIMER) & 0x10000);
	}
}
