/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Which socket does a TLS call serve? Without offsets into any library's structures:
 * (a) a socket that moved bytes within the call; else
 * (b) the socket last known for this SSL object, while it is open; else, for reads,
 * (c) the socket of this thread's last receive of TLS bytes that no read has consumed yet.
 *
 * (b) stands before (c): a library that reads the socket itself does so outside any read while it shakes hands, and
 * a read that its buffer can serve touches no socket: by (c) it would get the bytes of the last handshake's client.
 * Where the application reads the socket and feeds the library (memory BIO: Node.js, asyncio), each handshake call, and
 * where there is none the first read, follows its own receive: a handshake call makes a pair by (a) or (c).
 */
#pragma once

#include "channel.h"
#include "probe-context.h"

/* Repeat the notice about a process without probes at most this often. */
#define NOTICE_INTERVAL_NS 1000000000ull
/* A TLS call this recent proves that the process is probed. */
#define PROBED_INTERVAL_NS 30000000000ull
/* A call within a call on the same stack is not deeper than that. */
#define MAX_CALL_DEPTH (1u << 20)
/* A thread tells that its process is probed this often: at least 0.1 s (HZ 1000), at most 1 s (HZ 100). */
#define NOTE_JIFFIES 100

static __always_inline struct thread *current_thread(bool create)
{
	struct thread *thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0,
						     create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	u32 resumed = control.resumed;
	if (thread && thread->resumed != resumed) {
		/* Calls have ended and sockets been read that nobody looked at. */
		thread->resumed = resumed;
		thread->operation = TLS_NONE;
		thread->displaced = 0;
		thread->nested = 0;
		thread->received = 0;
		thread->consumed = 1;
	}
	return thread;
}

/*
 * Is a handshake under way on this thread, its end not being probed? The stack holds then what it held where it began, the
 * return address as a rule; and who receives after that handshake, from as deep, has written over it.
 */
static __noinline bool within_handshake(struct thread *thread)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	u64 slot;
	if (thread->handshake_stack - STACK_POINTER(regs) - 1 < MAX_CALL_DEPTH &&
	    !bpf_probe_read_user(&slot, sizeof(slot), (void *)thread->handshake_stack) && slot == thread->handshake_slot)
		return true;
	thread->handshake_stack = 0;
	return false;
}

enum tls_place { TLS_WITHIN_CALL, TLS_IN_PROBED_PROCESS, TLS_ELSEWHERE };

/* A socket of a target moved ciphertext. @return where, as far as is known without looking the process up */
static __always_inline enum tls_place note_tls_socket(u64 cookie, u32 direction)
{
	struct thread *thread = current_thread(false);
	if (thread && thread->operation != TLS_NONE) {
		thread->nested = cookie;
		thread->reads_sockets = 1;
		thread->serves_target = 1;
		return TLS_WITHIN_CALL;
	}
	if (direction == DIRECTION_REQUEST) {
		if (!thread)
			thread = current_thread(true);
		if (thread) {
			thread->received = cookie;
			thread->consumed = 0;
			thread->serves_target = 1;
			if (thread->handshake_stack && within_handshake(thread))
				return TLS_WITHIN_CALL;
			return thread->noted && bpf_jiffies64() - thread->noted <= NOTE_JIFFIES ? TLS_IN_PROBED_PROCESS :
												 TLS_ELSEWHERE;
		}
		count(COUNTER_STATE_FULL, 1);
	}
	return TLS_ELSEWHERE;
}

/* Is the thread inside a TLS call? Then the bytes are ciphertext whatever they look like. */
static __always_inline bool inside_tls_call(void)
{
	struct thread *thread = current_thread(false);
	return thread && thread->operation != TLS_NONE;
}

/* Ask user space to look for TLS libraries in a process that moves TLS bytes without calling a probe. */
static __always_inline void notice_unprobed(struct connection *connection)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	u64 now = bpf_ktime_get_ns();
	struct tls_process *process = bpf_map_lookup_elem(&tls_processes, &tgid);
	if (process) {
		if (now - process->last_call_ns < PROBED_INTERVAL_NS)
			return;
		if (now - process->last_notice_ns < NOTICE_INTERVAL_NS)
			return;
		process->last_notice_ns = now;
	} else {
		struct tls_process fresh = {.last_notice_ns = now};
		bpf_map_update_elem(&tls_processes, &tgid, &fresh, BPF_ANY);
	}
	notify(RECORD_TLS_UNPROBED, connection->channel.connection);
}
