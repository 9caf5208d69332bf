// SPDX-License-Identifier: Apache-2.0
// The thread that empties the rings: it copies records into batches and hands each batch to JavaScript with one
// call. It does not look into payloads. When JavaScript falls behind, the queue of batches fills, the thread
// waits, the rings fill, and the kernel programs count what they drop, per connection and exactly.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "ring-reader.h"

class Turn;

class Batcher {
public:
	// `on_batch` is called on the JavaScript thread with one Buffer per batch.
	Batcher(Napi::Env env, std::unique_ptr<RingReader> rings, Napi::Function on_batch);
	~Batcher();
	Batcher(const Batcher &) = delete;
	Batcher &operator=(const Batcher &) = delete;

	// Stops the thread; batches not yet delivered are discarded. Idempotent.
	void Stop();

	uint64_t Batches() const { return batches_.load(std::memory_order_relaxed); }
	uint64_t StalledNs() const { return stalled_ns_.load(std::memory_order_relaxed); }
	uint64_t Malformed() const { return malformed_.load(std::memory_order_relaxed) + rings_->Malformed(); }

private:
	using Batch = std::vector<uint8_t>;

	void Run();
	void Append(const void *data, size_t size);
	void Flush();

	std::unique_ptr<RingReader> rings_;
	int stop_event_;
	Napi::ThreadSafeFunction deliver_;
	std::shared_ptr<Turn> turn_;
	Batch batch_;
	std::atomic<bool> stopping_{false};
	std::atomic<uint64_t> batches_{0};
	std::atomic<uint64_t> stalled_ns_{0};
	std::atomic<uint64_t> malformed_{0};
	std::thread thread_;
};
