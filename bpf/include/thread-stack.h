/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Does a call run on the stack of its thread? */
#pragma once

#include "probe-context.h"
#include "tls.h"

#if defined(__TARGET_ARCH_x86)
/* Of the first thread, below where the kernel put its arguments: the usual limit, and less than what is free there (mmap_base). */
#define MAIN_STACK_BYTES (8u << 20)
/* Of other threads: C libraries place the thread's own data (fs) at the upper end of its stack. */
#define THREAD_STACK_BYTES (1u << 20)
/* … up to here where both are in one mapping, which ends below at the guard of the stack: Ruby has 1 MiB of its own there. */
#define LARGE_THREAD_STACK_BYTES (8u << 20)

struct thread_data {
	u64 address;
	u64 beside;
};

static long find_beside(struct task_struct *task, struct vm_area_struct *area, struct thread_data *data)
{
	data->beside = data->address >= area->vm_start && data->address < area->vm_end;
	return 0;
}

static __noinline bool in_mapping_of_thread_data(struct task_struct *task, u64 stack)
{
	struct thread_data data = {.address = task->thread.fsbase};
	return bpf_find_vma(task, stack, find_beside, &data, 0) == 0 && data.beside;
}

/*
 * Coroutines have stacks of their own, may end their calls in any order and on other threads: a return probe there ends the
 * process. Such calls are let go; probes at calls and returns (returnProbes: off) do them no harm.
 */
static __noinline bool on_own_stack(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 stack = STACK_POINTER(ctx);
	if (task->pid == task->tgid && BPF_CORE_READ(task, mm, start_stack) - stack < MAIN_STACK_BYTES)
		return true;
	struct thread *thread = current_thread(false);
	if (task->pid == task->tgid && !(thread && thread->forked_by_thread))
		return false;
	u64 depth = task->thread.fsbase - stack;
	return depth < THREAD_STACK_BYTES || (depth < LARGE_THREAD_STACK_BYTES && in_mapping_of_thread_data(task, stack));
}
#else
static __always_inline bool on_own_stack(struct pt_regs *ctx)
{
	return true;
}
#endif
