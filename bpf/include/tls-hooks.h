/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Uprobes on the internal read and write functions of OpenSSL (or on the exported ones).
 *
 * Uprobe programs can be preempted, and from Linux 6.13 on a program with 64 bytes of stack or more gets a stack
 * per CPU that the next task on this CPU would share: every function reachable from here stays below 64 bytes
 * (a test reads the verifier's figures). Working state is in task storage for the same reason.
 */
#pragma once

#include "probe-context.h"
#include "targets.h"
#include "thread-stack.h"
#include "tls-pairing.h"

/* How to learn the number of bytes, chosen by the ELF resolver. */
enum length_source {
	/* size_t * in the fourth argument: ssl_read_internal, SSL_read_ex, SSL_write_ex, ssl_write_internal < 3.3. */
	LENGTH_ARGUMENT_4 = 0,
	/* size_t * in the fifth argument: ssl_write_internal of OpenSSL 3.3 and later. */
	LENGTH_ARGUMENT_5 = 1,
	/* The return value: SSL_read, SSL_write. */
	LENGTH_RETURNED = 2,
};

/* Attach cookie: enum length_source, and from bit 8 on enum tls_operation. */
#define COOKIE_OPERATION_SHIFT 8

static __noinline int enter_call(struct pt_regs *ctx, struct thread *thread)
{
	u64 cookie = bpf_get_attach_cookie(ctx);
	u8 source = cookie;
	thread->ssl = ARGUMENT_1(ctx);
	thread->buffer = ARGUMENT_2(ctx);
	/* Both read first: the verifier refuses a context pointer that the compiler moves to one or the other. */
	u64 fourth = ARGUMENT_4(ctx);
	barrier_var(fourth);
	u64 fifth = ARGUMENT_5(ctx);
	barrier_var(fifth);
	thread->length_pointer = source == LENGTH_ARGUMENT_4 ? fourth : source == LENGTH_ARGUMENT_5 ? fifth : 0;
	thread->nested = 0;
	u64 stack = STACK_POINTER(ctx);
	/* One that begins where the other did is its tail call (gnutls_record_send): both end at once. */
	if (thread->operation != TLS_NONE && thread->stack != stack && thread->displaced < 255)
		thread->displaced++;
	thread->stack = stack;
	thread->operation = cookie >> COOKIE_OPERATION_SHIFT;
	return 0;
}

static __noinline int note_probed(void)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct tls_process *process = bpf_map_lookup_elem(&tls_processes, &tgid);
	if (process) {
		process->last_call_ns = bpf_ktime_get_ns();
	} else {
		struct tls_process fresh = {.last_call_ns = bpf_ktime_get_ns()};
		bpf_map_update_elem(&tls_processes, &tgid, &fresh, BPF_ANY);
	}
	return 0;
}

static __noinline int classify_plaintext(struct channel *channel, u64 user, u32 length)
{
	u8 first[16] = {};
	if (bpf_probe_read_user(first, length < sizeof(first) ? length : sizeof(first), (void *)user) == 0)
		classify_request(channel, first, false);
	return 0;
}

/* Plaintext of a connection whose role is unknown: who sends requests is the client (role.h). */
static __noinline int infer_tls_role(struct channel *channel, u64 user, u32 length, u32 operation)
{
	/* Not on the stack. Nothing of this channel is copied yet. */
	u8 *first = channel->text;
	_Static_assert(sizeof(channel->text) >= ROLE_PEEK_BYTES, "room for the first bytes");
	count(COUNTER_ROLE_UNKNOWN_BYTES, length);
	if (length < ROLE_PEEK_BYTES)
		__builtin_memset(first, 0, ROLE_PEEK_BYTES);
	if (bpf_probe_read_user(first, length < ROLE_PEEK_BYTES ? length : ROLE_PEEK_BYTES, (void *)user) == 0 &&
	    begins_request(first, length))
		channel->ignored = operation == TLS_READ ? IGNORED_INBOUND : IGNORED;
	return 0;
}

