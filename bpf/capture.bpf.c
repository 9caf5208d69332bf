/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The hooks. Socket tracepoints (Linux 6.3) or the end of system calls, say which bytes pass on which socket; uprobes on the TLS library
 * give the plaintext of TLS connections. Nothing here delays, changes or blocks what the application does.
 */
#include <linux/errno.h>

#include "kernel-types.h"
#include "maps.h"
#include "targets.h"
#include "connection.h"
#include "user-buffer.h"
#include "proxy-header.h"
#include "sequence.h"
#include "role.h"
#include "tls.h"
#include "tls-hooks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* RFC 8446 §5.1. */
#define CONTENT_TYPE_HANDSHAKE 0x16

/* @header: the call up to the end of a PROXY header, if it has one */
static __always_inline void classify_socket(struct connection *connection, const struct user_buffer *buffer,
					    u32 length, u32 direction, struct header_walk *header)
{
	struct channel *channel = &connection->channel;
	bool late = !connection->from_start;
	if (channel->protocol != PROTOCOL_UNDECIDED && !(late && channel->protocol == PROTOCOL_HTTP1))
		return;
	u8 first[16] = {};
	u32 readable;
	if (header->offset) {
		if (connection->proxy_stage != PROXY_PASSED || header->offset == length)
			return;
		readable = peek_behind_header(header, first, sizeof(first));
	} else {
		readable = peek_user(buffer, first, sizeof(first), length);
	}
	if (readable && (late ? is_tls_record(first) : is_handshake_record(first)))
		channel->protocol = PROTOCOL_TLS;
	else if (readable == 1 && !late && first[0] == CONTENT_TYPE_HANDSHAKE)
		/* A shred, of nothing that HTTP begins with. */
		channel->protocol = PROTOCOL_TLS;
	else if (late && channel->protocol == PROTOCOL_UNDECIDED && inside_tls_call())
		/* Joined in mid-record. */
		channel->protocol = PROTOCOL_TLS;
	else if (readable && direction == DIRECTION_REQUEST)
		classify_request(channel, first, connection->from_start);
}

/* The TLS layer of a connection exists from its first ciphertext on. */
static __always_inline void open_tls_channel(struct connection *connection, enum ignored ignored)
{
	u64 cookie = connection->channel.connection;
	if (bpf_map_lookup_elem(&tls_channels, &cookie))
		return;
	struct channel fresh = {.connection = cookie, .layer = LAYER_TLS, .ignored = ignored};
	if (bpf_map_update_elem(&tls_channels, &cookie, &fresh, BPF_NOEXIST))
		count(COUNTER_STATE_FULL, 1);
}

/*
 * The current process looked at `length` bytes at the start of a connection that it has not taken yet. Some servers (lighttpd)
 * throw a PROXY header away unread once they have seen it so: one that is all there is told now, and not when it is taken.
 */
static __always_inline void export_peeked_header(struct connection *connection, u32 length)
{
	struct user_buffer buffer = {};
	find_user_buffer(&buffer);
	struct header_walk header = {.connection = connection, .length = length};
	u32 bytes = pass_proxy_header(&header, &buffer);
	bool complete = bytes && connection->proxy_stage == PROXY_PASSED;
	connection->proxy_stage = PROXY_START;
	connection->proxy_seen = 0;
	connection->proxy_left = 0;
	if (!complete)
		return;
	struct stream *stream = &connection->channel.request;
	copy_call(&connection->channel, &buffer, bytes, DIRECTION_REQUEST);
	if (stream->gap_bytes) {
		/* No room for it: it will be tried when it is taken. */
		__builtin_memset(stream, 0, sizeof(*stream));
		return;
	}
	connection->proxy_stage = PROXY_REST;
	connection->proxy_left = bytes;
	connection->proxy_delivered = 1;
}

