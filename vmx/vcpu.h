/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual CPU and what the files of vmx/ offer each other. A vCPU belongs to
 * one physical CPU: everything below "owner CPU" is touched there only, in
 * root, without a lock.
 */
#ifndef VMX_VCPU_H
#define VMX_VCPU_H

#include "apic/vlapic.h"
#include "core/cpu.h"
#include "core/guest.h"
#include "core/sched.h"
#include "vmx/caps.h"
#include "vmx/insn.h"
#include "vmx/regs.h"
#include "vmx/vm.h"

#include <hw/vmx.h>
#include <hw/cpu.h>

/* Register numbers of ModRM, which are also indices in vcpu->gpr. */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };
#define GPR_WORDS 17		/* 16 registers and the cached host RSP */

/* Segment numbers of the VMCS fields. */
enum segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_LDTR,
	       SEG_TR, SEGMENTS };

/* Reasons to leave the fast path before an entry; owner CPU only. */
enum vcpu_work {
	WORK_EVENT = 1 << 0,		/* vcpu->event waits for the entry */
	WORK_NMI = 1 << 1,		/* an NMI is latched */
	WORK_SYNC = 1 << 2,		/* virtual IRR may have changed */
	WORK_HALTED = 1 << 3,		/* in HLT */
	WORK_WAIT_SIPI = 1 << 4,	/* between INIT and SIPI */
	WORK_STUCK = 1 << 5,		/* counted in vm->stuck */
	WORK_FLUSH_EPT = 1 << 6,
	WORK_FLUSH_VPID = 1 << 7,
	WORK_YIELD = 1 << 8,		/* end the slice early */
	WORK_IRQ_WINDOW = 1 << 9,	/* take host interrupts in root */
	WORK_NMI2 = 1 << 10,		/* one more, while none is handled */
};

/* An event for the next entry, as VMCS fields want it. */
struct vcpu_event {
	u32 info;
	u32 error;
	u32 insn_len;
};

/* Guest MSRs without a VMCS field. */
struct vcpu_msrs {
	/* Live in the CPU while the vCPU is loaded. */
	u64 star, lstar, cstar, fmask, kernel_gs_base, tsc_aux;
	u64 xfd, xfd_err;
	/* As the guest sees them. */
	u64 spec_ctrl;
	u64 tsc_adjust;
	u64 misc_enable;
	u64 mtrr_def_type;
	u64 mcg_status;
	u64 bios_sign_id;
};

/* vmx/mmio.c: what the instructions decoded last were. */
#define INSN_CACHE 16
struct insn_bytes {
	u64 low, high;		/* little-endian, zero behind the end */
};
/* Entries of the guest's page tables that led to an instruction. */
#define CODE_LEVELS 4
struct code_walk {
	u64 cr3, rip;
	const u64 *code;	/* 16 bytes at rip; NULL: unknown */
	const u64 *at[CODE_LEVELS];
	u64 entry[CODE_LEVELS];
	u32 levels;
};
struct insn_cache_entry {
	struct insn_bytes bytes;
	u8 len;			/* of the bytes; 0: empty */
	u8 mode;
	bool simple;		/* vmx/mmio_fast.c does it */
	struct insn insn;
	u64 data_mask;		/* of the memory operand's size */
	/* The device that it accessed last; gpa 0: none. */
	u64 gpa;
	const struct trap_region *region;
	struct code_walk walk;
};

struct vcpu {
	u64 gpr[GPR_WORDS];		/* owner CPU; enter.S */
	/* Set once at creation. */
	struct vm *vm;
	u32 index;			/* also the APIC ID */
	u16 vpid;
	u64 vmcs_hpa;
	void *xstate;
	u64 xstate_pages;
	/* Scheduler and other CPUs: see their headers. */
	struct sched_entity se;
	struct vlapic lapic;
	/* Owner CPU only. */
	u32 work;			/* enum vcpu_work */
	bool initialised;		/* the VMCS has been built */
	bool launched;			/* VMRESUME from now on */
	bool timer_armed;
	bool apic_mapped;		/* counted in vm->apic_users */
	u8 apic_mode;			/* enum vlapic_mode in the controls */
	u32 pin_ctls, proc_ctls, proc2_ctls;	/* VMCS copies */
	u32 fault_streak;		/* exits in event delivery in a row */
	struct vcpu_event event;
	u64 xcr0;
	u64 cr2, dr0, dr1, dr2, dr3, dr6;	/* while not loaded */
	struct vcpu_msrs msr;
	const struct guest_entry *entry;	/* boot vCPU, before it ran */
	struct insn_cache_entry insn_cache[INSN_CACHE];
	/* Owner CPU writes, any CPU may read. */
	u64 exits[VMX_EXIT_REASONS];
	u64 unknown_msrs;
};
_Static_assert(offsetof(struct vcpu, gpr) == 0, "enter.S");
_Static_assert(REGS_RDI == RDI * 8 && REGS_R15 == 15 * 8 &&
	       REGS_HOST_RSP == (GPR_WORDS - 1) * 8, "enter.S");

enum exit_result {
	EXIT_RESUME,		/* enter again as it is */
	EXIT_SKIP,		/* the instruction is done */
	EXIT_UD,		/* inject #UD */
	EXIT_GP,		/* inject #GP(0) */
	EXIT_STOP,		/* nobody handles this: stop the VM */
};
typedef enum exit_result (*exit_handler)(struct vcpu *vcpu);

/* enter.S */
int vmx_enter(u64 *gpr, u64 launched);
extern const char vmx_exit[];
void vmcs_set_host_rsp(u64 rsp);

