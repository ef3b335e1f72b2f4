/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What devices know of a VM: its memory and its trapped regions. Guest memory
 * is read through guest_read() into a private copy; a pointer into guest RAM
 * never leaves this file's implementation except by guest_ram_ptr(), whose
 * users read each word once.
 */
#ifndef CORE_GUEST_H
#define CORE_GUEST_H

#include "core/types.h"

#define GUEST_MAX_SLOTS	32
#define GUEST_MAX_TRAPS	32
#define GUEST_NAME_BYTES 32

/* A run of guest RAM (or ROM) backed by contiguous host memory. */
struct guest_slot {
	u64 gpa;
	u64 hpa;
	u64 len_bytes;
	bool readonly;
};

/* One trapped access, MMIO or port; data is zero-extended. */
struct trap_access {
	u64 offset;		/* from the region's base */
	u64 data;		/* in for a write, out for a read */
	u32 vcpu;		/* index of the vCPU that did it */
	u8 size_bytes;		/* 1, 2, 4 or 8 */
	bool write;
};

/* A read sets access->data. Anything a guest does is legal here: no error. */
typedef void (*trap_handler)(void *device, struct trap_access *access);

struct trap_region {
	u64 base;		/* gpa or port */
	u64 len;		/* bytes or ports */
	trap_handler handler;	/* set once at VM creation, table is RO after */
	void *device;
};

/*
 * Sorted by base. An access finds its region from where its group of
 * addresses (base >> shift; the last group has the rest) begins: one or two
 * steps, whatever the number of devices.
 */
#define TRAP_GROUPS 256
struct trap_table {
	u32 count;
	u8 shift;
	u8 first[TRAP_GROUPS];	/* first region that ends in or after a group */
	struct trap_region region[GUEST_MAX_TRAPS];
};

struct guest {
	/* Set once at creation. */
	char name[GUEST_NAME_BYTES];
	u32 id;			/* 1.. */
	u32 slot_count;
	struct guest_slot slot[GUEST_MAX_SLOTS];	/* sorted by gpa */
	struct trap_table mmio;
	struct trap_table pio;
	u64 mem_bytes;		/* RAM as configured */
	u64 low_bytes;		/* of it below 4 GiB (from gpa 0) */
	/* Atomic, statistics. */
	u64 unhandled_mmio;
	u64 unhandled_pio;
};

/* Copy; -EFAULT (nothing guaranteed about a partial copy) outside of RAM. */
int guest_read(const struct guest *g, u64 gpa, void *buf, u64 len_bytes)
	__must_check;
int guest_write(const struct guest *g, u64 gpa, const void *buf,
		u64 len_bytes) __must_check;
/* One aligned load: an entry of the guest's page tables. -EFAULT. */
int guest_read_u64(const struct guest *g, u64 gpa, u64 *value) __must_check;
/* NULL unless [gpa, gpa + len) lies in one writable slot. */
void *guest_ram_ptr(const struct guest *g, u64 gpa, u64 len_bytes);

/* -EEXIST on overlap, -ENOSPC when the table is full. Creation time only. */
int guest_add_slot(struct guest *g, u64 gpa, u64 hpa, u64 len_bytes,
		   bool readonly) __must_check;
int guest_trap_mmio(struct guest *g, u64 gpa, u64 len_bytes,
		    trap_handler handler, void *device) __must_check;
int guest_trap_pio(struct guest *g, u16 port, u32 ports,
		   trap_handler handler, void *device) __must_check;

/*
 * Dispatch an access; what nobody claims reads as all ones and is counted.
 * An access that crosses the end of a region is split into bytes.
 */
void guest_mmio(struct guest *g, u64 gpa, struct trap_access *access);
/* The one region that all of [gpa, gpa + size) lies in, or NULL. */
const struct trap_region *guest_mmio_region(const struct guest *g, u64 gpa,
					    u8 size_bytes);
void guest_pio(struct guest *g, u16 port, struct trap_access *access);

/* How a loader wants the boot vCPU started; everything else is as on reset. */
enum guest_entry_mode { ENTRY_PROTECTED_32, ENTRY_LONG_64 };
struct guest_entry {
	enum guest_entry_mode mode;
	u64 rip;
	u64 rax, rbx, rsi;
	u64 cr3;		/* ENTRY_LONG_64: identity map of the loader */
	u64 gdt_gpa;		/* flat GDT written by the loader, or 0 */
	u16 gdt_limit;
	u16 cs, ds;		/* selectors in it */
};

/*
 * Stop the whole VM. Declared here and defined in vmx/vm.c; any CPU, any
 * device; the calling vCPU leaves the guest before its next instruction.
 */
enum guest_stop_reason {
	GUEST_STOP_NONE,
	GUEST_STOP_POWEROFF,
	GUEST_STOP_RESET,
	GUEST_STOP_DEBUG_EXIT,		/* port 0xF4; code is the value */
	GUEST_STOP_MONITOR,
	GUEST_STOP_TRIPLE_FAULT,
	GUEST_STOP_BAD_ENTRY,		/* VM entry failed */
	GUEST_STOP_UNHANDLED,		/* exit nobody handles */
	GUEST_STOP_NO_CPU,		/* every vCPU waits for ever */
};
void guest_stop(struct guest *g, enum guest_stop_reason reason, u64 code);

/*
 * Second-stage mapping, declared here and defined in vmx/ept.c. guest_unmap()
 * leaves a hole that exits (RAM of a slot comes back on the next access); both
 * flush every vCPU of the VM before it enters again.
 */
enum guest_prot { GUEST_RO = 1, GUEST_RW = 2, GUEST_RWX = 3 };
int guest_map(struct guest *g, u64 gpa, u64 hpa, u64 len_bytes,
	      enum guest_prot prot) __must_check;
int guest_unmap(struct guest *g, u64 gpa, u64 len_bytes) __must_check;

#endif
