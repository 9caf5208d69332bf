// SPDX-License-Identifier: Apache-2.0
// The libbpf binding: loads capture.bpf.o, attaches, gives access to its maps. Policy is in TypeScript.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <napi.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "batcher.h"
#include "node-values.h"
#include "record.h"
#include "return-probe-check.h"
#include "ring-reader.h"
#include "uprobe-link.h"

namespace {

class Capture : public Napi::ObjectWrap<Capture> {
public:
	static Napi::Function Define(Napi::Env env)
	{
		return DefineClass(env, "Capture",
				   {InstanceMethod("mapUpdate", &Capture::MapUpdate),
				    InstanceMethod("mapDelete", &Capture::MapDelete),
				    InstanceMethod("mapKeys", &Capture::MapKeys),
				    InstanceMethod("counters", &Capture::Counters),
				    InstanceMethod("batcherCounters", &Capture::BatcherCounters),
				    InstanceMethod("attachUprobes", &Capture::AttachUprobes),
				    InstanceMethod("hasSessions", &Capture::HasSessions),
				    InstanceMethod("detach", &Capture::Detach),
				    InstanceMethod("verifierReport", &Capture::VerifierReport),
				    InstanceMethod("close", &Capture::Close)});
	}

	explicit Capture(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Capture>(info)
	{
		Napi::Env env = info.Env();
		ForgetMessages();
		if (info.Length() < 2 || !info[0].IsObject() || !info[1].IsFunction())
			throw Napi::TypeError::New(env, "new Capture(options, onBatch)");
		Napi::Object options = info[0].As<Napi::Object>();
		uint32_t rings = RequiredPowerOfTwo(options, "rings", 1, MAX_RINGS);
		uint32_t ring_bytes = RequiredPowerOfTwo(options, "ringBytes", 1 << 16, MAX_RING_BYTES);
		try {
			std::string rung = RequiredString(options, "rung");
			if (rung != "A" && rung != "B")
				throw Napi::RangeError::New(env, "rung must be A or B");
			Load(env, options, rings, ring_bytes, rung == "A" ? RUNG_SOCKET_TRACEPOINTS : RUNG_SYS_EXIT);
			batcher_ = std::make_unique<Batcher>(env, OpenRings(env, rings, ring_bytes),
							     info[1].As<Napi::Function>());
			AttachTracepoints(env);
		} catch (...) {
			Shut();
			throw;
		}
	}

	~Capture() override { Shut(); }

private:
	void Load(Napi::Env env, const Napi::Object &options, uint32_t rings, uint32_t ring_bytes, rung rung)
	{
		std::string path = RequiredString(options, "objectPath");
		bool report = options.Get("verifierReport").ToBoolean();
		object_ = bpf_object__open_file(path.c_str(), nullptr);
		if (!object_)
			Fail(env, "cannot open " + path, errno);
		size_t size = 0;
		bpf_map *map = bpf_object__find_map_by_name(object_, ".rodata.settings");
		auto *settings = map ? static_cast<capture_settings *>(
					       const_cast<void *>(bpf_map__initial_value(map, &size)))
				     : nullptr;
		if (!settings || size < sizeof(*settings))
			Fail(env, path + " does not fit this addon (run npm run build:bpf)", EINVAL);
		settings->ring_mask = rings - 1;
		settings->rung = rung;
		settings->ring_bytes = ring_bytes;
		settings->ring_high_water = ring_bytes / 4;
		settings->ring_data_limit = ring_bytes - ring_bytes / 8;
		bpf_map *memory = bpf_object__find_map_by_name(object_, "rings");
		int error = memory ? bpf_map__set_max_entries(memory, rings) : -ENOENT;
		if (!error)
			error = bpf_map__set_value_size(memory, RING_VALUE_SIZE(ring_bytes));
		if (error)
			Fail(env, "cannot give the rings their size", -error);
		SetAutoload("on_receive", rung == RUNG_SOCKET_TRACEPOINTS);
		SetAutoload("on_send", rung == RUNG_SOCKET_TRACEPOINTS);
		SetAutoload("on_sys_exit", rung == RUNG_SYS_EXIT);
		if (options.Get("uprobeLinks").ToString().Utf8Value() == "auto")
			links_support_ = FindLinkSupport();
		SetLinkType("tls_enter", kUprobeMulti, links_support_ >= LinkSupport::kMulti);
		SetLinkType("tls_exit", kUprobeMulti, links_support_ >= LinkSupport::kMulti);
		SetLinkType("tls_end", kUprobeMulti, links_support_ >= LinkSupport::kMulti);
		SetLinkType("tls_result", kUprobeMulti, links_support_ >= LinkSupport::kMulti);
		SetLinkType("tls_session", kUprobeSession, links_support_ == LinkSupport::kSession);
		SetAutoload("tls_session", links_support_ == LinkSupport::kSession);
		if (report) {
			bpf_program *program;
			bpf_object__for_each_program(program, object_) {
				// Level 4: statistics only (instructions, stack depth).
				auto &log = logs_[bpf_program__name(program)];
				log.resize(4096);
				bpf_program__set_log_level(program, 4);
				bpf_program__set_log_buf(program, log.data(), log.size());
			}
		}
		// The kernel gives up verifying when a signal arrives, and long programs take longer than a profiler's tick.
		sigset_t all, before;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		error = bpf_object__load(object_);
		pthread_sigmask(SIG_SETMASK, &before, nullptr);
		if (error)
			Fail(env, "the kernel refused the capture programs", -error);
	}

	void SetLinkType(const char *name, int attach_type, bool wanted)
	{
		bpf_program *program = bpf_object__find_program_by_name(object_, name);
		if (program && wanted)
			bpf_program__set_expected_attach_type(program, static_cast<bpf_attach_type>(attach_type));
	}

	// Objects without the program (those of the benchmark) do without.
	void SetAutoload(const char *name, bool load)
	{
		if (bpf_program *program = bpf_object__find_program_by_name(object_, name))
			bpf_program__set_autoload(program, load);
	}

	std::unique_ptr<RingReader> OpenRings(Napi::Env env, uint32_t rings, uint32_t ring_bytes)
	{
		auto reader = std::make_unique<RingReader>();
		int error = reader->Open(bpf_object__find_map_fd_by_name(object_, "rings"),
					 bpf_object__find_map_fd_by_name(object_, "wakeups"), rings, ring_bytes);
		if (error)
			Fail(env, "cannot map the rings", error);
		return reader;
	}

	void AttachTracepoints(Napi::Env env)
	{
		bpf_program *program;
		bpf_object__for_each_program(program, object_) {
			if (!bpf_program__autoload(program) ||
			    std::strncmp(bpf_program__section_name(program), "tp", 2) != 0)
				continue;
			bpf_link *link = bpf_program__attach(program);
			if (!link)
				Fail(env, std::string("cannot attach ") + bpf_program__section_name(program), errno);
			tracepoints_.push_back(link);
		}
	}

	void RequireOpen(Napi::Env env)
	{
		ForgetMessages();
		if (!object_)
			throw Napi::Error::New(env, "the capture is closed");
	}

	bpf_map *FindMap(const Napi::CallbackInfo &info)
	{
		RequireOpen(info.Env());
		std::string name = info[0].ToString();
		bpf_map *map = bpf_object__find_map_by_name(object_, name.c_str());
		if (!map)
			throw Napi::Error::New(info.Env(), "no map named " + name);
		return map;
	}

	// mapUpdate(name, key, value, onlyNew): boolean; false when onlyNew and the key exists.
	Napi::Value MapUpdate(const Napi::CallbackInfo &info)
	{
		bpf_map *map = FindMap(info);
		const uint8_t *key = Bytes(info[1], bpf_map__key_size(map), "key");
		const uint8_t *value = Bytes(info[2], bpf_map__value_size(map), "value");
		bool only_new = info[3].ToBoolean();
		int error = bpf_map_update_elem(bpf_map__fd(map), key, value, only_new ? BPF_NOEXIST : BPF_ANY);
		if (error && !(only_new && error == -EEXIST))
			Fail(info.Env(), std::string("cannot write to map ") + bpf_map__name(map), -error);
		return Napi::Boolean::New(info.Env(), error == 0);
	}

	// mapDelete(name, key): boolean; false when there was none.
	Napi::Value MapDelete(const Napi::CallbackInfo &info)
	{
		bpf_map *map = FindMap(info);
		int error = bpf_map_delete_elem(bpf_map__fd(map), Bytes(info[1], bpf_map__key_size(map), "key"));
		if (error && error != -ENOENT)
			Fail(info.Env(), std::string("cannot delete from map ") + bpf_map__name(map), -error);
		return Napi::Boolean::New(info.Env(), error == 0);
	}

	// mapKeys(name): Buffer[]
	Napi::Value MapKeys(const Napi::CallbackInfo &info)
	{
		bpf_map *map = FindMap(info);
		Napi::Array keys = Napi::Array::New(info.Env());
		std::vector<uint8_t> key(bpf_map__key_size(map)), next(key.size());
		bool first = true;
		// A key deleted meanwhile restarts the walk: bounded by twice the capacity.
		uint64_t bound = 2ull * bpf_map__max_entries(map);
		for (uint32_t i = 0; i < bound; i++) {
			if (bpf_map_get_next_key(bpf_map__fd(map), first ? nullptr : key.data(), next.data()))
				break;
			first = false;
			key = next;
			keys.Set(i, Napi::Buffer<uint8_t>::Copy(info.Env(), key.data(), key.size()));
		}
		return keys;
	}

	// counters(): BigUint64Array, summed over the CPUs, in the order of enum counter.
	Napi::Value Counters(const Napi::CallbackInfo &info)
	{
		RequireOpen(info.Env());
		int map = bpf_object__find_map_fd_by_name(object_, "counters");
		auto sums = Napi::TypedArrayOf<uint64_t>::New(info.Env(), COUNTER_COUNT, napi_biguint64_array);
		std::vector<uint64_t> values(libbpf_num_possible_cpus());
		for (uint32_t index = 0; index < COUNTER_COUNT; index++) {
			int error = bpf_map_lookup_elem(map, &index, values.data());
			if (error)
				Fail(info.Env(), "cannot read the counters", -error);
			uint64_t sum = 0;
			for (uint64_t value : values)
				sum += value;
			sums[index] = sum;
		}
		return sums;
	}

	Napi::Value BatcherCounters(const Napi::CallbackInfo &info)
	{
		RequireOpen(info.Env());
		Napi::Object result = Napi::Object::New(info.Env());
		result.Set("batches", Napi::Number::New(info.Env(), batcher_->Batches()));
		result.Set("stalledNs", Napi::Number::New(info.Env(), batcher_->StalledNs()));
		result.Set("malformedRecords", Napi::Number::New(info.Env(), batcher_->Malformed()));
		return result;
	}

	// attachUprobes(program, path, offsets, cookies, atReturn): number
	Napi::Value AttachUprobes(const Napi::CallbackInfo &info)
	{
		RequireOpen(info.Env());
		std::string name = info[0].ToString();
		std::string path = info[1].ToString();
		std::vector<uint64_t> offsets = Numbers(info[2]), cookies = Numbers(info[3]);
		bool at_return = info[4].ToBoolean();
		bpf_program *program = bpf_object__find_program_by_name(object_, name.c_str());
		if (!program)
			throw Napi::Error::New(info.Env(), "no program named " + name);
		if (offsets.empty() || cookies.size() != offsets.size())
			throw Napi::RangeError::New(info.Env(), "as many cookies as offsets, at least one");
		UprobeLink link;
		if (!link.Attach(program, path, offsets, cookies, at_return))
			Fail(info.Env(), "cannot attach " + name + " to " + path, errno);
		links_[next_link_] = link;
		return Napi::Number::New(info.Env(), next_link_++);
	}

	// hasSessions(): boolean
	Napi::Value HasSessions(const Napi::CallbackInfo &info)
	{
		return Napi::Boolean::New(info.Env(), links_support_ == LinkSupport::kSession);
	}

	Napi::Value Detach(const Napi::CallbackInfo &info)
	{
		RequireOpen(info.Env());
		auto found = links_.find(info[0].ToNumber().Uint32Value());
		if (found == links_.end())
			return Napi::Boolean::New(info.Env(), false);
		found->second.Destroy();
		links_.erase(found);
		return Napi::Boolean::New(info.Env(), true);
	}

	// verifierReport(): { [program]: text }, empty unless asked for in the options.
	Napi::Value VerifierReport(const Napi::CallbackInfo &info)
	{
		Napi::Object report = Napi::Object::New(info.Env());
		for (auto &[name, log] : logs_)
			report.Set(name, Napi::String::New(info.Env(), log.c_str()));
		return report;
	}

	Napi::Value Close(const Napi::CallbackInfo &info)
	{
		Shut();
		return info.Env().Undefined();
	}

	// Idempotent. The programs go first: afterwards nothing runs in anybody's context.
	void Shut()
	{
		for (auto &[id, link] : links_)
			link.Destroy();
		links_.clear();
		for (bpf_link *link : tracepoints_)
			bpf_link__destroy(link);
		tracepoints_.clear();
		batcher_.reset();
		if (object_)
			bpf_object__close(object_);
		object_ = nullptr;
	}

	bpf_object *object_ = nullptr;
	std::unique_ptr<Batcher> batcher_;
	std::map<uint32_t, UprobeLink> links_;
	std::vector<bpf_link *> tracepoints_;
	LinkSupport links_support_ = LinkSupport::kSingle;
	uint32_t next_link_ = 1;
	std::map<std::string, std::string> logs_;
};

// missingTracepoints(names): string[] | null; null when the kernel has no BTF.
Napi::Value MissingTracepoints(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	ForgetMessages();
	btf *kernel = btf__load_vmlinux_btf();
	if (!kernel)
		return env.Null();
	Napi::Array missing = Napi::Array::New(env);
	Napi::Array names = info[0].As<Napi::Array>();
	for (uint32_t i = 0; i < names.Length(); i++) {
		std::string name = names.Get(i).ToString();
		if (btf__find_by_name_kind(kernel, ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF) < 0)
			missing.Set(missing.Length(), names.Get(i));
	}
	btf__free(kernel);
	return missing;
}

// realtimeOffsetNs(): bigint; what to add to a CLOCK_MONOTONIC time to get time since the Unix epoch.
Napi::Value RealtimeOffset(const Napi::CallbackInfo &info)
{
	timespec monotonic{}, realtime{};
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_REALTIME, &realtime);
	auto ns = [](const timespec &time) { return time.tv_sec * int64_t{1000000000} + time.tv_nsec; };
	return Napi::BigInt::New(info.Env(), ns(realtime) - ns(monotonic));
}

// checkReturnProbes(): { safe: boolean, detail: string }
Napi::Value CheckReturnProbesOnce(const Napi::CallbackInfo &info)
{
	ReturnProbeVerdict verdict = CheckReturnProbes();
	Napi::Object result = Napi::Object::New(info.Env());
	result.Set("safe", Napi::Boolean::New(info.Env(), verdict.safe));
	result.Set("detail", Napi::String::New(info.Env(), verdict.detail));
	return result;
}

// hasReader(descriptor): boolean; false: what is written to this pipe, socket or terminal has no reader any more.
Napi::Value HasReader(const Napi::CallbackInfo &info)
{
	// Errors and hang-ups are told without being asked for.
	pollfd output{info[0].ToNumber().Int32Value(), 0, 0};
	bool gone = poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP));
	return Napi::Boolean::New(info.Env(), !gone);
}

Napi::Object Initialise(Napi::Env env, Napi::Object exports)
{
	CollectMessages();
	exports.Set("Capture", Capture::Define(env));
	exports.Set("missingTracepoints", Napi::Function::New(env, MissingTracepoints));
	exports.Set("checkReturnProbes", Napi::Function::New(env, CheckReturnProbesOnce));
	exports.Set("hasReader", Napi::Function::New(env, HasReader));
	exports.Set("realtimeOffsetNs", Napi::Function::New(env, RealtimeOffset));
	return exports;
}

}  // namespace

NODE_API_MODULE(capture, Initialise)
