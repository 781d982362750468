// One step of generation without leaving the thread that asks for it. node-llama-cpp's addon hands every decode and every
// sampling to a thread of the JavaScript runtime's pool, and its libraries make ggml's helper threads anew for each
// decode. For a model whose token takes 8 ms that is a tenth of the time (docs/decisions/2026-11-21-native-step.md).
//
// The functions here work on the objects of that addon, whose layout is known from its own headers. Everything else
// stays with it. Built by scripts/build/native-step.ts for exactly one version of node-llama-cpp.
#include <dlfcn.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>

#include "AddonContext.h"
#include "AddonModel.h"
#include "AddonSampler.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "llama.h"
#include "napi.h"

namespace {

struct Threads {
    ggml_threadpool * pool = nullptr;
    int users = 0;
    // Where every core is needed, each thread has one of its own: when two that spin for each other meet on one core, the
    // system needs many milliseconds to see that the other one is free. The asking thread is held for the decode only.
    bool pinned = false;
    cpu_set_t all;
    cpu_set_t own;
};

// Contexts of one process compute one after the other, so they share their threads: two sets would spin against each other.
std::map<int, Threads> threadsByCount;
std::map<llama_context *, int> countByContext;

template <typename Function>
Function cpuFunction(const char * name) {
    ggml_backend_dev_t device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    void * found = device ? ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), name) : nullptr;
    if (!found) throw std::runtime_error(std::string("the CPU backend has no ") + name);
    return reinterpret_cast<Function>(found);
}

// ggml gives its helpers the first of the cores that it may use, in their order, and the asking thread the next one.
void makeThreads(Threads & threads, int count, uint32_t poll) {
    ggml_threadpool_params params = ggml_threadpool_params_default(count);
    params.poll = poll;
    threads.pinned = sched_getaffinity(0, sizeof threads.all, &threads.all) == 0 && count > 1 && CPU_COUNT(&threads.all) == count;
    if (threads.pinned) {
        params.strict_cpu = true;
        CPU_ZERO(&threads.own);
        int last = -1;
        for (int cpu = 0; cpu < std::min<int>(CPU_SETSIZE, GGML_MAX_N_THREADS); cpu++) {
            if (!CPU_ISSET(cpu, &threads.all)) continue;
            params.cpumask[cpu] = true;
            last = cpu;
        }
        CPU_SET(last, &threads.own);
    }
    threads.pool = cpuFunction<decltype(ggml_threadpool_new) *>("ggml_threadpool_new")(&params);
    // It has held the asking thread, too.
    if (threads.pinned) sched_setaffinity(0, sizeof threads.all, &threads.all);
    if (!threads.pool) throw std::runtime_error("threads could not be made");
}

// Holds the thread on its core for as long as it lives.
class OnOwnCore {
    public:
        explicit OnOwnCore(llama_context * context) {
            auto found = countByContext.find(context);
            if (found == countByContext.end()) return;
            Threads & ofContext = threadsByCount[found->second];
            if (!ofContext.pinned) return;
            threads = &ofContext;
            sched_setaffinity(0, sizeof threads->own, &threads->own);
        }
        ~OnOwnCore() {
            if (threads) sched_setaffinity(0, sizeof threads->all, &threads->all);
        }

    private:
        Threads * threads = nullptr;
};

// Lends a context threads that stay, for as long as it lives. They are made at the first loan and kept after it.
class Loan {
    public:
        Loan(llama_context * borrower, int count)
            : context(borrower), own(llama_n_threads(borrower)), ownBatch(llama_n_threads_batch(borrower)) {
            Threads & threads = threadsByCount[count];
            if (!threads.pool) makeThreads(threads, count, 0);
            llama_attach_threadpool(context, threads.pool, threads.pool);
            llama_set_n_threads(context, count, count);
            countByContext[context] = count;
        }
        ~Loan() {
            countByContext.erase(context);
            llama_set_n_threads(context, own, ownBatch);
            llama_detach_threadpool(context);
        }

    private:
        llama_context * context;
        int own;
        int ownBatch;
};

AddonContext * contextOf(const Napi::CallbackInfo & info) {
    AddonContext * context = Napi::ObjectWrap<AddonContext>::Unwrap(info[0].As<Napi::Object>());
    if (context->disposed || !context->contextLoaded || !context->ctx) throw std::runtime_error("the context is not open");
    return context;
}