/* Has nothing been taken from this inbound connection yet, so that a peek shows its first bytes? */
static __always_inline bool untouched(struct connection *connection, struct sock *sk, u32 flags)
{
	struct channel *channel = &connection->channel;
	if (!connection->from_start || connection->closed || connection->proxy_stage != PROXY_START ||
	    channel->protocol != PROTOCOL_UNDECIDED || channel->request.position || connection->role != ROLE_SERVER)
		return false;
	/* SO_PEEK_OFF: not the first bytes, and bytes that were taken without a call that shows them. */
	return BPF_CORE_READ(sk, sk_peek_off) < 0 &&
	       (connection->rx_seq_known != SEQUENCE_KNOWN ||
		BPF_CORE_READ((struct tcp_sock *)sk, copied_seq) == connection->rx_seq) &&
	       port_selected(sk, flags);
}

/* What of a connection is not known yet is found out, and may have to be again at the next call. */
static __always_inline void on_unsettled_bytes(struct connection *connection, struct sock *sk, u32 length, u32 direction,
					       bool discarded, bool peeked)
{
	u32 flags = control.target_flags;
	if (!flags || !is_tcp(sk))
		return;
	connection = selected_connection(connection, sk, flags, peeked ? 0 : length, direction);
	if (!connection)
		return;
	if (peeked) {
		if (untouched(connection, sk, flags) && (connection->announced || announce(connection, sk)))
			export_peeked_header(connection, length);
		return;
	}
	struct channel *channel = &connection->channel;
	if (channel->protocol == PROTOCOL_OTHER) {
		count(COUNTER_NOT_HTTP_BYTES, length);
		return;
	}
	struct user_buffer buffer = {};
	struct header_walk header = {.connection = connection, .length = length};
	bool delivered = connection->proxy_delivered;
	if (channel->protocol != PROTOCOL_TLS) {
		if (!discarded)
			find_user_buffer(&buffer);
		if (direction == DIRECTION_REQUEST && connection->from_start && connection->proxy_stage != PROXY_PASSED) {
			pass_proxy_header(&header, &buffer);
			if (connection->proxy_stage == PROXY_PASSED)
				connection->proxy_delivered = 0;
		}
		if (direction == DIRECTION_REQUEST || !connection->from_start)
			classify_socket(connection, &buffer, length, direction, &header);
	}
	/* Bytes of a PROXY header in this call that are to be told, and those that were told already. */
	u32 untold = delivered ? 0 : header.offset;
	u32 told = header.offset - untold;
	bool inbound = connection->role == ROLE_SERVER && port_selected(sk, flags);
	if (channel->protocol == PROTOCOL_TLS) {
		bool unknown = connection->role == ROLE_UNKNOWN;
		if (unknown && learn_tls_role(connection))
			inbound = port_selected(sk, flags);
		if (!connection->closed) {
			if (inbound && !connection->announced)
				announce(connection, sk);
			if (!inbound || connection->announced)
				open_tls_channel(connection, inbound ? IGNORED_NOT : unknown ? IGNORED_ROLE_UNKNOWN : IGNORED);
			if (inbound && untold) {
				if (connection->announced)
					copy_call(channel, &buffer, untold, direction);
				else
					add_gap(channel, direction, untold, GAP_RING_FULL);
			}
		}
		enum tls_place place = note_tls_socket(channel->connection, direction);
		if (inbound && direction == DIRECTION_REQUEST) {
			connection->tls_received |= place == TLS_WITHIN_CALL ? TLS_RECEIVED_IN_CALL : TLS_RECEIVED_APART;
			if (place == TLS_ELSEWHERE)
				notice_unprobed(connection);
		}
		return;
	}
	if (connection->role == ROLE_UNKNOWN || (connection->role_inferred && direction == DIRECTION_RESPONSE))
		inbound = infer_role(connection, discarded ? 0 : length, direction) && port_selected(sk, flags);
	if (!inbound) {
		if (connection->role == ROLE_UNKNOWN)
			count(COUNTER_ROLE_UNKNOWN_BYTES, length);
		return;
	}
	if (connection->closed) {
		count(COUNTER_AFTER_CLOSE_BYTES, length);
		return;
	}
	if (channel->protocol == PROTOCOL_OTHER) {
		count(COUNTER_NOT_HTTP_BYTES, length);
		return;
	}
	/* Until it is announced nothing can be reported of it: one gap for all. */
	bool announced = connection->announced || announce(connection, sk);
	connection->settled = announced && connection->from_start && connection->proxy_stage == PROXY_PASSED &&
			      !connection->role_inferred;
	u32 reason = announced ? GAP_UNSEEN : GAP_RING_FULL;
	if (direction == DIRECTION_REQUEST)
		find_unseen(connection, sk, length, reason);
	else if (settings.rung == RUNG_SYS_EXIT)
		find_unsent(connection, sk, length, reason);
	if (told == length)
		return;
	if (!announced)
		add_gap(channel, direction, length - told, reason);
	else if (told)
		copy_behind_header(channel, &header);
	else
		copy_call(channel, &buffer, length, direction);
}

