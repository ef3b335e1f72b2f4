/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPI virtualization (SDM "IPI virtualization" in the chapter on APIC
 * virtualization): tertiary control bit 4, the fields last PID-pointer index
 * (0x0008) and PID-pointer table address (0x2042), and the virtualized writes
 * of VICR_LO (xAPIC, offset 0x300) and of MSR 0x830.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "patch.h"

#define TERTIARY_IPI_VIRT	(1ull << 4)
#define PRIMARY_TERTIARY	(1u << 17)
#define FIELD_PRIMARY		0x4002
#define FIELD_TERTIARY		0x2034
#define FIELD_LAST_INDEX	0x0008
#define FIELD_TABLE		0x2042
#define MSR_APIC_BASE		0x1b
#define MSR_X2APIC_ICR		0x830
#define VICR_LO			0x300
#define VICR_HI			0x310
#define EXIT_APIC_WRITE		56
#define GP			13
#define ERROR_CONTROLS		7

/* What makes an ICR value one that the CPU may virtualize: all of it zero. */
#define ICR_RESERVED	0xfff32000ull	/* 31:20, 17:16, 13 */
#define ICR_NOT_UNICAST_FIXED 0x000c9f00ull /* 19:18, 15, 12, 11, 10:8 */

#define PID_ON		(1ull << 0)
#define PID_SN		(1ull << 1)

static struct {
	void (*init_vmcs)(void *cpu);
	bool (*field_supported)(void *cpu, uint32_t field);
	bool (*x2apic_write)(void *cpu, uint32_t msr, uint64_t value);
	void (*write_vicr)(void *cpu);
	uint32_t (*check_controls)(void *cpu);
} original;

static struct {
	uint16_t (*vmread16)(void *cpu, uint32_t field);
	uint32_t (*vmread32)(void *cpu, uint32_t field);
	uint64_t (*vmread64)(void *cpu, uint32_t field);
	uint32_t (*vapic_read)(void *cpu, uint32_t offset);
	void (*vapic_write)(void *cpu, uint32_t offset, int len, uint8_t *data);
	void (*vmexit)(void *cpu, uint32_t reason, uint64_t qualification);
	void (*exception)(void *cpu, uint32_t vector, uint16_t error);
	void (*read_physical)(void *cpu, uint64_t hpa, uint32_t len, void *to);
	void (*write_physical)(void *cpu, uint64_t hpa, uint32_t len,
			       void *from);
	int (*rdmsr)(void *cpu, uint32_t msr, uint64_t *value);
	int (*deliver)(uint8_t vector, uint32_t dest, uint8_t mode,
		       bool logical, bool level, bool trigger);
} bochs;

static uint32_t tertiary_offset;	/* of the allowed-1 word in the CPU */
static uint64_t virtualized, notified, suppressed, exited;

/* ---- VMX capabilities, fields and entry checks ---- */

static void init_vmcs(uint8_t *cpu)
{
	original.init_vmcs(cpu);
	*(uint64_t *)(cpu + tertiary_offset) |= TERTIARY_IPI_VIRT;
}

static bool field_supported(void *cpu, uint32_t field)
{
	if (field == FIELD_LAST_INDEX || field == FIELD_TABLE ||
	    field == FIELD_TABLE + 1)
		return true;
	return original.field_supported(cpu, field);
}

static bool active(void *cpu)
{
	return (bochs.vmread32(cpu, FIELD_PRIMARY) & PRIMARY_TERTIARY) &&
	       (bochs.vmread64(cpu, FIELD_TERTIARY) & TERTIARY_IPI_VIRT);
}

/* The table must be 8-byte aligned and end below 2^52. */
static uint32_t check_controls(void *cpu)
{
	uint32_t error = original.check_controls(cpu);
	uint64_t table, end;

	if (error || !active(cpu))
		return error;
	table = bochs.vmread64(cpu, FIELD_TABLE);
	end = table + 8ull * bochs.vmread16(cpu, FIELD_LAST_INDEX) + 7;
	if ((table & 7) || (end >> 52)) {
		fprintf(stderr, "spr board: VM entry: bad PID-pointer table\n");
		return ERROR_CONTROLS;
	}
	return 0;
}

/* ---- The algorithm ---- */

static void notify(void *cpu, uint64_t control)
{
	uint64_t base = 0;
	uint32_t ndst = (uint32_t)(control >> 32);
	uint8_t vector = (uint8_t)(control >> 16);

	bochs.rdmsr(cpu, MSR_APIC_BASE, &base);
	if (!(base >> 10 & 1))			/* xAPIC host: ID << 8 */
		ndst = ndst >> 8 & 0xff;
	notified++;
	bochs.deliver(vector, ndst, 0, false, true, false);
}

/* Set PIR[V] and decide about the notification; the emulator is one thread. */
static void post(void *cpu, uint64_t pid, uint8_t vector)
{
	uint64_t word, control;
	uint64_t at = pid + vector / 64 * 8;

	bochs.read_physical(cpu, at, 8, &word);
	word |= 1ull << (vector % 64);
	bochs.write_physical(cpu, at, 8, &word);
	bochs.read_physical(cpu, pid + 32, 8, &control);
	virtualized++;
	if (control & (PID_ON | PID_SN)) {
		suppressed++;
		return;
	}
	control |= PID_ON;
	bochs.write_physical(cpu, pid + 32, 8, &control);
	notify(cpu, control);
}