template <typename Work>
Napi::Value orThrow(const Napi::CallbackInfo & info, Work work) {
    try {
        return work();
    } catch (const std::exception & error) {
        Napi::Error::New(info.Env(), error.what()).ThrowAsJavaScriptException();
        return info.Env().Undefined();
    }
}

constexpr const char * unexpectedLayout = "the context is not laid out as expected: another version of the addon?";

void demandLayout(const AddonContext & context) {
    if (llama_n_ctx(context.ctx) != context.context_params.n_ctx) throw std::runtime_error(unexpectedLayout);
}

// attach(context, threads, poll): from now on the context computes with threads that stay, and that spin for `poll`
// (ggml's unit, about 1.5 ms) before they sleep. Throws when the context does not look as this file was built to see it.
Napi::Value attach(const Napi::CallbackInfo & info) {
    return orThrow(info, [&]() -> Napi::Value {
        AddonContext * context = contextOf(info);
        const int count = info[1].As<Napi::Number>().Int32Value();
        if (llama_n_threads(context->ctx) != count) throw std::runtime_error(unexpectedLayout);
        demandLayout(*context);
        if (countByContext.count(context->ctx)) throw std::runtime_error("the context has threads already");
        Threads & threads = threadsByCount[count];
        if (!threads.pool) {
            makeThreads(threads, count, info[2].As<Napi::Number>().Uint32Value());
        }
        threads.users++;
        countByContext[context->ctx] = count;
        llama_attach_threadpool(context->ctx, threads.pool, threads.pool);
        return info.Env().Undefined();
    });
}

// detach(context): gives the threads back, before the context is disposed of. Nothing happens where there are none.
Napi::Value detach(const Napi::CallbackInfo & info) {
    return orThrow(info, [&]() -> Napi::Value {
        AddonContext * context = contextOf(info);
        auto found = countByContext.find(context->ctx);
        if (found == countByContext.end()) return info.Env().Undefined();
        llama_detach_threadpool(context->ctx);
        Threads & threads = threadsByCount[found->second];
        countByContext.erase(found);
        if (--threads.users == 0) {
            cpuFunction<decltype(ggml_threadpool_free) *>("ggml_threadpool_free")(threads.pool);
            threads.pool = nullptr;
        }
        return info.Env().Undefined();
    });
}

// A socket on which a byte comes with each piece of new work, and how many of them were heard of already.
struct Knocks {
    int descriptor = -1;
    int64_t heard = 0;
};

// Bytes that came so far.
int64_t knocked = 0;

// Whether there is work that was not heard of.
bool isKnocked(void * data) {
    const Knocks & knocks = *static_cast<Knocks *>(data);
    pollfd polled{knocks.descriptor, POLLIN, 0};
    if (poll(&polled, 1, 0) > 0 && (polled.revents & POLLIN)) {
        char taken[256];
        for (ssize_t count; (count = recv(polled.fd, taken, sizeof taken, MSG_DONTWAIT)) > 0;) knocked += count;
    }
    return knocked > knocks.heard;
}

// On the calling thread. Answers false when it stopped because `stops` said so, which is asked after each operation.
bool decodeHere(AddonContext & context, ggml_abort_callback stops, void * data) {
    if (!context.has_batch) throw std::runtime_error("there is no batch");
    context.sharedSamplerData.gotLogit = false;
    context.sharedSamplerData.hasLogits = false;
    const OnOwnCore held(context.ctx);
    if (stops) llama_set_abort_callback(context.ctx, stops, data);
    const int result = llama_decode(context.ctx, context.batch);
    if (stops) llama_set_abort_callback(context.ctx, nullptr, nullptr);
    if (result == 2) return false;
    if (result == 1)
        throw std::runtime_error("could not find a KV slot for the batch (try reducing the size of the batch or increase the context)");
    if (result != 0) throw std::runtime_error("Eval has failed");
    llama_synchronize(context.ctx);
    return true;
}

