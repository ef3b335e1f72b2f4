/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/console.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <hw/cpu.h>
#include <hw/phys.h>
#include <hw/port.h>

#include "core/acpi.h"
#include "core/console_ring.h"
#include "core/cpu.h"
#include "core/paging.h"
#include "tests/unit/core/uart_model.h"
#include "tests/unit/test.h"

#define COM1 0x3f8
#define COM3 0x3e8
#define EGA_HPA 0xb8000ull

static struct uart_model com1, com3;
static bool has_debugcon;
static char debug_out[400000];
static u32 debug_len;
static u32 requests;

/* The parts of the machine that the console asks. */

u32 acpi_isa_gsi(u8 irq, bool *level, bool *low)
{
	*level = *low = false;
	return irq;
}

void cpu_request(u32 cpu_index, u32 bits)
{
	EXPECT_EQ(cpu_index, 0);
	EXPECT_EQ(bits, CPU_REQ_CONSOLE);
	__atomic_fetch_add(&requests, 1, __ATOMIC_RELAXED);
}

u64 virt_to_hpa(const void *va)
{
	return (uintptr_t)va;
}

static struct uart_model *model_at(u16 port)
{
	if (port >= COM1 && port < COM1 + 8)
		return &com1;
	return port >= COM3 && port < COM3 + 8 ? &com3 : NULL;
}

static u32 port_in(u16 port, u32 size_bytes)
{
	struct uart_model *m = model_at(port);

	(void)size_bytes;
	if (m)
		return model_read(m, port & 7);
	return port == 0xe9 && has_debugcon ? 0xe9 : 0xff;
}

static void port_out(u16 port, u32 size_bytes, u32 value)
{
	struct uart_model *m = model_at(port);

	(void)size_bytes;
	if (m)
		model_write(m, port & 7, (u8)value);
	if (port == 0xe9 && debug_len < sizeof(debug_out) - 1)
		debug_out[debug_len++] = (char)value;
}

static void forget(void)
{
	memset(com1.out, 0, sizeof(com1.out));
	memset(debug_out, 0, sizeof(debug_out));
	com1.out_len = debug_len = 0;
	com1.most = 0;
	requests = 0;
}

/*
 * The console is one object that lives as long as the machine: each test puts
 * it back to its first state as far as a boot does that.
 */
static void boot(bool debugcon)
{
	const struct boot_info no_screen = { 0 };

	hw_reset();
	memset(&com1, 0, sizeof(com1));
	memset(&com3, 0, sizeof(com3));
	com3.absent = true;
	acpi.has_spcr = false;
	has_debugcon = debugcon;
	hw_port_in_hook = port_in;
	hw_port_out_hook = port_out;
	console_init_early();
	console_init(&no_screen);
	console_async(false);
	forget();
}

static void say(const char *text)
{
	console_write(text, strlen(text));
}

TEST(synchronous_text_reaches_uart_and_debugcon)
{
	boot(true);
	EXPECT(console_has_debugcon());
	say("one\ntwo\n");
	EXPECT_STR(com1.out, "one\r\ntwo\r\n");
	EXPECT_STR(debug_out, "one\ntwo\n");
	EXPECT_EQ(requests, 0);
}

TEST(slow_uart_gets_each_byte_once)
{
	boot(false);
	EXPECT(!console_has_debugcon());
	com1.busy_reads = 20;
	for (u32 i = 0; i < 50; i++)
		say("0123456789\n");
	EXPECT_EQ(com1.out_len, 50 * 12);
	EXPECT_EQ(com1.overruns, 0);
	EXPECT_EQ(com1.most, 12);
	EXPECT_EQ(debug_len, 0);
}

TEST(stuck_uart_does_not_hold_the_boot)
{
	u32 reads;

	boot(true);
	com1.stuck = true;
	say("a\n");
	reads = com1.reads;
	for (u32 i = 0; i < 100; i++)
		say("line\n");
	EXPECT(com1.reads - reads < 1000);
	EXPECT_EQ(debug_len, 2 + 500);
	EXPECT_EQ(console_backlog(), 0);
}

TEST(asynchronous_writer_only_arms_the_interrupt)
{
	boot(true);
	EXPECT_EQ(console_gsi(), 4);
	console_async(true);
	EXPECT_EQ(com1.ier, 1);
	say("0123456789012345678\n");
	EXPECT_EQ(com1.out_len, 0);
	EXPECT_EQ(com1.ier, 3);
	EXPECT_EQ(debug_len, 20);
	EXPECT_EQ(console_backlog(), 20);
	EXPECT(!console_wants_poll());
	console_irq();
	EXPECT_STR(com1.out, "0123456789012345678\r\n");
	EXPECT_EQ(com1.ier, 1);
	EXPECT_EQ(requests, 0);
	console_async(false);
	EXPECT_EQ(com1.ier, 0);
}

