/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/mmio.c, vmx/exit_apic.c, vmx/exit_io.c: instructions on devices. */
#include "vmx/vcpu.h"

#include "tests/unit/vmx/fixture.h"

#define DEVICE_GPA	0xc0000000ull
#define DEVICE_GVA	0x10000ull	/* mapped to it */
#define RIP		0x100000ull

static u8 device[2 * PAGE_SIZE];
static struct trap_access last;
static u32 accesses;

static void on_access(void *ctx, struct trap_access *access)
{
	last = *access;
	accesses++;
	EXPECT(access->offset + access->size_bytes <= sizeof(device));
	if (access->write) {
		memcpy((u8 *)ctx + access->offset, &access->data,
		       access->size_bytes);
		return;
	}
	access->data = 0;
	memcpy(&access->data, (u8 *)ctx + access->offset, access->size_bytes);
}

static void start(const void *code, u32 len)
{
	u64 *pt;

	fix_init();
	EXPECT_EQ(guest_trap_mmio(&fix_vm.guest, DEVICE_GPA, sizeof(device),
				  on_access, device), 0);
	EXPECT_EQ(guest_trap_pio(&fix_vm.guest, 0x100, 8, on_access, device),
		  0);
	pt = fix_ram(0x4000);
	pt[DEVICE_GVA >> PAGE_SHIFT] = DEVICE_GPA | 3;
	pt[(DEVICE_GVA >> PAGE_SHIFT) + 1] = (DEVICE_GPA + PAGE_SIZE) | 3;
	for (u32 i = 0; i < sizeof(device); i++)
		device[i] = (u8)i;
	memcpy(fix_ram(RIP), code, len);
	accesses = 0;
	fix_vcpu->gpr[RBX] = DEVICE_GVA;
}

/* The access that the CPU reports: at @offset of the device. */
static enum exit_result violation(u64 offset, bool write)
{
	FIX_SET(VMCS_GUEST_PHYSICAL, DEVICE_GPA + offset);
	FIX_SET(VMCS_EXIT_QUALIFICATION,
		BIT(7) | BIT(8) | (write ? BIT(1) : BIT(0)));
	return fix_exit(EXIT_EPT_VIOLATION);
}

#define START(...)						\
	do {							\
		static const u8 code_[] = { __VA_ARGS__ };	\
		start(code_, sizeof(code_));			\
	} while (0)

TEST(mov_reads_and_writes_each_size)
{
	START(0x8b, 0x43, 0x04);			/* mov 4(%rbx),%eax */
	fix_vcpu->gpr[RAX] = ~0ull;
	EXPECT_EQ(violation(4, false), EXIT_RESUME);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x07060504);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), RIP + 3);
	EXPECT_EQ(last.size_bytes, 4);
	EXPECT_EQ(last.vcpu, 0);

	START(0x48, 0x89, 0x0b);			/* mov %rcx,(%rbx) */
	fix_vcpu->gpr[RCX] = 0x1122334455667788;
	EXPECT_EQ(violation(0, true), EXIT_RESUME);
	EXPECT_EQ(last.data, 0x1122334455667788);
	EXPECT_EQ(last.size_bytes, 8);

	START(0x88, 0x23);				/* mov %ah,(%rbx) */
	fix_vcpu->gpr[RAX] = 0xab00;
	EXPECT_EQ(violation(0, true), EXIT_RESUME);
	EXPECT_EQ(last.data, 0xab);
	EXPECT_EQ(last.size_bytes, 1);

	START(0x66, 0xc7, 0x03, 0x34, 0x12); /* movw $0x1234,(%rbx) */
	EXPECT_EQ(violation(0, true), EXIT_RESUME);
	EXPECT_EQ(last.data, 0x1234);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), RIP + 5);
}

TEST(read_modify_write_sets_flags)
{
	START(0x83, 0x0b, 0x80);			/* orl $-128,(%rbx) */
	FIX_SET(VMCS_GUEST_RFLAGS, 2 | RFLAGS_CF | RFLAGS_ZF);
	EXPECT_EQ(violation(0, false), EXIT_RESUME);
	EXPECT_EQ(accesses, 2);
	EXPECT_EQ(last.data, 0x03020100 | 0xffffff80);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RFLAGS) & (RFLAGS_CF | RFLAGS_ZF), 0);
	EXPECT(FIX_GET(VMCS_GUEST_RFLAGS) & BIT(7));
}