// decode(context, descriptor, heard): what `decodeBatch` does, here and now. With the descriptor of a socket, a decode on a
// CPU stops as soon as more bytes have come there than were heard of, and answers false: nothing of the batch is in memory then, or whole parts of it.
Napi::Value decode(const Napi::CallbackInfo & info) {
    return orThrow(info, [&]() -> Napi::Value {
        AddonContext * context = contextOf(info);
        Knocks knocks;
        if (info[1].IsNumber()) knocks = {info[1].As<Napi::Number>().Int32Value(), info[2].As<Napi::Number>().Int64Value()};
        return Napi::Boolean::New(info.Env(), decodeHere(*context, knocks.descriptor >= 0 ? isKnocked : nullptr, &knocks));
    });
}

using Clock = std::chrono::steady_clock;

bool isLate(void * deadline) {
    return Clock::now() > *static_cast<Clock::time_point *>(deadline);
}

// decodeOn(context, threads, milliseconds): what `decodeBatch` does, here and now, with so many threads. Answers false when
// it was given up after so long, and then nothing came of the batch. The context must have no threads that stay; afterwards it
// computes as it did before.
Napi::Value decodeOn(const Napi::CallbackInfo & info) {
    return orThrow(info, [&]() -> Napi::Value {
        AddonContext * context = contextOf(info);
        demandLayout(*context);
        if (countByContext.count(context->ctx)) throw std::runtime_error("the context has threads already");
        const Loan loan(context->ctx, info[1].As<Napi::Number>().Int32Value());
        const std::chrono::duration<double, std::milli> patience(std::min(info[2].As<Napi::Number>().DoubleValue(), 1e9));
        Clock::time_point deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(patience);
        return Napi::Boolean::New(info.Env(), decodeHere(*context, isLate, &deadline));
    });
}

// Whether a sampler does nothing but take the largest logit.
bool isGreedy(const AddonSampler & sampler) {
    return sampler.greedySampler && !sampler.tokenBiasSampler && !sampler.repeatPenaltySampler &&
        !sampler.dryRepeatPenaltySampler && !sampler.xtcSampler && !sampler.grammarEvaluationState;
}

// The first of the largest values, as a search from the beginning finds it. In blocks, so that the compiler can use
// vector instructions for nearly all of it.
int32_t largestOf(const float * values, int32_t count) {
    constexpr int32_t width = 256;
    float largest = -INFINITY;
    int32_t block = 0;
    for (int32_t from = 0; from < count; from += width) {
        const int32_t until = std::min(from + width, count);
        float lanes[16];
        for (float & lane : lanes) lane = -INFINITY;
        int32_t at = from;
        for (; at + 16 <= until; at += 16)
            for (int32_t lane = 0; lane < 16; lane++)
                lanes[lane] = values[at + lane] > lanes[lane] ? values[at + lane] : lanes[lane];
        for (; at < until; at++) lanes[0] = values[at] > lanes[0] ? values[at] : lanes[0];
        float most = lanes[0];
        for (float lane : lanes) most = lane > most ? lane : most;
        if (most > largest) {
            largest = most;
            block = from;
        }
    }
    for (int32_t at = block; at < std::min(block + width, count); at++)
        if (values[at] == largest) return at;
    return 0;
}

using RebuildChain = void (*)(AddonSampler *);
using SetCandidates = void (*)(AddonSampler *, llama_context *, int32_t, llama_token_data_array &);
using AcceptToken = void (*)(AddonSampler *, llama_token);
RebuildChain rebuildChain = nullptr;
AcceptToken acceptToken = nullptr;
SetCandidates setCandidates = nullptr;

// choose(context, place, sampler): what `sampleToken` answers without more arguments, here and now.
Napi::Value choose(const Napi::CallbackInfo & info) {
    return orThrow(info, [&]() -> Napi::Value {
        AddonContext * context = contextOf(info);
        const int32_t place = info[1].As<Napi::Number>().Int32Value();
        AddonSampler * sampler = Napi::ObjectWrap<AddonSampler>::Unwrap(info[2].As<Napi::Object>());
        if (sampler->disposed) throw std::runtime_error("Sampler is disposed");
        if (isGreedy(*sampler)) {
            const float * logits = llama_get_logits_ith(context->ctx, place);
            if (!logits) throw std::runtime_error("This model does not support token generation");
            return Napi::Number::New(info.Env(), largestOf(logits, llama_vocab_n_tokens(context->model->vocab)));
        }
        rebuildChain(sampler);
        llama_token_data_array candidates;
        setCandidates(sampler, context->ctx, place, candidates);
        if (candidates.size > 0) llama_sampler_apply(sampler->chain, &candidates);
        const bool has = candidates.selected >= 0 && candidates.selected < static_cast<int64_t>(candidates.size);
        if (!has) return Napi::Number::New(info.Env(), -1);
        const llama_token token = candidates.data[candidates.selected].id;
        acceptToken(sampler, token);
        return Napi::Number::New(info.Env(), token);
    });
}