TEST(one_drain_sends_one_fifo)
{
	boot(false);
	console_async(true);
	com1.busy_reads = 3;
	say("0123456789012345678901234567890123456789");
	console_drain();
	EXPECT_EQ(com1.out_len, 16);
	console_drain();
	EXPECT_EQ(com1.out_len, 16);	/* the FIFO is still full */
	console_drain();
	console_drain();
	EXPECT_EQ(com1.out_len, 32);
	console_async(false);
	EXPECT_EQ(com1.out_len, 40);
	say("\n");
}

TEST(polled_uart_asks_cpu_0_once)
{
	boot(false);
	console_no_irq();
	EXPECT_EQ(console_gsi(), -1);
	console_async(true);
	EXPECT_EQ(com1.ier, 0);
	EXPECT(console_wants_poll());
	say("a\n");
	say("b\n");
	EXPECT_EQ(requests, 1);
	console_drain();
	EXPECT_STR(com1.out, "a\r\nb\r\n");
	say("c\n");
	EXPECT_EQ(requests, 2);
	model_receive(&com1, "k");
	EXPECT_EQ(console_getc(), 'k');
	EXPECT_EQ(console_getc(), -1);
	console_async(false);
}

TEST(received_keys_wait_for_the_monitor)
{
	boot(false);
	console_async(true);
	model_receive(&com1, "vms\r");
	EXPECT_EQ(console_getc(), -1);
	console_irq();
	EXPECT_EQ(requests, 1);
	EXPECT_EQ(console_getc(), 'v');
	EXPECT_EQ(console_getc(), 'm');
	EXPECT_EQ(console_getc(), 's');
	EXPECT_EQ(console_getc(), '\r');
	EXPECT_EQ(console_getc(), -1);
	console_async(false);
}

TEST(slow_uart_tells_what_it_lost)
{
	boot(false);
	console_async(true);
	for (u32 i = 0; i < CONSOLE_RING_BYTES / 8 + 100; i++)
		say("1234567\n");
	console_async(false);
	EXPECT(!strncmp(com1.out, "\r\n[console: 800 bytes lost]\r\n", 29));
	EXPECT(!strncmp(com1.out + 29, "1234567\r\n", 9));
}

TEST(a_line_belongs_to_who_began_it)
{
	boot(true);
	console_write_as(CONSOLE_VM, NULL, "~ # ", 4);
	EXPECT_EQ(console_line_owner(), CONSOLE_VM);
	console_log("log line\n", 9);
	EXPECT_EQ(console_line_owner(), CONSOLE_NOBODY);
	console_write_as(CONSOLE_VM, NULL, "ls", 2);
	console_write_as(CONSOLE_VM, NULL, "\n", 1);
	EXPECT_STR(debug_out, "~ # \nlog line\nls\n");
}

TEST(prefix_goes_before_each_new_line)
{
	boot(true);
	console_write_as(CONSOLE_VM, "(a) ", "one\ntw", 6);
	console_write_as(CONSOLE_VM, "(a) ", "o\n", 2);
	console_write_as(CONSOLE_VM, "(a) ", "half", 4);
	console_write_as(CONSOLE_VM + 1, "(b) ", "other\n", 6);
	console_write_as(CONSOLE_VM, "(a) ", "way\n", 4);
	EXPECT_STR(debug_out,
		   "(a) one\n(a) two\n(a) half\n(b) other\n(a) way\n");
}

TEST(log_ring_keeps_log_lines_only)
{
	char buf[CONSOLE_RING_BYTES];
	size_t len;
	u64 pos = 0;

	boot(true);
	while (console_ring_read(&pos, buf, sizeof(buf)))
		;
	console_log("kept\n", 5);
	say("not kept\n");
	len = console_ring_read(&pos, buf, sizeof(buf));
	EXPECT_EQ(len, 5);
	EXPECT_MEM(buf, "kept\n", 5);
}

TEST(panic_is_synchronous)
{
	boot(false);
	console_async(true);
	this_cpu()->in_panic = 1;
	say("last words\n");
	EXPECT_STR(com1.out, "last words\r\n");
	this_cpu()->in_panic = 0;
	console_async(false);
}

TEST(spcr_names_another_uart)
{
	const struct boot_info no_screen = { 0 };
	static const char before[] = "said before\n";

	boot(false);
	say(before);
	acpi.has_spcr = true;
	acpi.spcr_reg = (struct acpi_gas){ 1, 8, 0, 1, COM3 };
	acpi.spcr_gsi = ~0u;
	/* It does not answer: COM1 stays. */
	console_init(&no_screen);
	EXPECT_EQ(console_gsi(), 4);
	com3.absent = false;
	console_init(&no_screen);
	EXPECT_EQ(console_gsi(), -1);
	EXPECT_EQ(com3.ier, 0);
	forget();
	say("x\n");
	EXPECT_EQ(com1.out_len, 0);
	EXPECT(strstr(com3.out, "said before\r\n"));
	EXPECT(strstr(com3.out, "\r\nx\r\n"));
}