/* run.c: end an instruction; handlers return EXIT_SKIP instead. */
void vcpu_skip(u32 insn_len);

/* exit.c, exit_*.c: handlers by exit reason. */
extern const exit_handler exit_handlers[VMX_EXIT_REASONS];
enum exit_result exit_exception(struct vcpu *vcpu);
enum exit_result exit_external_int(struct vcpu *vcpu);
enum exit_result exit_triple_fault(struct vcpu *vcpu);
enum exit_result exit_nmi_window(struct vcpu *vcpu);
enum exit_result exit_hlt(struct vcpu *vcpu);
enum exit_result exit_vmcall(struct vcpu *vcpu);
enum exit_result exit_pause(struct vcpu *vcpu);
enum exit_result exit_preemption_timer(struct vcpu *vcpu);
enum exit_result exit_xsetbv(struct vcpu *vcpu);
enum exit_result exit_bad_entry(struct vcpu *vcpu);
enum exit_result exit_cpuid(struct vcpu *vcpu);
enum exit_result exit_cr(struct vcpu *vcpu);
enum exit_result exit_io(struct vcpu *vcpu);
enum exit_result exit_rdmsr(struct vcpu *vcpu);
enum exit_result exit_wrmsr(struct vcpu *vcpu);
enum exit_result exit_apic_access(struct vcpu *vcpu);
enum exit_result exit_apic_write(struct vcpu *vcpu);
enum exit_result exit_virtual_eoi(struct vcpu *vcpu);
enum exit_result exit_ept_violation(struct vcpu *vcpu);

/* work.c: false when the vCPU does not go on. */
bool vcpu_work(struct cpu *cpu, struct vcpu *vcpu);

/* load.c: put a vCPU's state into this CPU; save it; leave for good. */
void vcpu_load(struct cpu *cpu, struct vcpu *vcpu);
void vcpu_unload(struct cpu *cpu, struct vcpu *vcpu);
u64 vcpu_spec_ctrl(const struct vcpu *vcpu);

/* vmcs.c: controls and host state of the current VMCS. */
void vmcs_build(struct vcpu *vcpu);
void vcpu_set_pin(struct vcpu *vcpu, u32 clear, u32 set);
void vcpu_set_proc(struct vcpu *vcpu, u32 clear, u32 set);
void vcpu_set_proc2(struct vcpu *vcpu, u32 clear, u32 set);

/* reset.c: guest state on INIT, at a SIPI, at a loader's entry point. */
void vcpu_reset(struct vcpu *vcpu);
void vcpu_start_sipi(struct vcpu *vcpu, u8 vector);
void vcpu_start_entry(struct vcpu *vcpu, const struct guest_entry *entry);

/* inject.c */
void inject_exception(struct vcpu *vcpu, u8 vector);
void inject_exception_error(struct vcpu *vcpu, u8 vector, u32 error);
void inject_page_fault(struct vcpu *vcpu, u64 gva, u32 error);
bool inject_requeue(struct vcpu *vcpu);	/* true: delivery was interrupted */
void inject_before_entry(struct vcpu *vcpu);

/* exit_apic.c */
void apic_mode_update(struct vcpu *vcpu);
void apic_sync(struct vcpu *vcpu);
u64 apic_mmio(struct vcpu *vcpu, u32 offset, u32 size_bytes, bool write,
	      u64 data);

/* exit_cr.c: a new IA32_EFER from WRMSR. -EINVAL is #GP. */
int efer_write(struct vcpu *vcpu, u64 value) __must_check;
u64 cr4_allowed(const struct vcpu *vcpu);
void cr_masks_init(struct vcpu *vcpu);

/* mmio.c: emulate the instruction at RIP, which touched device memory. */
enum exit_result mmio_emulate(struct vcpu *vcpu, u64 gpa);

/* xstate.c */
int xstate_probe(struct vmx_caps *caps) __must_check;
u32 xstate_compacted_bytes(u64 xcr0);
void xstate_init(void *area);
void xstate_save(struct vcpu *vcpu);
void xstate_load(const struct vcpu *vcpu);
bool xcr0_valid(u64 xcr0);

/* ept.c */
int ept_init(struct vm *vm, bool use_1g) __must_check;
int ept_map_apic(struct vm *vm) __must_check;
void ept_unmap_apic(struct vm *vm);
bool ept_restore(struct vm *vm, u64 gpa, bool write);

/* msr.c, msr_bitmap.c. -EINVAL is #GP. */
int msr_read(struct vcpu *vcpu, u32 msr, u64 *value) __must_check;
int msr_write(struct vcpu *vcpu, u32 msr, u64 value) __must_check;
void msr_init(struct vcpu *vcpu);
int msr_bitmaps_build(struct vm *vm) __must_check;
u64 msr_arch_capabilities(void);

/* vm.c: a vCPU can (not) be woken any more by what is pending. */
void vm_vcpu_stuck(struct vcpu *vcpu);
void vm_vcpu_unstuck(struct vcpu *vcpu);
void vm_vcpu_left(struct vm *vm);

/* dump.c, names.c */
void vcpu_dump(const struct vcpu *vcpu, const char *why);
void vcpu_log_exits(const struct vcpu *vcpu);

/* RSP is in the VMCS. */
u64 gpr_read(const struct vcpu *vcpu, u32 reg);
void gpr_write(struct vcpu *vcpu, u32 reg, u64 value);
u8 vcpu_cpl(void);
/* CS.L with EFER.LMA: 64-bit mode. */
static inline bool vcpu_long64(void)
{
	return (vmread64(VMCS_GUEST_EFER) & EFER_LMA) &&
	       (vmread32(VMCS_GUEST_AR(SEG_CS)) & AR_L);
}

#endif