/*
 * `length` bytes passed between the socket and the current process; `discarded`: not into its memory; `peeked`: they will
 * come again. Nearly all calls of a target take the first branch.
 */
static __always_inline void on_bytes(struct sock *sk, u32 length, u32 direction, bool discarded, bool peeked)
{
	struct connection *connection = find_connection(sk);
	struct channel *channel = connection ? &connection->channel : 0;
	if (channel && likely(connection->settled && connection->generation == control.generation && !discarded && !peeked &&
			      (channel->protocol == PROTOCOL_HTTP1 || channel->protocol == PROTOCOL_HTTP2))) {
		struct user_buffer buffer = {};
		find_user_buffer(&buffer);
		if (direction == DIRECTION_REQUEST)
			find_unseen(connection, sk, length, GAP_UNSEEN);
		else if (settings.rung == RUNG_SYS_EXIT)
			find_unsent(connection, sk, length, GAP_UNSEEN);
		copy_call(channel, &buffer, length, direction);
	} else {
		on_unsettled_bytes(connection, sk, length, direction, discarded, peeked);
	}
}

SEC("tp_btf/sock_recv_length")
int on_receive(u64 *ctx)
{
	int length = ctx[1];
	u32 flags = ctx[2];
	if (length <= 0)
		return 0;
	u32 apart = flags & MSG_NO_STREAM;
	if (!apart || (apart == MSG_PEEK && !(flags & MSG_TRUNC)))
		on_bytes((struct sock *)ctx[0], length, DIRECTION_REQUEST, flags & MSG_TRUNC, apart);
	return 0;
}

SEC("tp_btf/sock_send_length")
int on_send(u64 *ctx)
{
	int length = ctx[1];
	if (length > 0)
		on_bytes((struct sock *)ctx[0], length, DIRECTION_RESPONSE, false, false);
	return 0;
}

/* Instead of the two above, where the kernel does not have them. */
SEC("tp_btf/sys_exit")
int on_sys_exit(u64 *ctx)
{
	struct pt_regs *regs = (struct pt_regs *)ctx[0];
	long returned = ctx[1];
	if (returned <= 0 || !control.target_flags || !native_call(regs))
		return 0;
	struct socket_call call;
	if (!find_socket_call(regs, &call))
		return 0;
	u32 apart = call.flags & MSG_NO_STREAM;
	bool discarded = call.flags & MSG_TRUNC;
	if (apart && (apart != MSG_PEEK || discarded))
		return 0;
	struct sock *sk = socket_of_descriptor(call.descriptor);
	if (sk)
		on_bytes(sk, returned, call.direction, discarded, apart);
	return 0;
}

static __always_inline void end_connection(struct sock *sk)
{
	struct connection *connection = find_connection(sk);
	if (!connection)
		return;
	if (!connection->closed) {
		u8 protocol = connection->channel.protocol;
		if (connection->announced && still_selected(connection, sk) && protocol != PROTOCOL_TLS && protocol != PROTOCOL_OTHER)
			find_last_unseen(connection, sk);
		close_connection(connection);
	}
	forget_connection(sk);
}

static __always_inline void count_listener(struct sock *sk, s32 change)
{
	struct listener_key key = listener_key_of(sk);
	/* When a listening socket closes, a port that the kernel had chosen is gone from skc_num already, but not from here. */
	key.port = __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	s32 *known = bpf_map_lookup_elem(&listeners, &key);
	if (known) {
		if (__sync_fetch_and_add(known, change) + change <= 0)
			bpf_map_delete_elem(&listeners, &key);
	} else if (change > 0) {
		bpf_map_update_elem(&listeners, &key, &change, BPF_ANY);
	}
}

