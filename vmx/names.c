/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for people: exit reasons (SDM 3 appendix C), reasons of a stop. */
#include "vmx/vm.h"

static const char *const exit_names[VMX_EXIT_REASONS] = {
	[0] = "exception or NMI", [1] = "external interrupt",
	[2] = "triple fault", [3] = "INIT", [4] = "SIPI", [5] = "I/O SMI",
	[6] = "other SMI", [7] = "interrupt window", [8] = "NMI window",
	[9] = "task switch", [10] = "CPUID", [11] = "GETSEC", [12] = "HLT",
	[13] = "INVD", [14] = "INVLPG", [15] = "RDPMC", [16] = "RDTSC",
	[17] = "RSM", [18] = "VMCALL", [19] = "VMCLEAR", [20] = "VMLAUNCH",
	[21] = "VMPTRLD", [22] = "VMPTRST", [23] = "VMREAD",
	[24] = "VMRESUME", [25] = "VMWRITE", [26] = "VMXOFF", [27] = "VMXON",
	[28] = "control register", [29] = "MOV DR", [30] = "I/O",
	[31] = "RDMSR", [32] = "WRMSR", [33] = "entry: guest state",
	[34] = "entry: MSR load", [36] = "MWAIT", [37] = "monitor trap",
	[39] = "MONITOR", [40] = "PAUSE", [41] = "entry: machine check",
	[43] = "TPR below threshold", [44] = "APIC access",
	[45] = "virtualized EOI", [46] = "GDTR or IDTR", [47] = "LDTR or TR",
	[48] = "EPT violation", [49] = "EPT misconfiguration",
	[50] = "INVEPT", [51] = "RDTSCP", [52] = "preemption timer",
	[53] = "INVVPID", [54] = "WBINVD", [55] = "XSETBV",
	[56] = "APIC write", [57] = "RDRAND", [58] = "INVPCID",
	[59] = "VMFUNC", [60] = "ENCLS", [61] = "RDSEED", [62] = "PML full",
	[63] = "XSAVES", [64] = "XRSTORS", [65] = "PCONFIG",
	[66] = "SPP event", [67] = "UMWAIT", [68] = "TPAUSE",
	[69] = "LOADIWKEY", [70] = "ENCLV", [72] = "ENQCMD",
	[73] = "ENQCMDS", [74] = "bus lock", [75] = "notify",
	[76] = "SEAMCALL", [77] = "TDCALL", [78] = "RDMSRLIST",
	[79] = "WRMSRLIST", [80] = "URDMSR", [81] = "UWRMSR",
	[84] = "RDMSR immediate", [85] = "WRMSRNS immediate",
};

static const char *const stop_names[] = {
	[GUEST_STOP_NONE] = "none",
	[GUEST_STOP_POWEROFF] = "power-off",
	[GUEST_STOP_RESET] = "reset",
	[GUEST_STOP_DEBUG_EXIT] = "debug exit",
	[GUEST_STOP_MONITOR] = "monitor",
	[GUEST_STOP_TRIPLE_FAULT] = "triple fault",
	[GUEST_STOP_BAD_ENTRY] = "bad VM entry",
	[GUEST_STOP_UNHANDLED] = "unhandled exit",
	[GUEST_STOP_NO_CPU] = "no CPU can run",
};

/* The kinds of ICR writes that software saw, in their order, and the rest. */
static const char *const counter_names[] = {
	"ICR fixed unicast", "ICR logical", "ICR shorthand", "ICR NMI",
	"ICR INIT or SIPI", "ICR no target", "ICR bad vector", "ICR self",
	"ICR ignored", "notifications sent to it", "notifications suppressed",
	"wake-ups by notification",
};
_Static_assert(ARRAY_SIZE(counter_names) == ICR_KINDS + 3, "rows");

const char *vcpu_counter_name(u32 row)
{
	return row < ARRAY_SIZE(counter_names) ? counter_names[row] : NULL;
}

const char *vmx_exit_name(u32 reason)
{
	reason = (u16)reason;	/* basic exit reason */
	if (reason >= VMX_EXIT_REASONS || !exit_names[reason])
		return "unknown";
	return exit_names[reason];
}

const char *guest_stop_name(enum guest_stop_reason reason)
{
	if ((u32)reason >= ARRAY_SIZE(stop_names))
		return "unknown";
	return stop_names[reason];
}
