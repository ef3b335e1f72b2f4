/* SPDX-License-Identifier: BSD-2-Clause */
/* vmx/vm.c, vmx/vmcs.c, vmx/names.c: creation, controls, life cycle. */
#include "vmx/vm.h"

#include "tests/unit/vmx/fixture.h"

#include "core/paging.h"

static struct vm_params params = { .name = "machine", .vcpus = 2,
				   .share = 50, .x2apic = true };

TEST(create_and_destroy_give_everything_back)
{
	u64 before;

	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	before = page_free_bytes();
	EXPECT_EQ(vm_create(&fix_vm, &params), 0);
	EXPECT_STR(fix_vm.guest.name, "machine");
	EXPECT_EQ(fix_vm.state, VM_CREATED);
	EXPECT_EQ(fix_vm.vcpu_count, 2);
	EXPECT_EQ(vcpu_entity(fix_vm.vcpu[1])->share, 50);
	EXPECT(fix_vm.vcpu[0]->vpid && fix_vm.vcpu[1]->vpid);
	EXPECT(fix_vm.vcpu[0]->vpid != fix_vm.vcpu[1]->vpid);
	vm_destroy(&fix_vm);
	EXPECT_EQ(page_free_bytes(), before);
}

/* At every allocation once: what was taken before is given back. */
TEST(running_out_of_memory_leaves_nothing)
{
	u64 before, left;
	void *page;
	u32 tries = 0;

	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	for (left = 0; ; left++) {
		void *kept[64];
		u32 n = 0;
		int err;

		while ((page = page_alloc()) && n < 64)
			kept[n++] = page;
		if (page)
			page_free(page);
		while (page_free_bytes() > 0 && (page = page_alloc()))
			;
		for (u32 i = 0; i < left && i < n; i++)
			page_free(kept[i]);
		before = page_free_bytes();
		err = vm_create(&fix_vm, &params);
		if (!err)
			break;
		EXPECT_EQ(err, -ENOMEM);
		EXPECT_EQ(page_free_bytes(), before);
		tries++;
		fix_machine();
		EXPECT_EQ(vmx_probe(), END_OK);
	}
	EXPECT(tries > 10);
	vm_destroy(&fix_vm);
	EXPECT_EQ(page_free_bytes(), before);
}

TEST(bad_parameters)
{
	struct vm_params p = params;

	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	p.vcpus = 0;
	EXPECT_EQ(vm_create(&fix_vm, &p), -EINVAL);
	p.vcpus = VM_MAX_VCPUS + 1;
	EXPECT_EQ(vm_create(&fix_vm, &p), -EINVAL);
	p.vcpus = 1;
	p.cpu[0] = cpu_count;
	EXPECT_EQ(vm_create(&fix_vm, &p), -EINVAL);
}

TEST(controls_of_a_new_vmcs)
{
	fix_init();
	EXPECT(!(FIX_GET(VMCS_PIN_CTLS) & PIN_PREEMPTION_TIMER));
	EXPECT(FIX_GET(VMCS_PIN_CTLS) & PIN_VIRTUAL_NMI);
	EXPECT(!(FIX_GET(VMCS_PROC_CTLS) &
		 (PROC_NMI_WINDOW | PROC_INT_WINDOW | PROC_RDTSC)));
	EXPECT(FIX_GET(VMCS_PROC_CTLS) & PROC_HLT);
	EXPECT(FIX_GET(VMCS_EXIT_CTLS) & EXIT_CTL_ACK_INT);
	EXPECT(FIX_GET(VMCS_ENTRY_CTLS) & ENTRY_CTL_IA32E);
	EXPECT_EQ(FIX_GET(VMCS_EXCEPTION_BITMAP),
		  BIT(1) | BIT(17) | BIT(18));
	EXPECT_EQ(FIX_GET(VMCS_LINK_POINTER), ~0ull);
	EXPECT_EQ(FIX_GET(VMCS_VPID), fix_vcpu->vpid);
	EXPECT_EQ(FIX_GET(VMCS_IO_BITMAP_B), FIX_GET(VMCS_IO_BITMAP_A) + 4096);
	EXPECT_EQ(FIX_GET(VMCS_APIC_ACCESS), virt_to_hpa(fix_vm.apic_access));
	EXPECT_EQ(FIX_GET(VMCS_HOST_GS_BASE), (u64)this_cpu());
	EXPECT_EQ(FIX_GET(VMCS_HOST_RIP), (u64)vmx_exit);
	vmcs_set_host_rsp(0x5000);
	EXPECT_EQ(FIX_GET(VMCS_HOST_RSP), 0x5000);
}

TEST(all_tscs_start_together)
{
	fix_init();
	EXPECT_EQ(fix_vm.vcpu[0]->lapic.tsc_offset,
		  fix_vm.vcpu[1]->lapic.tsc_offset);
	EXPECT_EQ(FIX_GET(VMCS_TSC_OFFSET), fix_vcpu->lapic.tsc_offset);
}

TEST(the_first_reason_of_a_stop_counts)
{
	fix_init();
	guest_stop(&fix_vm.guest, GUEST_STOP_POWEROFF, 3);
	guest_stop(&fix_vm.guest, GUEST_STOP_RESET, 4);
	EXPECT_EQ(fix_vm.stop_reason, GUEST_STOP_POWEROFF);
	EXPECT_EQ(fix_vm.stop_code, 3);
	EXPECT(fix_vm.vcpu[1]->se.requests & SCHED_REQ_STOP);
}

TEST(stopping_before_the_start_is_harmless)
{
	fix_machine();
	EXPECT_EQ(vmx_probe(), END_OK);
	EXPECT_EQ(vm_create(&fix_vm, &params), 0);
	guest_stop(&fix_vm.guest, GUEST_STOP_MONITOR, 0);
	EXPECT_EQ(fix_vm.state, VM_CREATED);
	vm_destroy(&fix_vm);
}

TEST(names)
{
	EXPECT_STR(vmx_exit_name(10), "CPUID");
	EXPECT_STR(vmx_exit_name(0x80000021), "entry: guest state");
	EXPECT_STR(vmx_exit_name(35), "unknown");
	EXPECT_STR(vmx_exit_name(5000), "unknown");
	EXPECT_STR(guest_stop_name(GUEST_STOP_NO_CPU), "no CPU can run");
	EXPECT_STR(guest_stop_name(99), "unknown");
}

TEST(dumps_name_fields)
{
	fix_init();
	log_set_level(LOG_DEBUG);
	fix_vcpu->exits[EXIT_CPUID] = 4;
	vcpu_dump(fix_vcpu, "test");
	vcpu_log_exits(fix_vcpu);
	log_set_level(LOG_ERROR);
	EXPECT_EQ(gpr_read(fix_vcpu, RSP), 0x80000);
	gpr_write(fix_vcpu, RSP, 0x70000);
	gpr_write(fix_vcpu, 9, 99);
	EXPECT_EQ(FIX_GET(VMCS_GUEST_RSP), 0x70000);
	EXPECT_EQ(gpr_read(fix_vcpu, 9), 99);
}
