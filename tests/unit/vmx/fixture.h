/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine like Sapphire Rapids in the doubles of tests/hw, and a VM of two
 * vCPUs with 16 MiB of RAM on it; vCPU 0 is loaded. Handlers are called by
 * exit reason after a test has set VMCS fields and registers. Included once
 * by a test program.
 */
#ifndef TESTS_UNIT_VMX_FIXTURE_H
#define TESTS_UNIT_VMX_FIXTURE_H

#include <string.h>

#include "tests/unit/test.h"

#include <hw/cpu.h>
#include <hw/fpu.h>
#include <hw/msr.h>
#include <hw/phys.h>
#include <hw/vmx.h>

#include "core/end.h"
#include "core/err.h"
#include "core/log.h"
#include "core/page.h"
#include "core/paging.h"
#include "core/time.h"
#include "vmx/cpuid.h"
#include "vmx/gva.h"
#include "vmx/vcpu.h"

#define FIX_RAM_BYTES	(16ull << 20)
#define FIX_RAM_PAGES	(FIX_RAM_BYTES / PAGE_SIZE)
/* Everything may be 1, nothing must be. */
#define FIX_ALL_CTLS	0xffffffff00000000ull

static struct vm fix_vm;
static struct vcpu *fix_vcpu;
static u64 fix_ram_hpa;
static u32 fix_kicks;
static struct cpu fix_cpu;

void cpu_kick(u32 cpu_index)
{
	(void)cpu_index;
	fix_kicks++;
}

/* Field of any width, as the CPU would set it at an exit. */
#define FIX_SET(f, v) (hw_vmx.field[(f).enc] = (v))
#define FIX_GET(f) (hw_vmx.field[(f).enc])

static void fix_cpuid(void)
{
	hw_cpuid_set(0, 0, 0x20, 0x756e6547, 0x6c65746e, 0x49656e69);
	hw_cpuid_set(1, 0, 0x806f8, 0x00100800, 0x7ffefbff, 0xbfebfbff);
	hw_cpuid_set(2, 0, 0x00feff01, 0xf0, 0, 0);
	hw_cpuid_set(4, 0, 0x0c004121, 0x02c0003f, 0x3f, 0);
	hw_cpuid_set(4, 1, 0x0c004122, 0x01c0003f, 0x3f, 0);
	hw_cpuid_set(4, 2, 0x0c004143, 0x03c0003f, 0x7ff, 0);
	hw_cpuid_set(4, 3, 0x0c1fc163, 0x0380003f, 0xffff, 4);
	hw_cpuid_set(6, 0, 0xdf8ff7, 2, 9, 0);
	hw_cpuid_set(7, 0, 2, 0xf3bfb7ef, 0xfb417ffe, 0xffdd4430);
	hw_cpuid_set(7, 1, 0x1c30, 0, 0, 0x40000);
	hw_cpuid_set(7, 2, 0, 0, 0, 0x17);
	hw_cpuid_set(0xa, 0, 0x8300805, 0, 0xf, 0x8604);
	hw_cpuid_set(0xd, 0, 0x602e7, 0x2b00, 0x2b00, 0);
	hw_cpuid_set(0xd, 1, 0x1f, 0x2c30, 0xdd00, 0);
	hw_cpuid_set(0xd, 2, 0x100, 0x240, 0, 0);
	hw_cpuid_set(0xd, 5, 0x40, 0x440, 0, 0);
	hw_cpuid_set(0xd, 6, 0x200, 0x480, 0, 0);
	hw_cpuid_set(0xd, 7, 0x400, 0x680, 0, 0);
	hw_cpuid_set(0xd, 9, 8, 0xa80, 0, 0);
	hw_cpuid_set(0xd, 17, 0x40, 0xac0, 2, 0);
	hw_cpuid_set(0xd, 18, 0x2000, 0xb00, 6, 0);
	hw_cpuid_set(0x1d, 0, 1, 0, 0, 0);
	hw_cpuid_set(0x1d, 1, 0x4002000, 0x80040, 0x10, 0);
	hw_cpuid_set(0x1e, 0, 0, 0x4010, 0, 0);
	hw_cpuid_set(0x80000000, 0, 0x80000008, 0, 0, 0);
	hw_cpuid_set(0x80000001, 0, 0, 0, 0x121, 0x2c100800);
	hw_cpuid_set(0x80000002, 0, 0x65746e49, 1, 2, 3);
	hw_cpuid_set(0x80000006, 0, 0, 0, 0x08007040, 0);
	hw_cpuid_set(0x80000007, 0, 0, 0, 0, 0x100);
	hw_cpuid_set(0x80000008, 0, 0x3934, 0x200, 0, 0);
}