TEST(spcr_gsi_beyond_isa_is_level_and_low)
{
	const struct boot_info no_screen = { 0 };
	bool level, low;

	boot(false);
	com3.absent = false;
	acpi.has_spcr = true;
	acpi.spcr_reg = (struct acpi_gas){ 1, 8, 0, 1, COM3 };
	acpi.spcr_gsi = 22;
	console_init(&no_screen);
	EXPECT_EQ(console_gsi(), 22);
	console_gsi_mode(&level, &low);
	EXPECT(level && low);
}

TEST(spcr_of_com1_changes_nothing)
{
	const struct boot_info no_screen = { 0 };
	bool level, low;

	boot(false);
	acpi.has_spcr = true;
	acpi.spcr_reg = (struct acpi_gas){ 1, 8, 0, 1, COM1 };
	acpi.spcr_gsi = ~0u;
	console_init(&no_screen);
	EXPECT_EQ(console_gsi(), 4);
	console_gsi_mode(&level, &low);
	EXPECT(!level && !low);
	/* Nonsense is left alone. */
	acpi.spcr_reg.space = 7;
	console_init(&no_screen);
	EXPECT_EQ(console_gsi(), 4);
	acpi.has_spcr = false;
}

static void *writer(void *arg)
{
	const char *line = arg;

	for (u32 i = 0; i < 2000; i++)
		console_log(line, strlen(line));
	return NULL;
}

TEST(writers_on_several_cpus_do_not_mix)
{
	static char text[2][20] = { "aaaaaaaaaaaaaaa\n", "bbbbbbbbbbbbbbb\n" };
	pthread_t thread[2];
	u32 mixed = 0;

	boot(true);
	console_async(true);
	for (u32 i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, writer, text[i]);
	for (u32 i = 0; i < 5000; i++)
		console_drain();
	for (u32 i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	EXPECT_EQ(debug_len, 2 * 2000 * 16);
	for (u32 i = 0; i < debug_len; i += 16)
		mixed += memcmp(debug_out + i, text[0], 16) &&
			 memcmp(debug_out + i, text[1], 16);
	EXPECT_EQ(mixed, 0);
	console_async(false);
	EXPECT_EQ(com1.overruns, 0);
}

TEST(without_any_device_there_is_the_ring)
{
	const struct boot_info no_screen = { 0 };
	char buf[64];
	u64 pos = 0;

	boot(false);
	com1.absent = true;
	console_init_early();
	console_init(&no_screen);
	console_async(true);
	console_log("alone\n", 6);
	console_drain();
	EXPECT_EQ(console_getc(), -1);
	EXPECT_EQ(console_backlog(), 0);
	EXPECT(!console_wants_poll());
	EXPECT(console_ring_read(&pos, buf, sizeof(buf)) > 0);
	console_async(false);
}

/* The last two: the screen and the closed console stay. */
TEST(screen_shows_the_log_so_far)
{
	struct boot_info info = { 0 };
	const u16 *ega;

	boot(false);
	say("\nearly\n");
	info.fb = (struct boot_framebuffer){
		.base_hpa = EGA_HPA,
		.pitch_bytes = 160,
		.width = 80,
		.height = 25,
		.bpp = 16,
		.text = 1,
	};
	console_init(&info);
	say("ZZ\n");
	ega = phys_to_virt(EGA_HPA);
	console_async(true);
	EXPECT(!console_wants_poll());
	say("QQ");
	EXPECT(console_wants_poll());
	EXPECT_EQ(requests, 1);
	for (u32 i = 0; i < 100 && console_wants_poll(); i++)
		console_drain();
	EXPECT(!console_wants_poll());
	for (u32 i = 0; i < 80 * 25; i++) {
		if (ega[i] == (0x700 | 'Z') && ega[i + 1] == (0x700 | 'Z') &&
		    ega[i + 80] == (0x700 | 'Q'))
			return;
	}
	EXPECT(!"the lines are on the screen");
}

TEST(closing_line_is_the_last)
{
	say("unfinished");
	forget();
	console_close("THE END\n", 8);
	say("too late\n");
	console_log("too late\n", 9);
	EXPECT(strstr(com1.out, "THE END\r\n"));
	EXPECT(!strstr(com1.out, "too late"));
	EXPECT_MEM(com1.out + com1.out_len - 9, "THE END\r\n", 9);
}