/* True: done without an exit. */
static bool virtualize_ipi(void *cpu, uint8_t vector, uint32_t target)
{
	uint64_t entry;

	if (vector < 16 || target > bochs.vmread16(cpu, FIELD_LAST_INDEX))
		return false;
	bochs.read_physical(cpu, bochs.vmread64(cpu, FIELD_TABLE) +
			    8ull * target, 8, &entry);
	if ((entry & 0x3f) != 1 || entry >> 52)
		return false;
	post(cpu, entry & ~0x3full, vector);
	return true;
}

static void exit_on_icr(void *cpu)
{
	exited++;
	bochs.vmexit(cpu, EXIT_APIC_WRITE, VICR_LO);
}

/* ---- Where the guest writes ---- */

static bool x2apic_write(void *cpu, uint32_t msr, uint64_t value)
{
	uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);

	if (msr != MSR_X2APIC_ICR || !active(cpu))
		return original.x2apic_write(cpu, msr, value);
	if (low & ICR_RESERVED)
		bochs.exception(cpu, GP, 0);
	bochs.vapic_write(cpu, VICR_LO, 4, (uint8_t *)&low);
	bochs.vapic_write(cpu, VICR_LO + 4, 4, (uint8_t *)&high);
	if ((low & ICR_NOT_UNICAST_FIXED) ||
	    !virtualize_ipi(cpu, (uint8_t)low, high))
		exit_on_icr(cpu);
	return true;
}

static void write_vicr(void *cpu)
{
	uint32_t low = bochs.vapic_read(cpu, VICR_LO);
	uint32_t high = bochs.vapic_read(cpu, VICR_HI);

	if (active(cpu) &&
	    !(low & (ICR_RESERVED | ICR_NOT_UNICAST_FIXED)) &&
	    virtualize_ipi(cpu, (uint8_t)low, high >> 24))
		return;
	if (active(cpu))
		exited++;
	original.write_vicr(cpu);	/* self-IPI, or the exit */
}

/* ---- Into the emulator ---- */

/* mov %rax,disp32(%rdi): the only stores of its kind are to the word. */
static void find_tertiary_word(void)
{
	const uint8_t *code = board_symbol(
		"_ZN8BX_CPU_C37init_tertiary_proc_based_vmexec_ctrlsEv");

	for (int i = 0; i < 64; i++)
		if (code[i] == 0x48 && code[i + 1] == 0x89 &&
		    code[i + 2] == 0x87) {
			memcpy(&tertiary_offset, code + i + 3, 4);
			return;
		}
	board_refuse("tertiary controls");
}

static void find_functions(void)
{
	bochs.vmread16 = board_symbol("_ZN8BX_CPU_C8VMread16Ej");
	bochs.vmread32 = board_symbol("_ZN8BX_CPU_C8VMread32Ej");
	bochs.vmread64 = board_symbol("_ZN8BX_CPU_C8VMread64Ej");
	bochs.vapic_read =
		board_symbol("_ZN8BX_CPU_C21VMX_Read_Virtual_APICEj");
	bochs.vapic_write =
		board_symbol("_ZN8BX_CPU_C22VMX_Write_Virtual_APICEjiPh");
	bochs.vmexit = board_symbol("_ZN8BX_CPU_C6VMexitEjm");
	bochs.exception = board_symbol("_ZN8BX_CPU_C9exceptionEjt");
	bochs.read_physical =
		board_symbol("_ZN8BX_CPU_C20access_read_physicalEmjPv");
	bochs.write_physical =
		board_symbol("_ZN8BX_CPU_C21access_write_physicalEmjPv");
	bochs.rdmsr = board_symbol("_ZN8BX_CPU_C5rdmsrEjPm");
	bochs.deliver = board_symbol("_Z26apic_bus_deliver_interrupthjhbbb");
}

void ipiv_init(void)
{
	/* endbr64, then one push, or the comparison of the argument */
	static const uint8_t push_rbx[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x53 };
	static const uint8_t push_r14[] = {
		0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x56 };
	static const uint8_t push_r15[] = {
		0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x57 };
	static const uint8_t compare[] = {
		0xf3, 0x0f, 0x1e, 0xfa, 0x81, 0xfe, 0x4d, 0x20, 0x00, 0x00 };

	find_tertiary_word();
	find_functions();
	original.init_vmcs = board_replace("_ZN8BX_CPU_C9init_VMCSEv",
		init_vmcs, push_r14, sizeof(push_r14));
	original.field_supported =
		board_replace("_ZN8BX_CPU_C20vmcs_field_supportedEj",
			      field_supported, compare, sizeof(compare));
	original.x2apic_write =
		board_replace("_ZN8BX_CPU_C23Virtualize_X2APIC_WriteEjm",
			      x2apic_write, push_rbx, sizeof(push_rbx));
	original.write_vicr = board_replace("_ZN8BX_CPU_C14VMX_Write_VICREv",
		write_vicr, push_rbx, sizeof(push_rbx));
	original.check_controls =
		board_replace("_ZN8BX_CPU_C26VMenterLoadCheckVmControlsEv",
			      check_controls, push_r15, sizeof(push_r15));
}

void ipiv_report(void)
{
	fprintf(stderr, "spr board: virtualized IPIs %lu, notifications %lu, "
		"suppressed %lu, exits %lu\n", virtualized, notified,
		suppressed, exited);
}
