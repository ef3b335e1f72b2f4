/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 16550A UART on COM1, register names as in the PC16550D data sheet. Sending
 * takes no time: the transmitter is always empty. Received bytes wait in the
 * console's ring, which stands for the receive FIFO.
 */
#include "core/cpu.h"
#include "core/platform/devices.h"

enum uart_register {
	UART_RBR_THR = 0,	/* DLAB: divisor latch, low */
	UART_IER = 1,		/* DLAB: divisor latch, high */
	UART_IIR_FCR = 2,
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_MSR = 6,
	UART_SCR = 7,
	UART_REGISTERS = 8,
};

#define IER_ERBFI	BIT(0)	/* received data */
#define IER_ETBEI	BIT(1)	/* transmitter holding register empty */
#define IER_ELSI	BIT(2)	/* receiver line status */
#define IER_EDSSI	BIT(3)	/* modem status */
#define IER_BITS	BITS(3, 0)
#define IIR_NONE	0x01
#define IIR_MODEM	0x00
#define IIR_THRE	0x02
#define IIR_DATA	0x04
#define IIR_LINE	0x06
#define IIR_FIFOS	BITS(7, 6)
#define FCR_ENABLE	BIT(0)
#define FCR_CLEAR_RX	BIT(1)
#define LCR_DLAB	BIT(7)
#define MCR_DTR		BIT(0)
#define MCR_RTS		BIT(1)
#define MCR_OUT1	BIT(2)
#define MCR_OUT2	BIT(3)
#define MCR_LOOP	BIT(4)
#define MCR_BITS	BITS(4, 0)
#define LSR_DR		BIT(0)
#define LSR_OE		BIT(1)
#define LSR_THRE	BIT(5)
#define LSR_TEMT	BIT(6)
#define MSR_TERI	BIT(2)	/* trailing edge of RI */
#define MSR_CTS		BIT(4)
#define MSR_DSR		BIT(5)
#define MSR_RI		BIT(6)
#define MSR_DCD		BIT(7)
#define MSR_LINES	BITS(7, 4)

static bool looped(const struct vuart *u)
{
	return u->mcr & MCR_LOOP;
}

/* In loopback the far end's bytes stay where they are. */
static bool data_ready(const struct platform *p)
{
	const struct vuart *u = &p->uart;

	return looped(u) ? u->loop_count : vconsole_in_ready(p->console);
}

/* The highest pending interrupt, in the order of the data sheet's table. */
static u8 interrupt_id(const struct platform *p)
{
	const struct vuart *u = &p->uart;

	if (u->ier & IER_ELSI && u->overrun)
		return IIR_LINE;
	if (u->ier & IER_ERBFI && data_ready(p))
		return IIR_DATA;
	if (u->ier & IER_ETBEI && u->thr_pending)
		return IIR_THRE;
	if (u->ier & IER_EDSSI && u->msr_delta)
		return IIR_MODEM;
	return IIR_NONE;
}

/*
 * Under the lock, so that two vCPUs cannot swap a rise and a fall on their
 * way to the IOAPIC.
 */
static void update_line(struct platform *p)
{
	bool level = interrupt_id(p) != IIR_NONE;

	if (level == p->uart.line)
		return;
	p->uart.line = level;
	p->line(p->line_ctx, PLATFORM_COM1_GSI, level);
}

/* CTS, DSR, RI, DCD: the far end is there, or in loopback our own outputs. */
static u8 modem_lines(const struct vuart *u)
{
	u8 lines = 0;

	if (!looped(u))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	if (u->mcr & MCR_RTS)
		lines |= MSR_CTS;
	if (u->mcr & MCR_DTR)
		lines |= MSR_DSR;
	if (u->mcr & MCR_OUT1)
		lines |= MSR_RI;
	if (u->mcr & MCR_OUT2)
		lines |= MSR_DCD;
	return lines;
}

static void write_mcr(struct vuart *u, u8 value)
{
	u8 before = modem_lines(u), after;

	u->mcr = value & MCR_BITS;
	if (!looped(u))
		u->loop_count = 0;
	after = modem_lines(u);
	/* DCTS, DDSR, TERI, DDCD: RI counts when it goes off only. */
	u->msr_delta |= ((before ^ after) & MSR_LINES) >> 4;
	if (!(before & ~after & MSR_RI))
		u->msr_delta &= ~MSR_TERI;
}

/* Without FIFOs there is one receive register, and a second byte is lost. */
static void loop_put(struct vuart *u, u8 value)
{
	u8 room = u->fcr & FCR_ENABLE ? VUART_LOOP_BYTES : 1;

	if (u->loop_count >= room) {
		u->overrun = true;
		return;
	}
	u->loop[(u->loop_head + u->loop_count) % VUART_LOOP_BYTES] = value;
	u->loop_count++;
}

/*
 * The interrupt falls and rises again with each byte: an edge-triggered
 * IOAPIC pin, which is how an ISA interrupt is wired, needs the edge.
 */
static void send(struct platform *p, u8 value)
{
	struct vuart *u = &p->uart;

	u->thr_pending = false;
	update_line(p);
	if (looped(u))
		loop_put(u, value);
	else
		u->notify |= vconsole_out(p->console, (char)value);
	u->thr_pending = true;
}

static u8 receive(struct platform *p)
{
	struct vuart *u = &p->uart;
	int c;
	u8 value;

	if (!looped(u)) {
		c = vconsole_in(p->console);
		return c < 0 ? 0 : (u8)c;
	}
	if (!u->loop_count)
		return 0;
	value = u->loop[u->loop_head];
	u->loop_head = (u->loop_head + 1) % VUART_LOOP_BYTES;
	u->loop_count--;
	return value;
}