/* `length` plaintext bytes of the call that just ended. */
static __noinline int on_plaintext(struct thread *thread, u32 length, u32 operation)
{
	u64 cookie = socket_of_call(thread, operation);
	if (!cookie) {
		/* Calls of processes that are no target end here too: their sockets are never noted. A client writes
		 * before it reads, which says nothing about inbound connections. */
		if (thread->serves_target && operation == TLS_READ)
			count(COUNTER_TLS_UNASSOCIATED_BYTES, length);
		return 0;
	}
	struct channel *channel = bpf_map_lookup_elem(&tls_channels, &cookie);
	if (!channel)
		return 0;
	if (thread->nested)
		channel->ssl = thread->ssl;
	if (channel->ignored) {
		if (channel->ignored != IGNORED)
			infer_tls_role(channel, thread->buffer, length, operation);
		return 0;
	}
	u64 now = bpf_jiffies64();
	if (now - thread->noted > NOTE_JIFFIES || !thread->noted) {
		thread->noted = now;
		note_probed();
	}
	if (operation == TLS_READ && (channel->protocol == PROTOCOL_UNDECIDED ||
				      (channel->protocol == PROTOCOL_HTTP1 && !channel->http1_confirmed)))
		classify_plaintext(channel, thread->buffer, length);
	if (channel->protocol == PROTOCOL_OTHER)
		count(COUNTER_NOT_HTTP_BYTES, length);
	else
		copy_piece(channel, thread->buffer, length,
			   operation == TLS_READ ? DIRECTION_REQUEST : DIRECTION_RESPONSE, true);
	return 0;
}

/*
 * Where a call ends, its stack pointer is where it began, but for the return address and what a function has pushed
 * before its probed entry. Other coroutines have their stacks elsewhere.
 */
#define MAX_STACK_DISTANCE 512

/* A call that was displaced ends: how much it gave is not known. */
static __noinline int end_displaced(struct thread *thread, int result)
{
	if (thread->displaced && result > 0) {
		thread->displaced--;
		count(COUNTER_TLS_UNASSOCIATED_BYTES, 1);
	}
	return 0;
}

static __noinline int leave_call(struct pt_regs *ctx)
{
	struct thread *thread = current_thread(false);
	if (!thread)
		return 0;
	if (thread->operation == TLS_NONE || STACK_POINTER(ctx) - thread->stack > MAX_STACK_DISTANCE)
		return end_displaced(thread, RETURNED(ctx));
	u32 operation = thread->operation;
	u64 length = 0;
	int result = RETURNED(ctx);
	thread->operation = TLS_NONE;
	if (operation == TLS_HANDSHAKE)
		return pair_handshake(thread, thread->ssl, thread->nested);
	if (result <= 0)
		return operation == TLS_READ ? note_attempt(thread) : 0;
	if (!thread->length_pointer)
		length = result;
	else if (bpf_probe_read_user(&length, sizeof(length), (void *)thread->length_pointer))
		return 0;
	/* An int counts the bytes of the classic calls; nothing sane moves more in one. */
	if (length && length < 1u << 31)
		on_plaintext(thread, length, operation);
	return 0;
}

SEC("uretprobe")
int tls_exit(struct pt_regs *ctx)
{
	return leave_call(ctx);
}

/* Does a call on this thread concern a target? Threads of other processes are remembered. */
static __noinline bool thread_concerned(struct thread *thread)
{
	if (thread->serves_target)
		return true;
	u32 now = control.generation;
	if (thread->unconcerned_generation == now)
		return false;
	if (task_selected(bpf_get_current_task_btf(), control.target_flags))
		return true;
	thread->unconcerned_generation = now;
	return false;
}

/* Is the thread here within another TLS call, on the same stack? */
static __always_inline bool within_call(struct pt_regs *ctx, struct thread *thread)
{
	return thread->operation != TLS_NONE && thread->stack - STACK_POINTER(ctx) - 1 < MAX_CALL_DEPTH;
}

/* Is this a call to follow? Then its thread. Of TLS within TLS the outer call has the application's bytes. */
static __noinline struct thread *thread_to_follow(struct pt_regs *ctx)
{
	if (!control.target_flags)
		return 0;
	struct thread *thread = current_thread(true);
	if (!thread) {
		count(COUNTER_STATE_FULL, 1);
		return 0;
	}
	if (within_call(ctx, thread))
		return 0;
	return thread_concerned(thread) ? thread : 0;
}