SEC("tp_btf/inet_sock_set_state")
int on_set_state(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	int from = ctx[1];
	int to = ctx[2];
	if (!is_tcp(sk))
		return 0;
	if (to == TCP_LISTEN) {
		count_listener(sk, 1);
	} else if (from == TCP_LISTEN && to == TCP_CLOSE) {
		/* LISTEN → SYN_RECV is a child socket being made, not a listener closing. */
		count_listener(sk, -1);
	} else if (to == TCP_ESTABLISHED) {
		u32 flags = control.target_flags;
		/* Whose socket it will be by process is not known yet in softirq. */
		if (!(flags & (TARGET_BY_PID | TARGET_BY_COMM)) && !socket_cgroup_selected(sk, flags))
			return 0;
		struct connection *connection = create_connection(sk);
		if (!connection)
			return 0;
		if (from == TCP_SYN_SENT)
			connection->role = ROLE_CLIENT;
		else
			begin_inbound(connection, sk, 0);
	} else if (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK) {
		struct connection *connection = find_connection(sk);
		if (!connection)
			return 0;
		connection->fin_sent = 1;
		connection->channel.closing = 1;
		u64 cookie = connection->channel.connection;
		struct channel *tls = bpf_map_lookup_elem(&tls_channels, &cookie);
		if (tls)
			tls->closing = 1;
	} else if (to == TCP_CLOSE && is_multipath(sk)) {
		end_connection(sk);
	}
	return 0;
}

/*
 * The socket closes for good. Not when its state becomes TCP_CLOSE: what has come before a client's reset can still be read,
 * and what a TLS library has read before it can still be decrypted.
 */
SEC("tp_btf/tcp_destroy_sock")
int on_destroy(u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	end_connection(sk);
	return 0;
}

/* Children of a process selected by its number are selected too. */
SEC("tp_btf/sched_process_fork")
int on_fork(u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	u32 parent_tgid = parent->tgid;
	u32 child_tgid = child->tgid;
	if (!control.target_flags || parent_tgid == child_tgid)
		return 0;
	struct thread *forking = bpf_task_storage_get(&threads, parent, 0, 0);
	bool by_thread = parent->pid != parent_tgid || (forking && forking->forked_by_thread);
	/* What its sessions have read already and it cannot tell the socket of counts as lost. */
	bool serves = forking && forking->serves_target;
	if (by_thread || serves) {
		struct thread *first = bpf_task_storage_get(&threads, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (first) {
			first->forked_by_thread = by_thread;
			first->serves_target = serves;
		}
	}
	if (!(control.target_flags & TARGET_BY_PID))
		return 0;
	if (bpf_map_lookup_elem(&target_pids, &parent_tgid)) {
		u8 inherited = 2;
		if (bpf_map_update_elem(&target_pids, &child_tgid, &inherited, BPF_NOEXIST) == -E2BIG)
			count(COUNTER_STATE_FULL, 1);
	}
	return 0;
}

SEC("tp_btf/sched_process_exit")
int on_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	u32 tgid = task->tgid;
	/* Threads that go on without the first one, and the one that executes another program in its stead, keep the number. */
	if (BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	/* Process numbers are reused. */
	bpf_map_delete_elem(&tls_processes, &tgid);
	if (control.target_flags & TARGET_BY_PID)
		bpf_map_delete_elem(&target_pids, &tgid);
	/* Probes keep the file system of a library in use: user space looks whether anybody else maps it. */
	if (!bpf_map_delete_elem(&tls_users, &tgid))
		notify(RECORD_EXIT, 0);
	return 0;
}

/* Another program runs in a target: user space looks for TLS libraries in it. */
SEC("tp_btf/sched_process_exec")
int on_exec(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	u32 flags = control.target_flags;
	struct thread *thread = bpf_task_storage_get(&threads, task, 0, 0);
	/* It has another name, stack and TLS sessions now. */
	if (thread) {
		thread->unconcerned_generation = 0;
		thread->forked_by_thread = 0;
		thread->serves_target = 0;
	}
	if (flags && task_selected(task, flags))
		notify(RECORD_EXEC, 0);
	return 0;
}