static void write_ier(struct vuart *u, u8 value)
{
	/* Enabling THRE while the register is empty interrupts at once. */
	if (value & ~u->ier & IER_ETBEI)
		u->thr_pending = true;
	u->ier = value & IER_BITS;
}

/*
 * Switching the FIFOs on or off empties them, too. What the user typed ahead
 * is dropped only when the guest asks to clear its receiver.
 */
static void write_fcr(struct platform *p, u8 value)
{
	struct vuart *u = &p->uart;
	bool toggled = (u->fcr ^ value) & FCR_ENABLE;
	u32 i;

	u->fcr = value;
	if (!toggled && !(value & FCR_CLEAR_RX))
		return;
	u->loop_count = 0;
	if (looped(u) || !(value & FCR_CLEAR_RX))
		return;
	for (i = 0; i < VCONSOLE_IN_BYTES && vconsole_in(p->console) >= 0; i++)
		;
}

static void write_register(struct platform *p, u64 reg, u8 value)
{
	struct vuart *u = &p->uart;

	if (u->lcr & LCR_DLAB && reg <= UART_IER) {
		*(reg == UART_IER ? &u->dlm : &u->dll) = value;
		return;
	}
	switch (reg) {
	case UART_RBR_THR:
		send(p, value);
		break;
	case UART_IER:
		write_ier(u, value);
		break;
	case UART_IIR_FCR:
		write_fcr(p, value);
		break;
	case UART_LCR:
		u->lcr = value;
		break;
	case UART_MCR:
		write_mcr(u, value);
		break;
	case UART_SCR:
		u->scr = value;
		break;
	}
}

static u8 read_iir(struct platform *p)
{
	struct vuart *u = &p->uart;
	u8 id = interrupt_id(p);

	/* Reading it as the source clears the THRE interrupt. */
	if (id == IIR_THRE)
		u->thr_pending = false;
	return id | (u->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

/* THR and shift register are always empty: a guest never waits to send. */
static u8 read_lsr(struct platform *p)
{
	struct vuart *u = &p->uart;
	u8 lsr = LSR_THRE | LSR_TEMT;

	if (data_ready(p))
		lsr |= LSR_DR;
	if (u->overrun)
		lsr |= LSR_OE;
	u->overrun = false;
	return lsr;
}

static u8 read_msr(struct vuart *u)
{
	u8 msr = modem_lines(u) | u->msr_delta;

	u->msr_delta = 0;
	return msr;
}

static u8 read_register(struct platform *p, u64 reg)
{
	struct vuart *u = &p->uart;

	if (u->lcr & LCR_DLAB && reg <= UART_IER)
		return reg == UART_IER ? u->dlm : u->dll;
	switch (reg) {
	case UART_RBR_THR:
		return receive(p);
	case UART_IER:
		return u->ier;
	case UART_IIR_FCR:
		return read_iir(p);
	case UART_LCR:
		return u->lcr;
	case UART_MCR:
		return u->mcr;
	case UART_LSR:
		return read_lsr(p);
	case UART_MSR:
		return read_msr(u);
	default:
		return u->scr;
	}
}

static u8 vuart_byte(struct platform *p, u64 reg, bool write, u8 value)
{
	if (write)
		write_register(p, reg, value);
	else
		value = read_register(p, reg);
	update_line(p);
	return value;
}

/* The console's CPU is woken with the lock already dropped. */
static void unlock_and_notify(struct platform *p)
{
	bool notify = p->uart.notify;

	p->uart.notify = false;
	spin_unlock(&p->uart.lock);
	if (notify)
		cpu_request(0, CPU_REQ_CONSOLE);
}

/*
 * A driver that polls reads LSR before each byte. Without an overrun to clear
 * and outside of loopback the read changes nothing and needs no lock.
 */
static bool lsr_poll(const struct platform *p, struct trap_access *access)
{
	const struct vuart *u = &p->uart;

	if (access->offset != UART_LSR || access->write ||
	    access->size_bytes != 1 || READ_ONCE(u->overrun) ||
	    READ_ONCE(u->mcr) & MCR_LOOP)
		return false;
	access->data = LSR_THRE | LSR_TEMT;
	if (vconsole_in_ready(p->console))
		access->data |= LSR_DR;
	return true;
}

static __noinline void locked_access(struct platform *p,
				     struct trap_access *access)
{
	spin_lock(&p->uart.lock);
	platform_bytes(p, access, vuart_byte);
	unlock_and_notify(p);
}

static void vuart_access(void *device, struct trap_access *access)
{
	if (!lsr_poll(device, access))
		locked_access(device, access);
}

void vuart_console_out(struct platform *p, u8 c)
{
	spin_lock(&p->uart.lock);
	p->uart.notify |= vconsole_out(p->console, (char)c);
	unlock_and_notify(p);
}

void platform_console_input(struct platform *p)
{
	spin_lock(&p->uart.lock);
	update_line(p);
	spin_unlock(&p->uart.lock);
}

int vuart_init(struct platform *p)
{
	spin_init(&p->uart.lock, LOCK_UART);
	/* After reset: 8N1, no divisor worth the name, nothing enabled. */
	p->uart.dll = 1;
	p->uart.lcr = 3;
	return guest_trap_pio(p->guest, PLATFORM_COM1_PORT, UART_REGISTERS,
			      vuart_access, p);
}
