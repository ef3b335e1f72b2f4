/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a vCPU when its VM dies: registers, and VMCS fields by
 * name, three to a line.
 */
#include "core/log.h"
#include "core/printf.h"
#include "vmx/vcpu.h"

#include <hw/cpu.h>
#include <hw/vmx.h>

#define LINE_BYTES	120

/* The type of a field's handle picks the VMREAD of its width. */
#define READ(f) _Generic((f),				\
	struct vmcs_f16: read16,			\
	struct vmcs_f32: read32,			\
	struct vmcs_f64: read64,			\
	struct vmcs_fn: read_natural)(f)

static u64 read16(struct vmcs_f16 f)
{
	return vmread16(f);
}

static u64 read32(struct vmcs_f32 f)
{
	return vmread32(f);
}

static u64 read64(struct vmcs_f64 f)
{
	return vmread64(f);
}

static u64 read_natural(struct vmcs_fn f)
{
	return vmread(f);
}

struct line {
	const struct vcpu *vcpu;
	char text[LINE_BYTES];
	int used;
};

static void end_line(struct line *l)
{
	if (l->used)
		log_error("vmx", "%s vCPU %u: %s", l->vcpu->vm->guest.name,
			  l->vcpu->index, l->text);
	l->used = 0;
}

static void put(struct line *l, const char *name, u64 value)
{
	if (l->used > LINE_BYTES - 50)
		end_line(l);
	l->used += format(l->text + l->used, (size_t)(LINE_BYTES - l->used),
			  "%s%s %llx", l->used ? "  " : "", name,
			  (unsigned long long)value);
}

static void dump_gprs(struct line *l)
{
	static const char *const names[16] = {
		"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
		"R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15",
	};

	for (u32 i = 0; i < 16; i++)
		put(l, names[i], gpr_read(l->vcpu, i));
	put(l, "RIP", READ(VMCS_GUEST_RIP));
	put(l, "RFLAGS", READ(VMCS_GUEST_RFLAGS));
	end_line(l);
}

static void dump_control_registers(struct line *l)
{
	put(l, "CR0", READ(VMCS_GUEST_CR0));
	put(l, "CR0 shadow", READ(VMCS_CR0_SHADOW));
	put(l, "CR2", read_cr2());
	put(l, "CR3", READ(VMCS_GUEST_CR3));
	put(l, "CR4", READ(VMCS_GUEST_CR4));
	put(l, "CR4 shadow", READ(VMCS_CR4_SHADOW));
	put(l, "EFER", READ(VMCS_GUEST_EFER));
	put(l, "XCR0", l->vcpu->xcr0);
	put(l, "DR7", READ(VMCS_GUEST_DR7));
	put(l, "PAT", READ(VMCS_GUEST_PAT));
	put(l, "DEBUGCTL", READ(VMCS_GUEST_DEBUGCTL));
	for (u32 i = 0; i < 4; i++)
		put(l, "PDPTE", READ(VMCS_GUEST_PDPTE(i)));
	end_line(l);
}

static void dump_segments(struct line *l)
{
	static const char *const names[SEGMENTS] = {
		"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR",
	};

	for (u32 i = 0; i < SEGMENTS; i++) {
		put(l, names[i], READ(VMCS_GUEST_SELECTOR(i)));
		put(l, "base", READ(VMCS_GUEST_BASE(i)));
		put(l, "limit", READ(VMCS_GUEST_LIMIT(i)));
		put(l, "rights", READ(VMCS_GUEST_AR(i)));
		end_line(l);
	}
	put(l, "GDTR base", READ(VMCS_GUEST_GDTR_BASE));
	put(l, "limit", READ(VMCS_GUEST_GDTR_LIMIT));
	end_line(l);
	put(l, "IDTR base", READ(VMCS_GUEST_IDTR_BASE));
	put(l, "limit", READ(VMCS_GUEST_IDTR_LIMIT));
	end_line(l);
}