TEST(cmpxchg_and_xchg)
{
	START(0xf0, 0x0f, 0xb1, 0x0b);		/* lock cmpxchg %ecx,(%rbx) */
	fix_vcpu->gpr[RAX] = 0x03020100;
	fix_vcpu->gpr[RCX] = 0xcafe;
	EXPECT_EQ(violation(0, false), EXIT_RESUME);
	EXPECT_EQ(last.data, 0xcafe);
	EXPECT(FIX_GET(VMCS_GUEST_RFLAGS) & RFLAGS_ZF);

	START(0x87, 0x23);				/* xchg %esp,(%rbx) */
	EXPECT_EQ(violation(0, false), EXIT_RESUME);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RSP), 0x03020100);
	EXPECT_EQ(last.data, 0x80000);
}

TEST(rep_movs_is_one_step_per_exit)
{
	START(0xf3, 0xa4);				/* rep movsb */
	fix_vcpu->gpr[RSI] = DEVICE_GVA + 3;
	fix_vcpu->gpr[RDI] = 0x20000;
	fix_vcpu->gpr[RCX] = 2;
	EXPECT_EQ(violation(3, false), EXIT_RESUME);
	EXPECT_EQ(*(u8 *)fix_ram(0x20000), 3);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), RIP);
	EXPECT_EQ(fix_vcpu->gpr[RCX], 1);
	EXPECT_EQ(violation(4, false), EXIT_RESUME);
	EXPECT_EQ(*(u8 *)fix_ram(0x20001), 4);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), RIP + 2);
	EXPECT_EQ(fix_vcpu->gpr[RDI], 0x20002);
}

TEST(movs_to_a_page_that_faults_reads_no_device)
{
	START(0xa4);					/* movsb */
	fix_vcpu->gpr[RSI] = DEVICE_GVA;
	fix_vcpu->gpr[RDI] = 0x40000000;
	EXPECT_EQ(violation(0, false), EXIT_RESUME);
	EXPECT_EQ(accesses, 0);
	EXPECT_EQ(fix_event() & INT_INFO_VECTOR, VECTOR_PF);
	EXPECT_EQ(fix_vcpu->event.error, PF_WRITE);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), RIP);
}

TEST(operands_across_two_device_pages)
{
	START(0x8b, 0x83, 0xfe, 0x0f, 0, 0);	/* mov 0xffe(%rbx),%eax */
	EXPECT_EQ(violation(0xffe, false), EXIT_RESUME);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x0100fffe);
}

TEST(operands_half_in_ram)
{
	u64 *pt;

	START(0x8b, 0x83, 0xfe, 0xff, 0xff, 0xff);	/* mov -2(%rbx),%eax */
	pt = fix_ram(0x4000);
	EXPECT(pt[(DEVICE_GVA >> PAGE_SHIFT) - 1] & PTE_P);
	memset(fix_ram(DEVICE_GVA - 2), 0xee, 2);
	EXPECT_EQ(violation(0, false), EXIT_RESUME);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x0100eeee);
}

TEST(code_across_two_pages)
{
	static const u8 code[] = { 0x8b, 0x83, 0x10, 0, 0, 0 };

	start(code, 0);
	memcpy(fix_ram(RIP + PAGE_SIZE - 2), code, sizeof(code));
	FIX_SET(VMCS_GUEST_RIP, RIP + PAGE_SIZE - 2);
	EXPECT_EQ(violation(0x10, false), EXIT_RESUME);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x13121110);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), RIP + PAGE_SIZE + 4);
}

TEST(instructions_that_are_not_emulated)
{
	START(0x0f, 0x28, 0x03); /* movaps (%rbx),%xmm0 */
	EXPECT_EQ(violation(0, false), EXIT_UD);
	EXPECT_EQ(accesses, 0);
}