static void fix_msrs(void)
{
	static const u32 zero[] = {
		MSR_IA32_STAR, MSR_IA32_LSTAR, MSR_IA32_CSTAR, MSR_IA32_FMASK,
		MSR_IA32_KERNEL_GS_BASE, MSR_IA32_TSC_AUX, MSR_IA32_XFD,
		MSR_IA32_XFD_ERR, MSR_IA32_XSS, MSR_IA32_SPEC_CTRL,
		MSR_IA32_PRED_CMD, MSR_IA32_EFER, MSR_IA32_MCG_STATUS,
		MSR_IA32_GS_BASE,
	};

	for (u32 i = 0; i < ARRAY_SIZE(zero); i++)
		hw_msr_set(zero[i], 0);
	hw_msr_set(MSR_IA32_PAT, 0x0007040600070406);
	hw_msr_set(MSR_IA32_FEATURE_CONTROL, 5);
	hw_msr_set(MSR_IA32_BIOS_SIGN_ID, 0x2b000603ull << 32);
	hw_msr_set(MSR_IA32_ARCH_CAPABILITIES, 0x6ca8fdeb);
	hw_msr_set(MSR_IA32_VMX_BASIC, 0x01d8100000000004);
	hw_msr_set(MSR_IA32_VMX_MISC, 0x600401e5);
	hw_msr_set(MSR_IA32_VMX_CR0_FIXED0, 0x80000021);
	hw_msr_set(MSR_IA32_VMX_CR0_FIXED1, 0xffffffff);
	hw_msr_set(MSR_IA32_VMX_CR4_FIXED0, 0x2000);
	hw_msr_set(MSR_IA32_VMX_CR4_FIXED1, 0x3ffffff);
	hw_msr_set(MSR_IA32_VMX_TRUE_PINBASED_CTLS, 0x000000ff00000016);
	hw_msr_set(MSR_IA32_VMX_TRUE_PROCBASED_CTLS, 0xfffbfffe04006172);
	hw_msr_set(MSR_IA32_VMX_PROCBASED_CTLS2, FIX_ALL_CTLS);
	hw_msr_set(MSR_IA32_VMX_TRUE_EXIT_CTLS, 0xffffffff00036dfb);
	hw_msr_set(MSR_IA32_VMX_TRUE_ENTRY_CTLS, 0xffffffff000011fb);
	hw_msr_set(MSR_IA32_VMX_EPT_VPID_CAP, 0x00000f0106f34141);
	hw_msr_set(MSR_IA32_VMX_PROCBASED_CTLS3, 0x80);
}

/* The machine without a VM: for the tests of vmx_probe() and VMXON. */
__unused static void fix_machine(void)
{
	static struct boot_info info;

	hw_reset();
	hw_vmx_reset();
	memset(&cpu_shared[0], 0, sizeof(cpu_shared[0]));
	fix_cpu = (struct cpu){ .self = &fix_cpu, .shared = &cpu_shared[0] };
	fix_cpu.sched.slice_end_tsc = TIME_NEVER;
	hw_set_this_cpu(&fix_cpu);
	hw_ram_add(0, 64ull << 20);
	memset(&info, 0, sizeof(info));
	info.image_hpa = 2 << 20;
	info.region_count = 1;
	info.region[0] = (struct boot_region){ 0, 64 << 20, REGION_RAM, 0 };
	page_init(&info);
	memset(&vmx_caps, 0, sizeof(vmx_caps));
	log_set_level(LOG_ERROR);
	hw_regs.cr4 = CR4_PAE | CR4_MCE;
	fix_cpuid();
	fix_msrs();
	fix_kicks = 0;
}

/* Long mode, paging on, CPL 0, at 1 MiB; page tables: see fix_map(). */
__unused static void fix_long_mode(void)
{
	FIX_SET(VMCS_GUEST_CR0, CR0_PE | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
	FIX_SET(VMCS_GUEST_CR3, 0x1000);
	FIX_SET(VMCS_GUEST_EFER, EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE);
	FIX_SET(VMCS_GUEST_AR(SEG_CS), 0xa09b);
	FIX_SET(VMCS_GUEST_AR(SEG_SS), 0xc093);
	FIX_SET(VMCS_GUEST_RIP, 0x100000);
	FIX_SET(VMCS_GUEST_RSP, 0x80000);
}

__unused static void *fix_ram(u64 gpa)
{
	return (u8 *)phys_to_virt(fix_ram_hpa) + gpa;
}

/* 4-level tables at 0x1000: linear = physical below 2 MiB, by 4 KiB. */
__unused static void fix_map(void)
{
	u64 *pml4 = fix_ram(0x1000), *pdpt = fix_ram(0x2000);
	u64 *pd = fix_ram(0x3000), *pt = fix_ram(0x4000);

	pml4[0] = 0x2000 | 7;
	pdpt[0] = 0x3000 | 7;
	pd[0] = 0x4000 | 7;
	for (u32 i = 0; i < 512; i++)
		pt[i] = (u64)i << PAGE_SHIFT | 3;
}

__unused static struct vcpu *fix_init(void)
{
	static struct vm_params params = { .name = "test", .vcpus = 2,
					   .share = 100, .x2apic = true,
					   .ept_1g = true };
	static const struct guest_entry entry = { .mode = ENTRY_LONG_64,
						  .rip = 0x100000,
						  .cr3 = 0x1000, .cs = 8,
						  .ds = 16 };

	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	EXPECT_EQ(vmx_cpu_on(), 0);
	EXPECT_EQ(vm_create(&fix_vm, &params), 0);
	fix_ram_hpa = page_alloc_hpa(FIX_RAM_PAGES, SIZE_2M);
	EXPECT_EQ(guest_add_slot(&fix_vm.guest, 0, fix_ram_hpa, FIX_RAM_BYTES,
				 false), 0);
	EXPECT_EQ(guest_map(&fix_vm.guest, 0, fix_ram_hpa, FIX_RAM_BYTES,
			    GUEST_RWX), 0);
	vm_start(&fix_vm, &entry);
	fix_vcpu = fix_vm.vcpu[0];
	vcpu_load(&fix_cpu, fix_vcpu);
	fix_vcpu->se.requests = 0;
	cpu_shared[0].incoming = NULL;
	fix_map();
	fix_long_mode();
	return fix_vcpu;
}

static inline enum exit_result fix_exit(enum exit_reason reason)
{
	return exit_handlers[reason](fix_vcpu);
}

/* The event that waits for the next entry; 0: none. */
static inline u32 fix_event(void)
{
	return fix_vcpu->work & WORK_EVENT ? fix_vcpu->event.info : 0;
}

#endif
