/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the entry code to the run loop: the order in which things come up.
 * What refuses to start says why and how to mend it, and ends with a status.
 */
#include "core/boot_entry.h"

#include <hw/cpu.h>
#include <hw/phys.h>

#include "apic/ioapic.h"
#include "apic/lapic.h"
#include "apic/notify.h"
#include "boot/config.h"
#include "boot/machine.h"
#include "boot/monitor.h"
#include "boot/multiboot2.h"
#include "boot/pvh.h"
#include "boot/run.h"
#include "boot/smp.h"
#include "core/acpi.h"
#include "core/boot_info.h"
#include "core/console.h"
#include "core/end.h"
#include "core/image.h"
#include "core/irq.h"
#include "core/log.h"
#include "core/page.h"
#include "core/paging.h"
#include "core/smp.h"
#include "core/string.h"
#include "core/time.h"
#include "vmx/vm.h"

#define CONF_NAME	"noexit.conf"

static struct boot_info boot_info;
static struct config config;
static u32 released;		/* atomic: other CPUs may go on */

extern u64 __stack_chk_guard;
u64 __stack_chk_guard __ro_after_init;

/*
 * A value that an overflow cannot guess. The low byte is 0, so that a string
 * function stops at it. boot_main() never returns, so no frame is checked
 * against the old value.
 */
static void init_stack_guard(void)
{
	struct cpuid_regs r;
	u64 value = 0;

	cpuid(1, 0, &r);
	if (!(r.ecx & CPUID_1_ECX_RDRAND) || !rdrand(&value))
		value = rdtsc() * 0x9e3779b97f4a7c15ull;
	__stack_chk_guard = value & ~0xffull;
}

static void read_boot_info(u32 magic, u64 info_hpa)
{
	const void *info = phys_to_virt(info_hpa);
	int err = 0;

	if (magic == BOOT_FROM_MULTIBOOT2)
		err = mb2_parse(info, &boot_info);
	else if (magic == BOOT_FROM_PVH)
		err = pvh_parse(info, &boot_info);
	else if (magic == BOOT_FROM_EFI)
		memcpy(&boot_info, info, sizeof(boot_info));
	else
		err = -1;
	boot_info.image_hpa = boot_image_hpa;
	log_info("boot", "Noexit, by %s, image at %llx, command line '%s'",
		 boot_info.loader[0] ? boot_info.loader : "unknown loader",
		 (unsigned long long)boot_image_hpa, boot_info.cmdline);
	if (!err)
		return;
	log_error("boot", "no usable boot information (magic %x)", magic);
	log_error("boot", "cure: load it by multiboot2, PVH or BOOTX64.EFI");
	machine_end(END_FIRMWARE, "no-boot-information");
}

static void report(void *ctx, u32 line, u32 column, bool warning,
		   const char *message)
{
	log_write(warning ? LOG_WARN : LOG_ERROR, "config", "%s:%u:%u: %s: %s",
		  (const char *)ctx, line, column,
		  warning ? "warning" : "error", message);
}

/*
 * Without a configuration: one VM. The first module is its kernel, with the
 * command line it came with; the others are its modules, or for Linux the
 * first of them its initrd.
 */
static void default_vm(void)
{
	const struct boot_module *m = boot_info.module;
	struct vm_config *vm = &config.vm[0];

	config_default_vm(&config, m[0].name, page_free_bytes());
	str_copy(vm->cmdline, sizeof(vm->cmdline), m[0].cmdline);
	for (u32 i = 1; i < boot_info.module_count &&
			vm->module_count < CONFIG_MAX_MODULES; i++)
		str_copy(vm->module[vm->module_count++],
			 sizeof(vm->module[0]), m[i].name);
	if (vm->module_count)
		str_copy(vm->initrd, sizeof(vm->initrd), vm->module[0]);
}