/* Another vCPU unmapped the code: the CPU finds out by itself. */
TEST(code_that_vanished_is_run_again)
{
	START(0x8b, 0x03);
	FIX_SET(VMCS_GUEST_RIP, 0x40000000);
	EXPECT_EQ(violation(0, false), EXIT_RESUME);
	EXPECT_EQ(accesses, 0);
	EXPECT_EQ(fix_event(), 0);
}

TEST(real_mode_uses_segment_bases)
{
	START(0xa1, 0x08, 0x00);			/* mov 8,%ax */
	FIX_SET(VMCS_GUEST_CR0, CR0_NE);
	FIX_SET(VMCS_GUEST_EFER, 0);
	FIX_SET(VMCS_GUEST_AR(SEG_CS), 0x9b);
	FIX_SET(VMCS_GUEST_BASE(SEG_CS), RIP);
	FIX_SET(VMCS_GUEST_BASE(SEG_DS), DEVICE_GPA);
	FIX_SET(VMCS_GUEST_RIP, 0);
	fix_vcpu->gpr[RAX] = 0x12345678;
	EXPECT_EQ(violation(8, false), EXIT_RESUME);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x12340908);
}

TEST(holes_read_ones_and_are_counted)
{
	START(0x8b, 0x03);
	FIX_SET(VMCS_GUEST_PHYSICAL, 0xd0000000);
	FIX_SET(VMCS_EXIT_QUALIFICATION, BIT(0) | BIT(7) | BIT(8));
	EXPECT_EQ(fix_exit(EXIT_EPT_VIOLATION), EXIT_RESUME);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0xffffffff);
	EXPECT_EQ(fix_vm.guest.unhandled_mmio, 1);
}

/* ---- local APIC ---- */

static void map_apic(void)
{
	u64 *pt = fix_ram(0x4000);

	pt[DEVICE_GVA >> PAGE_SHIFT] = VLAPIC_GPA | 3;
}

TEST(apic_access_exits_are_emulated)
{
	START(0x8b, 0x83, 0x90, 0x03, 0, 0);		/* current count */
	map_apic();
	FIX_SET(VMCS_EXIT_QUALIFICATION, 0x390);
	EXPECT_EQ(fix_exit(EXIT_APIC_ACCESS), EXIT_RESUME);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RIP), RIP + 6);
	FIX_SET(VMCS_EXIT_QUALIFICATION, 2 << 12 | 0x300);
	EXPECT_EQ(fix_exit(EXIT_APIC_ACCESS), EXIT_UD);
	FIX_SET(VMCS_EXIT_QUALIFICATION, 3 << 12);
	EXPECT_EQ(fix_exit(EXIT_APIC_ACCESS), EXIT_STOP);
}

TEST(apic_registers_by_parts)
{
	fix_init();
	EXPECT_EQ(apic_mmio(fix_vcpu, 0x30, 4, false, 0) & 0xff, 0x14);
	EXPECT_EQ(apic_mmio(fix_vcpu, 0x30, 1, false, 0), 0x14);
	EXPECT_EQ(apic_mmio(fix_vcpu, 0x32, 4, false, 0), 0);
	EXPECT_EQ(apic_mmio(fix_vcpu, 0x80, 4, true, 0x20), 0);
	EXPECT_EQ(apic_mmio(fix_vcpu, 0x80, 4, false, 0), 0x20);
	EXPECT_EQ(apic_mmio(fix_vcpu, 0x80, 1, true, 0x50), 0);
	EXPECT_EQ(apic_mmio(fix_vcpu, 0x80, 4, false, 0), 0x20);
	fix_vcpu->work = 0;
	EXPECT_EQ(apic_mmio(fix_vcpu, 0xb0, 4, true, 0), 0);
	EXPECT(fix_vcpu->work & WORK_SYNC);
}