static void dump_exit(struct line *l)
{
	put(l, "exit reason", READ(VMCS_EXIT_REASON));
	put(l, "qualification", READ(VMCS_EXIT_QUALIFICATION));
	put(l, "guest-physical", READ(VMCS_GUEST_PHYSICAL));
	put(l, "guest-linear", READ(VMCS_GUEST_LINEAR));
	put(l, "exit event", READ(VMCS_EXIT_INT_INFO));
	put(l, "error code", READ(VMCS_EXIT_ERROR_CODE));
	put(l, "IDT-vectoring", READ(VMCS_IDT_VECTORING_INFO));
	put(l, "error code", READ(VMCS_IDT_VECTORING_ERROR));
	put(l, "instruction length", READ(VMCS_EXIT_INSN_LEN));
	put(l, "instruction error", READ(VMCS_INSN_ERROR));
	end_line(l);
	put(l, "interruptibility", READ(VMCS_GUEST_INTERRUPTIBILITY));
	put(l, "activity", READ(VMCS_GUEST_ACTIVITY));
	put(l, "pending debug", READ(VMCS_GUEST_PENDING_DEBUG));
	put(l, "interrupt status", READ(VMCS_GUEST_INT_STATUS));
	put(l, "entry event", READ(VMCS_ENTRY_INT_INFO));
	end_line(l);
}

static void dump_controls(struct line *l)
{
	put(l, "pin-based", READ(VMCS_PIN_CTLS));
	put(l, "primary", READ(VMCS_PROC_CTLS));
	put(l, "secondary", READ(VMCS_PROC2_CTLS));
	put(l, "VM-exit", READ(VMCS_EXIT_CTLS));
	put(l, "VM-entry", READ(VMCS_ENTRY_CTLS));
	put(l, "EPTP", READ(VMCS_EPTP));
	put(l, "VPID", READ(VMCS_VPID));
	put(l, "TSC offset", READ(VMCS_TSC_OFFSET));
	end_line(l);
}

/* The vCPU is loaded on this CPU. */
void vcpu_dump(const struct vcpu *vcpu, const char *why)
{
	struct line line = { .vcpu = vcpu };

	log_error("vmx", "%s vCPU %u: %s", vcpu->vm->guest.name, vcpu->index,
		  why);
	dump_exit(&line);
	dump_gprs(&line);
	dump_control_registers(&line);
	dump_segments(&line);
	dump_controls(&line);
}

struct counts {
	const struct vcpu *vcpu;
	const char *what;
	char text[176];		/* a log line has room for it */
	int len;
};

static void flush_counts(struct counts *c)
{
	if (c->len)
		log_info("vmx", "%s vCPU %u: %s:%s", c->vcpu->vm->guest.name,
			 c->vcpu->index, c->what, c->text);
	c->len = 0;
}

static void add_count(struct counts *c, const char *name, u64 count)
{
	int room = (int)sizeof(c->text) - c->len;
	int need;

	if (!count)
		return;
	need = format(c->text + c->len, (size_t)room, "%s %s %llu",
		      c->len ? "," : "", name, (unsigned long long)count);
	if (need < room) {
		c->len += need;
		return;
	}
	/* It does not fit: it begins the next line. */
	c->text[c->len] = '\0';
	flush_counts(c);
	c->len = format(c->text, sizeof(c->text), " %s %llu", name,
			(unsigned long long)count);
}

/* When the vCPU leaves for good: what it exited for, and its interrupts. */
void vcpu_log_exits(const struct vcpu *vcpu)
{
	struct counts c = { .vcpu = vcpu, .what = "exits" };
	u64 total = 0;

	for (u32 i = 0; i < VMX_EXIT_REASONS; i++)
		total += vcpu->exits[i];
	add_count(&c, "total", total);
	for (u32 i = 0; i < VMX_EXIT_REASONS; i++)
		add_count(&c, vmx_exit_name(i), vcpu->exits[i]);
	flush_counts(&c);
	c.what = "interrupts";
	for (u32 i = 0; vcpu_counter_name(i); i++)
		add_count(&c, vcpu_counter_name(i), vcpu_counter(vcpu, i));
	flush_counts(&c);
}
