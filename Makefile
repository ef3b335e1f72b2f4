# SPDX-License-Identifier: BSD-2-Clause
#
# Noexit: build, run, test. `make help` lists the targets.
#
# Every target prints the command that it runs and installs the Debian
# packages that it lacks (when root). Everything made goes to $(BUILD).

BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
LD ?= ld
HOSTCC ?= gcc
CLANG ?= clang
FUZZ_SECONDS ?= 60
V ?=
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:

# ---------------------------------------------------------------- sources

# A subset can be built on the host: make SRC_DIRS="core apic" check-host
SRC_DIRS ?= boot boot/guest core core/platform apic vmx iommu pci virtio

# Files that only an emulator can run: no host object is made of them.
HOST_GLUE := boot/main.c core/gdt.c core/idt.c core/paging.c core/panic.c \
	core/smp.c core/string.c boot/smp.c

C_SRC := $(filter-out core/asm_offsets.c,\
	$(sort $(wildcard $(SRC_DIRS:%=%/*.c))))
S_SRC := $(sort $(wildcard boot/*.S core/*.S vmx/*.S))
# The UEFI application parses noexit.conf with the hypervisor's own files.
EFI_SRC := $(sort $(wildcard boot/efi/*.c boot/config*.c)) core/boot_info.c \
	core/efi_memory.c core/printf.c core/str_copy.c
HW_DOUBLES := $(sort $(wildcard tests/hw/*.c))
HOST_SRC := $(filter-out $(HOST_GLUE),$(C_SRC)) $(HW_DOUBLES)
UNIT_SRC := $(sort $(wildcard $(SRC_DIRS:%=tests/unit/%/*_test.c)))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/*_fuzz.c))
TOOL_SRC := $(sort $(wildcard tools/*.c))
MODELS := $(sort $(wildcard tests/models/*.pml))

# ------------------------------------------------------------------ flags

WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wundef -Wpointer-arith \
	-Wmissing-prototypes -Wstrict-prototypes -Wwrite-strings

# Nothing of a build directory or of a clone's path reaches the image.
REPRO := -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(BUILD)=build

# Asked once, and only when the compiler is there.
CC_INCLUDE = $(eval CC_INCLUDE := $(shell $(CC) -print-file-name=include)\
	)$(CC_INCLUDE)
METAL_INC = -nostdinc -isystem $(CC_INCLUDE) \
	-Icore -I. -I$(BUILD)/gen
METAL_CFLAGS = -std=gnu11 -O2 -g $(WARN) $(REPRO) $(METAL_INC) \
	-ffreestanding -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone \
	-mgeneral-regs-only -fno-common -fno-strict-aliasing \
	-fno-delete-null-pointer-checks -fno-asynchronous-unwind-tables \
	-fstack-protector-strong -mstack-protector-guard=global $(CFLAGS_EXTRA)
METAL_LDFLAGS := -nostdlib -static -T linker.ld --build-id=sha1 \
	-z noexecstack -z max-page-size=0x1000

HOST_CFLAGS := -std=gnu11 -g $(WARN) -Itests -I. -pthread $(CFLAGS_EXTRA)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

# One source, several host builds: name, compiler, flags.
host_CC := $(CC)
host_FLAGS := -O1 $(SAN)
tsan_CC := $(CC)
tsan_FLAGS := -O1 -fsanitize=thread
native_CC := $(CC)
native_FLAGS := -O2
cov_CC := $(HOSTCC)
cov_FLAGS := -O0 --coverage
fuzz_CC := $(CLANG)
fuzz_FLAGS := -O1 -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all

# --------------------------------------------------------------- packages

# What a target needs: command-or-file:Debian-package. A file may be a glob.
DEPS_build := $(CC):$(notdir $(CC)) ld:binutils
DEPS_metal := $(DEPS_build)
DEPS_host := $(CC):$(notdir $(CC)) ar:binutils \
	/usr/include/stdio.h:libc6-dev \
	/usr/include/capstone/capstone.h:libcapstone-dev
DEPS_efi := $(CC):$(notdir $(CC)) objcopy:binutils \
	/usr/include/efi/efi.h:gnu-efi
DEPS_iso := grub-mkrescue:grub-common xorriso:xorriso mformat:mtools \
	/usr/lib/grub/i386-pc/boot.img:grub-pc-bin \
	/usr/lib/grub/x86_64-efi/moddep.lst:grub-efi-amd64-bin
DEPS_emu := $(DEPS_iso) script:bsdutils socat:socat cpio:cpio gzip:gzip \
	xz:xz-utils timeout:coreutils
CLANG_RT := /usr/lib/llvm-*/lib/clang/*/lib/linux
DEPS_fuzz := $(CLANG):clang ar:binutils objdump:binutils \
	$(CLANG_RT)/libclang_rt.fuzzer-x86_64.a:libclang-rt-dev
DEPS_cov := $(DEPS_host) gcov:gcc
DEPS_lint := clang-format:clang-format readelf:binutils $(HOSTCC):gcc \
	cmp:diffutils
DEPS_gdb := gdb:gdb
DEPS_models := spin:spin gcc:gcc

deps-%:
	@tools/need.sh $(DEPS_$*)

# ---------------------------------------------------------------- targets

.PHONY: all run run-iso run-ovmf run-qemu test bench fuzz lint gdb clean \
	help check-host check-tsan coverage guests tools models format \
	emulators iso FORCE
.DEFAULT_GOAL := all

all: $(BUILD)/noexit.elf $(BUILD)/BOOTX64.EFI guests tools

help:
	@echo 'Noexit: make TARGET [BUILD=dir] [CC=clang] [V=1]'
	@echo '  all         hypervisor, UEFI application, guests, tools'
	@echo '  run         boot two VMs on an emulated Sapphire Rapids'
	@echo '  run-iso     boot the ISO on QEMU with SeaBIOS (no VMX there)'
	@echo '  run-ovmf    boot the UEFI application on QEMU with OVMF'
	@echo '  run-qemu    boot with -kernel (PVH) on QEMU'
	@echo '  test        unit tests, then every case on the emulators'
	@echo '  check-host  unit tests under ASan and UBSan only'
	@echo '  check-tsan  unit tests under the thread sanitizer'
	@echo '  coverage    line coverage of the unit tests'
	@echo '  bench       cost of exits, in emulated ticks'
	@echo '  fuzz        each fuzz target for FUZZ_SECONDS (60)'
	@echo '  models      SPIN models'
	@echo '  lint        includes, headers, W^X, format, reproducible build'
	@echo '  format      apply .clang-format'
	@echo '  gdb         QEMU stopped at its first instruction, and gdb'
	@echo '  iso         $(BUILD)/noexit.iso, also for a USB stick'
	@echo '  guests      guest-tests; tools: host programs'
	@echo '  clean       remove $(BUILD)'

clean:
	rm -rf $(BUILD)

# A changed compiler or flag rebuilds what was made with the other one.
$(BUILD)/flags.%: FORCE | deps-%
	@mkdir -p $(@D)
	@printf '%s\n' '$($*_STAMP)' | cmp -s - $@ || \
		printf '%s\n' '$($*_STAMP)' > $@

# ------------------------------------------------------------- hypervisor

metal_STAMP = $(CC) $(LD) $(METAL_CFLAGS) $(METAL_LDFLAGS)
OBJ := $(C_SRC:%.c=$(BUILD)/obj/%.o) $(S_SRC:%.S=$(BUILD)/obj/%.S.o)
OFFSETS := $(if $(wildcard core/asm_offsets.c),$(BUILD)/gen/asm_offsets.h)

# clang would otherwise check the lines `->NAME value` as instructions.
TEXT_ASM := $(if $(findstring clang,$(CC)),-fno-integrated-as)

$(BUILD)/gen/asm_offsets.h: core/asm_offsets.c $(BUILD)/flags.metal \
		| deps-build
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(METAL_CFLAGS) -MMD -MP -MT $@ -MF $@.d $(TEXT_ASM) \
		-S $< -o $(@:.h=.s)
	$(Q)sed -n -e '1i /* Made from $<; do not edit. */' -e \
		's/.*->\([A-Z_0-9a-z]*\) \$$*\(-*[0-9]*\).*/#define \1 \2/p' \
		$(@:.h=.s) > $@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags.metal | deps-build
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(METAL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/obj/%.S.o: %.S $(OFFSETS) $(BUILD)/flags.metal | deps-build
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(METAL_CFLAGS) -D__ASSEMBLY__ -MMD -MP -c $< -o $@

$(BUILD)/noexit.elf: $(OBJ) linker.ld $(BUILD)/flags.metal
	$(call say,LD,$@)
	$(Q)$(LD) $(METAL_LDFLAGS) -Map $(BUILD)/noexit.map -o $@ $(OBJ)

# ------------------------------------------------- UEFI application (GNU-EFI)

EFI_CFLAGS := -std=gnu11 -O2 -g $(filter-out -Wundef,$(WARN)) $(REPRO) \
	-I. -Icore -isystem /usr/include/efi -isystem /usr/include/efi/x86_64 \
	-fpic -ffreestanding -fno-stack-protector -fno-stack-check \
	-fshort-wchar -mno-red-zone -maccumulate-outgoing-args \
	-fno-strict-aliasing -DEFI_FUNCTION_WRAPPER -DGNU_EFI_3_0_COMPAT
EFI_OBJ := $(EFI_SRC:%.c=$(BUILD)/efi/%.o)
# gnu-efi 4 moved. Looked for when used: it may have been installed just now.
EFI_LIB = $(dir $(firstword $(wildcard /usr/lib/crt0-efi-x86_64.o \
	/usr/lib/x86_64-linux-gnu/crt0-efi-x86_64.o)))
EFI_SECTIONS := .text .sdata .data .rodata .dynamic .dynsym .rel .rela \
	'.rel.*' '.rela.*' .reloc
efi_STAMP = $(EFI_CFLAGS)

# gcc always: clang 14 has no -maccumulate-outgoing-args.
$(BUILD)/efi/%.o: %.c $(BUILD)/flags.efi | deps-efi
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(EFI_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/BOOTX64.EFI: $(EFI_OBJ)
	$(call say,EFI,$@)
	$(Q)$(LD) -nostdlib -znocombreloc -T $(EFI_LIB)elf_x86_64_efi.lds \
		-shared -Bsymbolic -L$(EFI_LIB) $(EFI_LIB)crt0-efi-x86_64.o \
		$(EFI_OBJ) -o $(BUILD)/efi/noexit.so -lefi -lgnuefi
	$(Q)objcopy $(addprefix -j ,$(EFI_SECTIONS)) \
		--target=efi-app-x86_64 --subsystem=10 \
		$(BUILD)/efi/noexit.so $@

# ---------------------------------------------- host builds of the same files

# $(1): build name. Makes $(BUILD)/$(1)/libnoexit.a and, from a test source
# tests/unit/DIR/x_test.c, the program $(BUILD)/$(1)/tests/DIR/x_test.
define host_build
$(1)_STAMP = $$($(1)_CC) $$(HOST_CFLAGS) $$($(1)_FLAGS)
$(1)_OBJ := $$(HOST_SRC:%.c=$$(BUILD)/$(1)/obj/%.o)
$(1)_TESTS := $$(UNIT_SRC:tests/unit/%.c=$$(BUILD)/$(1)/tests/%)

$$(BUILD)/$(1)/obj/%.o: %.c $$(BUILD)/flags.$(1) | deps-$(1)
	$$(call say,CC-$(1),$$<)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)_CC) $$(HOST_CFLAGS) $$($(1)_FLAGS) -MMD -MP -c $$< -o $$@

$$(BUILD)/$(1)/libnoexit.a: $$($(1)_OBJ)
	$$(call say,AR,$$@)
	@rm -f $$@
	$$(Q)ar rcsD $$@ $$($(1)_OBJ)

$$(BUILD)/$(1)/tests/%: $$(BUILD)/$(1)/obj/tests/unit/%.o \
		$$(BUILD)/$(1)/obj/tests/unit/main.o $$(BUILD)/$(1)/libnoexit.a
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)_CC) $$($(1)_FLAGS) -pthread -o $$@ $$^ \
		-Wl,--allow-multiple-definition $$(LIBS_$$(@F))
endef
# The one test that needs a library of the host.
LIBS_insn_capstone_test := -lcapstone
DEPS_native = $(DEPS_host)
DEPS_tsan = $(DEPS_host)
$(foreach b,host tsan native cov fuzz,$(eval $(call host_build,$(b))))
.SECONDARY:

check-host: $(host_TESTS)
	tests/unit/run.sh $(host_TESTS)

check-tsan: $(tsan_TESTS)
	tests/unit/run.sh $(tsan_TESTS)

coverage: $(cov_TESTS)
	find $(BUILD)/cov -name '*.gcda' -delete
	-tests/unit/run.sh $(cov_TESTS)
	tools/coverage.sh $(BUILD)/cov/obj $(filter-out tests/%,$(HOST_SRC))

FUZZERS := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/bin/%)
$(BUILD)/fuzz/bin/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o \
		$(BUILD)/fuzz/libnoexit.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(fuzz_FLAGS:fuzzer-no-link=fuzzer) -fsanitize=fuzzer \
		-o $@ $^ -Wl,--allow-multiple-definition

fuzz: $(FUZZERS)
	tests/fuzz/run.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZERS)