/* At least one byte is not read for each such call that moves some. */
static __noinline int let_go(struct pt_regs *ctx)
{
	struct thread *thread = current_thread(false);
	if (thread && thread->serves_target && bpf_get_attach_cookie(ctx) >> COOKIE_OPERATION_SHIFT != TLS_HANDSHAKE)
		count(COUNTER_TLS_UNASSOCIATED_BYTES, 1);
	return 1;
}

SEC("uprobe")
int tls_enter(struct pt_regs *ctx)
{
	struct thread *thread = thread_to_follow(ctx);
	if (!thread)
		return 0;
	if (bpf_get_attach_cookie(ctx) >> COOKIE_OPERATION_SHIFT == TLS_HANDSHAKE) {
		thread->handshake_stack = STACK_POINTER(ctx);
		bpf_probe_read_user(&thread->handshake_slot, sizeof(thread->handshake_slot), (void *)thread->handshake_stack);
		/* Where a library reads sockets itself the last receive may have been within another handshake call. */
		return thread->reads_sockets ? 0 : pair_handshake(thread, ARGUMENT_1(ctx), 0);
	}
	enter_call(ctx, thread);
	return 0;
}

/* The session ends: its address may become that of another one, on another socket. */
SEC("uprobe")
int tls_end(struct pt_regs *ctx)
{
	struct ssl_key key = {.ssl = ARGUMENT_1(ctx), .tgid = bpf_get_current_pid_tgid() >> 32};
	struct thread *thread = current_thread(false);
	if (thread && thread->paired_ssl == key.ssl)
		thread->paired_ssl = 0;
	bpf_map_delete_elem(&ssl_pairs, &key);
	return 0;
}

#if defined(__TARGET_ARCH_x86)
/* Attach cookie of tls_result: numbers of registers, four bits each. */
#define COOKIE_BUFFER_SHIFT 4
#define COOKIE_LENGTH_SHIFT 8
/* 0 = nothing is peeked here. */
#define COOKIE_PEEK_SHIFT 12

/*
 * OpenSSL has read, or tried to, and its arguments are still in registers (runtime/agent/capture/openssl/read-result.ts).
 * One trap, and no return address is touched: what a call on another stack does is of no concern.
 */
SEC("uprobe")
int tls_result(struct pt_regs *ctx)
{
	/* Nothing reads within a write or a handshake: the call was left by a jump (longjmp on a timeout), and will not end. */
	struct thread *thread = current_thread(false);
	if (thread && within_call(ctx, thread))
		thread->operation = TLS_NONE;
	thread = thread_to_follow(ctx);
	if (!thread)
		return 0;
	u32 registers = bpf_get_attach_cookie(ctx);
	int result = RETURNED(ctx);
	u64 length = 0;
	u32 peek = registers >> COOKIE_PEEK_SHIFT & 15;
	thread->ssl = kept_register(ctx, registers & 15);
	thread->nested = 0;
	if (result <= 0 || (peek && (u32)kept_register(ctx, peek))) {
		note_attempt(thread);
		return pair_attempt(thread);
	}
	thread->buffer = kept_register(ctx, registers >> COOKIE_BUFFER_SHIFT & 15);
	u64 pointer = kept_register(ctx, registers >> COOKIE_LENGTH_SHIFT & 15);
	if (bpf_probe_read_user(&length, sizeof(length), (void *)pointer))
		return 0;
	if (length && length < 1u << 31)
		on_plaintext(thread, length, TLS_READ);
	return 0;
}
#endif

extern bool bpf_session_is_return(void) __ksym __weak;

/*
 * Entry and return in one (Linux 6.13). Calls of processes that are no target and map the same library are let go
 * at their entry (result 1): their return is not probed.
 */
SEC("uprobe")
int tls_session(struct pt_regs *ctx)
{
	if (bpf_session_is_return())
		return leave_call(ctx);
	if (!on_own_stack(ctx))
		return let_go(ctx);
	struct thread *thread = thread_to_follow(ctx);
	if (!thread)
		return 1;
	enter_call(ctx, thread);
	return 0;
}
