/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability negotiation (SDM 3 appendix A "VMX Capability Reporting
 * Facility"): one table of wanted controls, required or optional; one log
 * line for each that is missing.
 */
#include "vmx/caps.h"

#include "core/end.h"
#include "core/log.h"
#include "vmx/cpuid.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/msr.h>
#include <hw/vmx.h>

struct vmx_caps vmx_caps __ro_after_init;

enum ctl_word { WORD_PIN, WORD_PROC, WORD_PROC2, WORD_EXIT, WORD_ENTRY, WORDS };

static const struct {
	const char *name;
	u32 msr, true_msr;
} ctl_words[WORDS] = {
	[WORD_PIN] = { "pin-based", MSR_IA32_VMX_PINBASED_CTLS,
		       MSR_IA32_VMX_TRUE_PINBASED_CTLS },
	[WORD_PROC] = { "primary", MSR_IA32_VMX_PROCBASED_CTLS,
			MSR_IA32_VMX_TRUE_PROCBASED_CTLS },
	[WORD_PROC2] = { "secondary", MSR_IA32_VMX_PROCBASED_CTLS2,
			 MSR_IA32_VMX_PROCBASED_CTLS2 },
	[WORD_EXIT] = { "VM-exit", MSR_IA32_VMX_EXIT_CTLS,
			MSR_IA32_VMX_TRUE_EXIT_CTLS },
	[WORD_ENTRY] = { "VM-entry", MSR_IA32_VMX_ENTRY_CTLS,
			 MSR_IA32_VMX_TRUE_ENTRY_CTLS },
};

/* status END_OK: optional. What is set is set for every vCPU. */
static const struct ctl_bit {
	enum ctl_word word;
	u32 bit;
	enum end_status status;
	const char *name;
} ctl_bits[] = {
	{ WORD_PIN, PIN_EXT_INT, END_NO_FEATURE, "external-interrupt exiting" },
	{ WORD_PIN, PIN_NMI, END_NO_FEATURE, "NMI exiting" },
	{ WORD_PIN, PIN_VIRTUAL_NMI, END_NO_FEATURE, "virtual NMIs" },
	{ WORD_PIN, PIN_PREEMPTION_TIMER, END_NO_FEATURE, "preemption timer" },
	{ WORD_PIN, PIN_POSTED_INT, END_OK, "posted interrupts" },
	{ WORD_PROC, PROC_TERTIARY, END_OK, "tertiary controls" },
	{ WORD_PROC, PROC_SECONDARY, END_NO_EPT, "secondary controls" },
	{ WORD_PROC, PROC_TSC_OFFSET, END_NO_FEATURE, "TSC offsetting" },
	{ WORD_PROC, PROC_HLT, END_NO_FEATURE, "HLT exiting" },
	{ WORD_PROC, PROC_MWAIT, END_NO_FEATURE, "MWAIT exiting" },
	{ WORD_PROC, PROC_MONITOR, END_NO_FEATURE, "MONITOR exiting" },
	{ WORD_PROC, PROC_RDPMC, END_NO_FEATURE, "RDPMC exiting" },
	{ WORD_PROC, PROC_NMI_WINDOW, END_NO_FEATURE, "NMI-window exiting" },
	{ WORD_PROC, PROC_IO_BITMAPS, END_NO_FEATURE, "I/O bitmaps" },
	{ WORD_PROC, PROC_MSR_BITMAPS, END_NO_FEATURE, "MSR bitmaps" },
	{ WORD_PROC, PROC_TPR_SHADOW, END_NO_APICV, "TPR shadow" },
	{ WORD_PROC2, PROC2_EPT, END_NO_EPT, "EPT" },
	{ WORD_PROC2, PROC2_UNRESTRICTED, END_NO_UNRESTRICTED,
	  "unrestricted guest" },
	{ WORD_PROC2, PROC2_VPID, END_NO_FEATURE, "VPID" },
	{ WORD_PROC2, PROC2_VIRT_APIC_ACCESS, END_NO_APICV,
	  "virtualized APIC accesses" },
	{ WORD_PROC2, PROC2_VIRT_X2APIC, END_NO_APICV,
	  "x2APIC virtualization" },
	{ WORD_PROC2, PROC2_APIC_REG_VIRT, END_NO_APICV,
	  "APIC-register virtualization" },
	{ WORD_PROC2, PROC2_VIRT_INT_DELIVERY, END_NO_APICV,
	  "virtual-interrupt delivery" },
	{ WORD_PROC2, PROC2_WBINVD, END_NO_FEATURE, "WBINVD exiting" },
	{ WORD_PROC2, PROC2_RDTSCP, END_OK, "RDTSCP" },
	{ WORD_PROC2, PROC2_INVPCID, END_OK, "INVPCID" },
	{ WORD_PROC2, PROC2_XSAVES, END_OK, "XSAVES" },
	{ WORD_PROC2, PROC2_PLE, END_OK, "PAUSE-loop exiting" },
	{ WORD_EXIT, EXIT_CTL_HOST_64, END_NO_FEATURE, "64-bit host" },
	{ WORD_EXIT, EXIT_CTL_ACK_INT, END_NO_FEATURE,
	  "acknowledge interrupt on exit" },
	{ WORD_EXIT, EXIT_CTL_SAVE_DEBUG, END_NO_FEATURE, "save debug" },
	{ WORD_EXIT, EXIT_CTL_SAVE_PAT, END_NO_FEATURE, "save PAT" },
	{ WORD_EXIT, EXIT_CTL_LOAD_PAT, END_NO_FEATURE, "load PAT" },
	{ WORD_EXIT, EXIT_CTL_SAVE_EFER, END_NO_FEATURE, "save EFER" },
	{ WORD_EXIT, EXIT_CTL_LOAD_EFER, END_NO_FEATURE, "load EFER" },
	{ WORD_ENTRY, ENTRY_CTL_LOAD_DEBUG, END_NO_FEATURE, "load debug" },
	{ WORD_ENTRY, ENTRY_CTL_IA32E, END_NO_FEATURE, "IA-32e mode guest" },
	{ WORD_ENTRY, ENTRY_CTL_LOAD_PAT, END_NO_FEATURE, "load PAT" },
	{ WORD_ENTRY, ENTRY_CTL_LOAD_EFER, END_NO_FEATURE, "load EFER" },
};

static const struct {
	u64 bit;
	const char *name;
} ept_bits[] = {
	{ EPT_CAP_WALK_4, "4-level EPT" },
	{ EPT_CAP_WB, "write-back EPT tables" },
	{ EPT_CAP_2M, "2 MiB EPT pages" },
	{ EPT_CAP_INVEPT | EPT_CAP_INVEPT_SINGLE | EPT_CAP_INVEPT_ALL,
	  "INVEPT" },
	{ EPT_CAP_INVVPID | EPT_CAP_INVVPID_SINGLE | EPT_CAP_INVVPID_ALL,
	  "INVVPID" },
};

static const char *cure(enum end_status status)
{
	switch (status) {
	case END_NO_VMX:
		return "needs an Intel CPU with VT-x; in a virtual machine, "
		       "enable nested VMX";
	case END_VMX_LOCKED:
		return "enable VT-x (\"Intel Virtualization Technology\") in "
		       "the firmware setup and power-cycle";
	case END_NO_APICV:
		return "needs APICv: a Xeon since Ivy Bridge-EP, or an "
		       "emulated CPU with APIC virtualization";
	default:
		return "needs a newer CPU, Sapphire Rapids is the reference";
	}
}

static int missing(enum end_status status, const char *what)
{
	log_error("vmx", "no %s: %s", what, cure(status));
	return status;
}

static int probe_vmx(void)
{
	struct cpuid_regs r;
	u64 control;

	cpuid(1, 0, &r);
	if (!(r.ecx & CPUID_1_ECX_VMX))
		return missing(END_NO_VMX, "VMX in CPUID.1:ECX[5]");
	control = rdmsr(MSR_IA32_FEATURE_CONTROL);
	if ((control & FEATURE_CONTROL_LOCK) &&
	    !(control & FEATURE_CONTROL_VMXON))
		return missing(END_VMX_LOCKED,
			       "VMX: locked off in IA32_FEATURE_CONTROL");
	return END_OK;
}

/* Low half: must be 1. High half: may be 1. */
static u64 read_word(enum ctl_word word, const u32 *ctl)
{
	bool true_ctls = rdmsr(MSR_IA32_VMX_BASIC) & VMX_BASIC_TRUE_CTLS;

	/* The secondary controls' MSR exists only with their enable bit. */
	if (word == WORD_PROC2 && !(ctl[WORD_PROC] & PROC_SECONDARY))
		return 0;
	return rdmsr(true_ctls ? ctl_words[word].true_msr
			       : ctl_words[word].msr);
}

/* The first missing control, in the order of the table, names the status. */
static int probe_controls(u32 ctl[WORDS])
{
	int status = END_OK;
	u64 allowed[WORDS];

	for (u32 w = 0; w < WORDS; w++) {
		allowed[w] = read_word(w, ctl);
		ctl[w] = (u32)allowed[w];
		for (u32 i = 0; i < ARRAY_SIZE(ctl_bits); i++) {
			const struct ctl_bit *b = &ctl_bits[i];

			if (b->word != w)
				continue;
			ctl[w] |= (u32)(allowed[w] >> 32) & b->bit;
			if (ctl[w] & b->bit)
				continue;
			if (b->status == END_OK)
				log_info("vmx", "no %s: done without",
					 b->name);
			else if (status == END_OK)
				status = missing(b->status, b->name);
			else
				(void)missing(b->status, b->name);
		}
	}
	return status;
}

/*
 * With EPT the guest owns CR3, and RDTSC is native: a CPU that insists on such
 * an exit is not one that this hypervisor knows.
 */
static int probe_unwanted(const u32 ctl[WORDS])
{
	if (ctl[WORD_PROC] & (PROC_CR3_LOAD | PROC_CR3_STORE | PROC_RDTSC |
			      PROC_INVLPG | PROC_MOV_DR | PROC_PAUSE |
			      PROC_CR8_LOAD | PROC_CR8_STORE))
		return missing(END_NO_FEATURE, "exit-free CR3, RDTSC or CR8");
	return END_OK;
}

static int probe_ept(u64 cap)
{
	for (u32 i = 0; i < ARRAY_SIZE(ept_bits); i++) {
		if ((cap & ept_bits[i].bit) != ept_bits[i].bit)
			return missing(END_NO_EPT, ept_bits[i].name);
	}
	if (!(cap & EPT_CAP_1G))
		log_info("vmx", "no 1 GiB EPT pages: done without");
	if (!(cap & EPT_CAP_AD))
		log_info("vmx", "no EPT A/D flags: done without");
	return END_OK;
}

static enum apicv_rung apicv_limit __ro_after_init = APICV_IPIV;

void vmx_limit_apicv(enum apicv_rung best)
{
	apicv_limit = best;
}

/* One line for the rung that is in use, and for one that is not by choice. */
static void probe_apicv(struct vmx_caps *caps)
{
	static const char *const names[] = {
		[APICV_VID] = "virtual-interrupt delivery",
		[APICV_PI] = "posted interrupts",
		[APICV_IPIV] = "IPI virtualization + posted interrupts",
	};
	enum apicv_rung best = APICV_VID;

	if (caps->pin & PIN_POSTED_INT)
		best = APICV_PI;
	/* The MSR exists only with the control that activates its word. */
	if (best == APICV_PI && (caps->proc & PROC_TERTIARY) &&
	    (rdmsr(MSR_IA32_VMX_PROCBASED_CTLS3) & PROC3_IPI_VIRT))
		best = APICV_IPIV;
	caps->apicv = min(best, apicv_limit);
	log_info("vmx", "interrupts by %s%s", names[caps->apicv],
		 caps->apicv < best ? " (apicv= forbids more)" : "");
}

static void probe_speculation(struct vmx_caps *caps)
{
	struct cpuid_regs r, r2;

	cpuid(7, 0, &r);
	cpuid(7, 2, &r2);
	/* IBRS and IBPB come in one bit, BHI_CTRL needs leaf 7.2. */
	caps->has_spec_ctrl = r.edx & CPUID_7_EDX_SPEC_CTRL;
	caps->has_ibpb = caps->has_spec_ctrl;
	if (caps->has_spec_ctrl)
		caps->spec_ctrl = SPEC_CTRL_IBRS;
	if (caps->has_spec_ctrl && r.eax >= 2 && (r2.edx & CPUID_7_2_EDX_BHI))
		caps->spec_ctrl |= SPEC_CTRL_BHI_DIS_S;
}

int vmx_probe(void)
{
	struct vmx_caps *caps = &vmx_caps;
	u32 ctl[WORDS] = { 0 };
	int status = probe_vmx();

	if (status != END_OK)
		return status;
	status = probe_controls(ctl);
	if (status == END_OK)
		status = probe_unwanted(ctl);
	if (status != END_OK)
		return status;
	caps->ept_vpid = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
	status = probe_ept(caps->ept_vpid);
	if (status != END_OK)
		return status;
	caps->revision = field_get(VMX_BASIC_REVISION,
				   rdmsr(MSR_IA32_VMX_BASIC));
	caps->pin = ctl[WORD_PIN];
	caps->proc = ctl[WORD_PROC];
	caps->proc2 = ctl[WORD_PROC2];
	caps->exit = ctl[WORD_EXIT];
	caps->entry = ctl[WORD_ENTRY];
	caps->timer_shift = field_get(VMX_MISC_TIMER_RATE,
				      rdmsr(MSR_IA32_VMX_MISC));
	probe_apicv(caps);
	probe_speculation(caps);
	status = xstate_probe(caps);
	if (status != END_OK)
		return status;
	log_info("vmx", "EPT 2M%s%s, VPID, unrestricted guest, virtual-"
		 "interrupt delivery; timer TSC>>%u",
		 caps->ept_vpid & EPT_CAP_1G ? ", 1G" : "",
		 caps->ept_vpid & EPT_CAP_AD ? ", A/D" : "",
		 caps->timer_shift);
	return END_OK;
}