static void read_config(void)
{
	const struct boot_module *m;
	static char conf_name[] = CONF_NAME;
	static char cmdline_name[] = "command line";

	config_defaults(&config);
	m = boot_module_find(&boot_info, CONF_NAME);
	if (m)
		config_parse(&config, phys_to_virt(m->base_hpa), m->len_bytes,
			     report, conf_name);
	else if (boot_info.module_count)
		default_vm();
	config_parse_cmdline(&config, boot_info.cmdline, report, cmdline_name);
	log_set_level(config.log_level);
	machine_end_action(config.end);
	if (!config.x2apic)
		lapic_prefer_xapic();
	vmx_limit_apicv(config.apicv);
}

static void handle_console(void)
{
	console_irq();
	lapic_eoi();
}

static void route_console(void)
{
	bool level, low;

	if (console_gsi() < 0)
		return;
	console_gsi_mode(&level, &low);
	irq_set_handler(VECTOR_CONSOLE, handle_console);
	if (!ioapic_route((u32)console_gsi(), VECTOR_CONSOLE, lapic_id(), level,
			  low))
		return;
	log_warn("boot", "UART interrupt %d has no IOAPIC: polling",
		 console_gsi());
	console_no_irq();
}

static void init_platform(void)
{
	cpu_init_boot();
	page_init(&boot_info);
	paging_init(&boot_info);
	if (acpi_init(&boot_info)) {
		log_error("boot", "cure: boot with ACPI on, or by UEFI");
		machine_end(END_FIRMWARE, "no-acpi");
	}
	console_init(&boot_info);
	time_init();
	read_config();
	if (lapic_init()) {
		log_error("boot", "cure: enable the local APIC in the "
			  "firmware setup");
		machine_end(END_NO_FEATURE, "no-local-apic");
	}
	notify_init();
	ioapic_init();
	route_console();
}

/* vmx_probe() has said what is missing and how to mend it. */
static _Noreturn void refuse(int status)
{
	static const char *const reasons[] = {
		[END_NO_VMX] = "no-vmx",
		[END_VMX_LOCKED] = "vmx-locked-off",
		[END_NO_EPT] = "no-ept",
		[END_NO_UNRESTRICTED] = "no-unrestricted-guest",
		[END_NO_APICV] = "no-apicv",
	};
	u32 n = (u32)status;

	machine_end((enum end_status)status,
		    n < ARRAY_SIZE(reasons) && reasons[n] ? reasons[n] :
							    "no-feature");
}

static void enter_vmx(void)
{
	paging_flush();
	if (vmx_cpu_on())
		log_error("vmx", "VMXON failed on this CPU: it runs no VM");
}

static void release_cpus(void)
{
	__atomic_store_n(&released, 1, __ATOMIC_RELEASE);
	for (u32 i = 1; i < cpu_count; i++)
		cpu_kick(i);
}

/* A script reads the status; a person finds the monitor, and no VM started. */
static void refuse_config(void)
{
	log_error("boot", "the configuration has errors: no VM is started");
	log_error("boot", "cure: mend the lines named above; noexit-check "
		  "reports them before a boot");
	if (console_has_debugcon())
		machine_end(END_CONFIG, "bad-configuration");
}

void boot_main(u32 magic, u64 info_hpa)
{
	int status;

	init_stack_guard();
	console_init_early();
	read_boot_info(magic, info_hpa);
	init_platform();
	smp_start(config.max_cpus);
	status = vmx_probe();
	if (status != END_OK)
		refuse(status);
	if (config.bad)
		refuse_config();
	paging_seal();
	enter_vmx();
	release_cpus();
	if (machines_init(&config, &boot_info))
		machine_end(END_NO_MEMORY, "out-of-memory");
	monitor_init(&config);
	console_async(true);
	if (!config.bad)
		machines_autostart();
	cpu_run();
}

/* HLT and not PAUSE: hundreds of CPUs wait here for the boot CPU. */
void ap_main(void)
{
	while (!__atomic_load_n(&released, __ATOMIC_ACQUIRE))
		cpu_sti_hlt_cli();
	enter_vmx();
	cpu_run();
}