// Where a context pools nothing, the vector of a sequence is that of its last token, as with the addon.
const float * vectorOf(AddonContext & context, int32_t sequence) {
    if (llama_pooling_type(context.ctx) != LLAMA_POOLING_TYPE_NONE) return llama_get_embeddings_seq(context.ctx, sequence);
    for (int32_t place = context.batch.n_tokens - 1; place >= 0; place--)
        if (context.batch.seq_id[place][0] == sequence) return llama_get_embeddings_ith(context.ctx, place);
    return nullptr;
}

// vectors(context, count): what the last decode made of the sequences 0 to `count`, each as a Float32Array; of a model that
// ranks, its scores.
Napi::Value vectors(const Napi::CallbackInfo & info) {
    return orThrow(info, [&]() -> Napi::Value {
        AddonContext * context = contextOf(info);
        if (!context->has_batch) throw std::runtime_error("there is no batch");
        const int32_t count = info[1].As<Napi::Number>().Int32Value();
        const llama_model * model = context->model->model;
        const bool ranks = llama_pooling_type(context->ctx) == LLAMA_POOLING_TYPE_RANK;
        const size_t size = ranks ? llama_model_n_cls_out(model) : llama_model_n_embd_out(model);
        llama_synchronize(context->ctx);
        Napi::Array all = Napi::Array::New(info.Env(), count);
        for (int32_t sequence = 0; sequence < count; sequence++) {
            const float * values = vectorOf(*context, sequence);
            if (!values) throw std::runtime_error("there is no vector of sequence " + std::to_string(sequence));
            Napi::Float32Array vector = Napi::Float32Array::New(info.Env(), size);
            std::memcpy(vector.Data(), values, size * sizeof(float));
            all.Set(sequence, vector);
        }
        return all;
    });
}

// useAddon(path): finds the functions of the addon that this file needs, in the library that is loaded already.
Napi::Value useAddon(const Napi::CallbackInfo & info) {
    return orThrow(info, [&]() -> Napi::Value {
        void * addon = dlopen(info[0].As<Napi::String>().Utf8Value().c_str(), RTLD_NOW | RTLD_NOLOAD);
        if (!addon) throw std::runtime_error("the addon is not loaded");
        rebuildChain = reinterpret_cast<RebuildChain>(dlsym(addon, "_ZN12AddonSampler20rebuildChainIfNeededEv"));
        acceptToken = reinterpret_cast<AcceptToken>(dlsym(addon, "_ZN12AddonSampler11acceptTokenEi"));
        setCandidates = reinterpret_cast<SetCandidates>(
            dlsym(addon, "_ZN12AddonSampler18setTokenCandidatesEP13llama_contextiR22llama_token_data_array"));
        if (!rebuildChain || !setCandidates || !acceptToken) throw std::runtime_error("the addon lacks functions: another version?");
        return info.Env().Undefined();
    });
}

Napi::Object open(Napi::Env env, Napi::Object exports) {
    exports.Set("version", Napi::String::New(env, HEARTH_ADDON_VERSION));
    exports.Set("useAddon", Napi::Function::New(env, useAddon));
    exports.Set("attach", Napi::Function::New(env, attach));
    exports.Set("detach", Napi::Function::New(env, detach));
    exports.Set("decode", Napi::Function::New(env, decode));
    exports.Set("decodeOn", Napi::Function::New(env, decodeOn));
    exports.Set("choose", Napi::Function::New(env, choose));
    exports.Set("vectors", Napi::Function::New(env, vectors));
    return exports;
}

}  // namespace

NODE_API_MODULE(hearth_step, open)