TEST(apic_write_and_eoi_exits)
{
	fix_init();
	*(u32 *)(fix_vcpu->lapic.page + 0xf0) = 0x1ff;
	FIX_SET(VMCS_EXIT_QUALIFICATION, 0xf0);
	EXPECT_EQ(fix_exit(EXIT_APIC_WRITE), EXIT_RESUME);
	EXPECT(fix_vcpu->lapic.accepts_fixed);
	FIX_SET(VMCS_EXIT_QUALIFICATION, 0x31);
	EXPECT_EQ(fix_exit(EXIT_VIRTUAL_EOI), EXIT_RESUME);
}

TEST(sync_tells_the_cpu_rvi_and_svi)
{
	fix_init();
	*(u32 *)(fix_vcpu->lapic.page + 0xf0) = 0x1ff;
	vlapic_apic_write(&fix_vcpu->lapic, 0xf0);
	vlapic_set_irr(&fix_vcpu->lapic, 0x51, false);
	*(u32 *)(fix_vcpu->lapic.page + 0x130) = BIT(2);	/* ISR 0x62 */
	apic_sync(fix_vcpu);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_INT_STATUS), 0x6251);
}

/* ---- ports ---- */

static enum exit_result io(u64 qual, u16 port)
{
	FIX_SET(VMCS_EXIT_QUALIFICATION, qual | (u64)port << 16);
	return fix_exit(EXIT_IO);
}

TEST(in_and_out)
{
	START(0x90);
	fix_vcpu->gpr[RAX] = 0x1111111122222222;
	EXPECT_EQ(io(0 | BIT(3), 0x101), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x1111111122222201);
	EXPECT_EQ(io(1 | BIT(3), 0x102), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x1111111122220302);
	EXPECT_EQ(io(3 | BIT(3), 0x104), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0x07060504);
	EXPECT_EQ(io(1, 0x100), EXIT_SKIP);
	EXPECT_EQ(last.data, 0x0504);
	EXPECT(last.write);
	EXPECT_EQ(io(3 | BIT(3), 0x3333), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RAX], 0xffffffff);
}

TEST(outs_and_ins_step)
{
	START(0x90);
	fix_vcpu->gpr[RSI] = 0x20000;
	fix_vcpu->gpr[RCX] = 2;
	memcpy(fix_ram(0x20000), "xy", 2);
	FIX_SET(VMCS_GUEST_LINEAR, 0x20000);
	FIX_SET(VMCS_EXIT_INSN_INFO, 2 << 7);
	EXPECT_EQ(io(0 | BIT(4) | BIT(5), 0x100), EXIT_RESUME);
	EXPECT_EQ(last.data, 'x');
	EXPECT_EQ(fix_vcpu->gpr[RSI], 0x20001);
	EXPECT_EQ(io(0 | BIT(4) | BIT(5), 0x100), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RCX], 0);
	/* INS downwards with 16-bit addresses. */
	fix_vcpu->gpr[RDI] = 0xabc00000;
	FIX_SET(VMCS_GUEST_RFLAGS, 2 | BIT(10));
	FIX_SET(VMCS_EXIT_INSN_INFO, 0);
	EXPECT_EQ(io(1 | BIT(3) | BIT(4), 0x102), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RDI], 0xabc0fffe);
	EXPECT_EQ(*(u16 *)fix_ram(0x20000), 0x0302);
	/* And 32-bit ones. */
	fix_vcpu->gpr[RDI] = 1;
	FIX_SET(VMCS_EXIT_INSN_INFO, 1 << 7);
	EXPECT_EQ(io(1 | BIT(3) | BIT(4), 0x102), EXIT_SKIP);
	EXPECT_EQ(fix_vcpu->gpr[RDI], 0xffffffff);
}

TEST(string_io_faults_before_the_device_is_read)
{
	START(0x90);
	FIX_SET(VMCS_GUEST_LINEAR, 0x40000000);
	FIX_SET(VMCS_EXIT_INSN_INFO, 2 << 7);
	EXPECT_EQ(io(0 | BIT(3) | BIT(4), 0x100), EXIT_RESUME);
	EXPECT_EQ(accesses, 0);
	EXPECT_EQ(fix_event() & INT_INFO_VECTOR, VECTOR_PF);
	EXPECT_EQ(io(0 | BIT(4), 0x100), EXIT_RESUME);
	EXPECT_EQ(accesses, 0);
}