TOOLS := $(TOOL_SRC:tools/%.c=$(BUILD)/tools/%)
$(BUILD)/tools/%: $(BUILD)/native/obj/tools/%.o $(BUILD)/native/libnoexit.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(native_FLAGS) -o $@ $^

tools: $(TOOLS)

# ----------------------------------------------------- guests and emulators

guests: | deps-build
	$(if $(wildcard guest-tests/Makefile),+$(MAKE) -C guest-tests \
		BUILD=$(abspath $(BUILD))/guests CC=$(CC),@true)

# Bochs, QEMU, OVMF, two Linux kernels and a busybox initramfs, all made of
# Debian packages, none installed on this machine.
emulators: | deps-emu
	tests/emu/fetch.sh $(BUILD)

# What Bochs lacks of a Sapphire Rapids: loaded with it by bochs.sh.
$(BUILD)/spr.so: $(wildcard tests/spr/*.c) tests/spr/patch.h | deps-host
	$(call say,SPR,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -O2 $(WARN) -shared -fPIC -o $@ $(filter %.c,$^)

emulators: $(BUILD)/spr.so

IMAGES := $(BUILD)/noexit.elf $(BUILD)/BOOTX64.EFI
export BUILD

iso: $(BUILD)/noexit.elf guests emulators
	tests/emu/image.sh two-vms $(BUILD)/noexit.iso

run: $(IMAGES) guests emulators
	tests/emu/run.sh

run-iso: $(IMAGES) guests emulators
	tests/emu/run.sh iso

run-ovmf: $(IMAGES) guests emulators
	tests/emu/run.sh ovmf

run-qemu: $(IMAGES) guests emulators
	tests/emu/run.sh kernel

gdb: $(IMAGES) guests emulators | deps-gdb
	tests/emu/run.sh gdb

test: $(IMAGES) tools guests emulators $(host_TESTS)
	tests/emu/run-tests.sh $(host_TESTS)

bench: $(IMAGES) guests emulators
	tests/emu/bench.sh

models: | deps-models
	tests/models/run.sh $(BUILD) $(MODELS)

lint: $(BUILD)/noexit.elf | deps-lint deps-efi
	METAL_CFLAGS='$(METAL_CFLAGS)' HOST_CFLAGS='$(HOST_CFLAGS)' \
		EFI_CFLAGS='$(EFI_CFLAGS)' CC='$(CC)' \
		tests/lint/lint.sh $(BUILD)

FORMAT_SRC = $(wildcard $(foreach d,$(SRC_DIRS) core/hw boot/efi tools \
	tests/hw tests/fuzz tests/unit $(SRC_DIRS:%=tests/unit/%) \
	guest-tests guest-tests/*,$(d)/*.c $(d)/*.h))
format: | deps-lint
	clang-format -i $(FORMAT_SRC)

-include $(shell find $(BUILD) -name '*.d' -not -path '*/guests/*' \
	-not -path '*/emu/*' 2>/dev/null)
