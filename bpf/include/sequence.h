/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Bytes that passed without a call that shows them (splice, io_uring, recvmmsg, zero-copy receive, a missed event): found by
 * the sequence numbers of TCP at the next ordinary call, or when the connection ends.
 */
#pragma once

#include "channel.h"

/* Beyond that a difference is negative: two threads that read at once. */
#define MAX_UNSEEN_BYTES (1u << 30)

static __always_inline bool sock_flag(struct sock *sk, u32 flag)
{
	return BPF_CORE_READ(sk, __sk_common.skc_flags) >> flag & 1;
}

/* What of `missed` sequence numbers, up to `now`, an application could have read. */
static __noinline u32 missed_bytes(struct sock *sk, u32 missed, u32 now, u32 length)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	u32 before = now - missed - length;
	/* The peer's FIN takes one, once a receive has told the end of the stream. */
	if (sock_flag(sk, SOCK_DONE) && BPF_CORE_READ(tp, rcv_nxt) == now)
		missed--;
	/* A byte of urgent data is skipped by reads (RFC 9293 §3.8.5; tcp(7)): so it is here. */
	if (missed && BPF_CORE_READ(tp, urg_seq) - before < now - before && !sock_flag(sk, SOCK_URGINLINE))
		missed--;
	return missed;
}

/* After a receive of `length` bytes. */
static __always_inline void find_unseen(struct connection *connection, struct sock *sk, u32 length, u32 reason)
{
	u32 now = BPF_CORE_READ((struct tcp_sock *)sk, copied_seq);
	u32 missed = now - connection->rx_seq - length;
	if (connection->rx_seq_known == SEQUENCE_KNOWN && missed && missed < MAX_UNSEEN_BYTES) {
		missed = missed_bytes(sk, missed, now, length);
		if (missed)
			add_gap(&connection->channel, DIRECTION_REQUEST, missed, reason);
	}
	connection->rx_seq = now;
	connection->rx_seq_known |= SEQUENCE_KNOWN;
}

/* After a send of `length` bytes. Only where system calls are hooked: the tracepoint for sends misses none. */
/* @reason: of the gap; GAP_UNSEEN: as far as it is not known what they were */
static __always_inline void find_unsent(struct connection *connection, struct sock *sk, u32 length, u32 reason)
{
	u32 now = BPF_CORE_READ((struct tcp_sock *)sk, write_seq);
	u32 missed = now - connection->tx_seq - length;
	if (connection->tx_seq_known == SEQUENCE_KNOWN && missed && missed < MAX_UNSEEN_BYTES) {
		if (connection->fin_sent)
			missed--;
		if (missed && reason == GAP_UNSEEN)
			pass_unread(&connection->channel, missed, DIRECTION_RESPONSE);
		else if (missed)
			add_gap(&connection->channel, DIRECTION_RESPONSE, missed, reason);
	}
	connection->tx_seq = now;
	connection->tx_seq_known |= SEQUENCE_KNOWN;
}

/*
 * At the end: what passed since the last ordinary call. A server's own reset (SO_LINGER with 0 seconds) has set the socket back
 * by then (tcp_disconnect; bytes_received since Linux 5.2): both numbers were moved, and say nothing any more.
 */
static __always_inline void find_last_unseen(struct connection *connection, struct sock *sk)
{
	if (!BPF_CORE_READ((struct tcp_sock *)sk, bytes_received))
		return;
	if (connection->rx_seq_known == SEQUENCE_KNOWN)
		find_unseen(connection, sk, 0, GAP_UNSEEN);
	if (settings.rung == RUNG_SYS_EXIT && connection->tx_seq_known == SEQUENCE_KNOWN)
		find_unsent(connection, sk, 0, GAP_UNSEEN);
}
