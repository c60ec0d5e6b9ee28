// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/bench/bench_batch.hpp"
#include "cuda/bench/bench_panel.hpp"
#include "cuda/bench/export_rates.hpp"
#include "cuda/bench/measured.cuh"
#include "cuda/decoder/decoder.hpp"
#include "cuda/device/graph.hpp"
#include "cuda/ops/launching.cuh"
#include "engine/core/ops/packed_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

// troupe_bench_engine [--dtype TYPE] [--kv-dtype bf16|fp8] [SHAPE...]: how fast a decoder of random
// weights is on this device, as shares of the rate at which it copies memory and of the rate at
// which cuBLASLt multiplies, both measured in the same run. TYPE is what matrices but the embedding
// are: bf16, q8_0, q4_0, int4, mxfp4, int8, fp8. One JSON object on stdout; anything that fails is
// an error on stderr and exit 1.
namespace troupe::cuda::bench {
namespace {

using engine::ops::dtype;

struct bench_shape {
  const char* name;
  decoder_shape sizes;
};

decoder_shape llama(std::int32_t layers, std::int32_t hidden, std::int32_t head_dim,
                    std::int32_t feed_forward, std::int32_t vocab) {
  return {.layers = layers,
          .hidden = hidden,
          .heads = 32,
          .kv_heads = 8,
          .head_dim = head_dim,
          .feed_forward = feed_forward,
          .vocab = vocab,
          .eps = 1e-5F,
          .rotary_dim = head_dim,
          .attention_scale = 1.0F / std::sqrt(static_cast<float>(head_dim)),
          .experts = {},
          .latent = {}};
}

const bench_shape shapes[] = {{"llama-1b", llama(16, 2048, 64, 8192, 128'256)},
                              {"llama-8b", llama(32, 4096, 128, 14'336, 128'256)}};

constexpr std::int32_t decode_context = 1024;
constexpr std::int32_t prompt = 8192;
constexpr std::int32_t exported = 2048; ///< Tokens of the prompt whose blocks are copied out.
constexpr std::int32_t batches[] = {1, 64, 256};
constexpr int rounds = 20;

/// Uniform and without a mean, of deviation `deviation`; the same numbers in every run.
template <class T>
__global__ void fill_kernel(T* out, std::size_t count, std::uint64_t seed, float deviation,
                            float mean) {
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count;
       i += std::size_t{gridDim.x} * blockDim.x) {
    std::uint64_t z = (seed << 40U) + i + 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    const auto uniform = static_cast<float>((z ^ (z >> 31U)) >> 40U) * 0x1p-24F - 0.5F;
    out[i] = narrow<T>(mean + uniform * 3.4641016F * deviation);
  }
}

/// Memory of the device that lives as long as the bench's model.
class arena {
public:
  template <class T>
  T* make(std::size_t count, float deviation, float mean = 0) {
    auto& kept = kept_.emplace_back();
    require(kept.resize(count * sizeof(T)), "memory");
    auto* out = reinterpret_cast<T*>(kept.data());
    require(launch(fill_kernel<T>, dim3{2048, 1, 1}, dim3{256, 1, 1}, 0, nullptr, out, count,
                   ++seed_, deviation, mean),
            "weights");
    bytes_ += count * sizeof(T);
    return out;
  }

  /// A matrix of one panel after the other, all the same.
  const void* repeat(const std::vector<std::byte>& panel, std::int32_t panels) {
    auto& kept = kept_.emplace_back();
    const auto size = panel.size() * static_cast<std::size_t>(panels);
    require(kept.resize(size), "memory");
    require(copy_in(kept.data(), panel.data(), panel.size()), "weights");
    for (std::size_t done = panel.size(); done < size;) {
      const auto here = std::min(done, size - done);
      require(cudaMemcpy(kept.data() + done, kept.data(), here, cudaMemcpyDeviceToDevice),
              "weights");
      done += here;
    }
    bytes_ += size;
    return kept.data();
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
  std::vector<device_buffer<std::byte>> kept_;
  std::uint64_t seed_ = 0;
  std::size_t bytes_ = 0;
};

struct model {
  arena memory;
  device_weights weights;
  std::size_t read_bytes = 0; ///< Of weights, by a step.
  double layer_weights = 0;   ///< How many the layers have.
};

void make_weights(const decoder_shape& s, dtype type, model& m) {
  const auto plain = [&](std::int32_t outputs, std::int32_t inputs) {
    return m.memory.make<bf16>(static_cast<std::size_t>(outputs) * static_cast<std::size_t>(inputs),
                               1.0F / std::sqrt(static_cast<float>(inputs)));
  };
  const auto matrix = [&](std::int32_t outputs, std::int32_t inputs) {
    m.layer_weights += static_cast<double>(outputs) * inputs;
    if (type == dtype::bf16) {
      return ops::matrix_in{plain(outputs, inputs)};
    }
    const auto panel = panel_of(type, inputs, 1.0F / std::sqrt(static_cast<float>(inputs)));
    const auto panels = engine::ops::round_up_to_panel(outputs) / engine::ops::panel_width;
    return ops::matrix_in{m.memory.repeat(panel, panels), type};
  };
  const auto norm = [&] {
    return m.memory.make<float>(static_cast<std::size_t>(s.hidden), 0.1F, 1.0F);
  };
  const auto turns = static_cast<std::size_t>(prompt) * static_cast<std::size_t>(s.rotary_dim / 2);
  const auto* cos = m.memory.make<float>(turns, 0.5F);
  const auto* sin = m.memory.make<float>(turns, 0.5F);
  m.weights.embedding = plain(s.vocab, s.hidden);
  const auto before = m.memory.bytes();
  m.weights.head = matrix(s.vocab, s.hidden);
  m.layer_weights = 0;
  for (std::int32_t i = 0; i < s.layers; ++i) {
    m.weights.layers.push_back({.input_norm = norm(),
                                .qkv = matrix((s.heads + 2 * s.kv_heads) * s.head_dim, s.hidden),
                                .values = {},
                                .latent = {},
                                .attention_out = matrix(s.hidden, s.heads * s.head_dim),
                                .post_norm = norm(),
                                .gate_up = matrix(2 * s.feed_forward, s.hidden),
                                .down = matrix(s.hidden, s.feed_forward),
                                .experts = {},
                                .cos = cos,
                                .sin = sin});
  }
  m.weights.final_norm = norm();
  m.read_bytes = m.memory.bytes() - before;
}

class bench {
public:
  bench(const bench_shape& shape, dtype type, ops::kv_element kept, const limits& most,
        product& multiply)
      : shape_(shape), sizes_(shape.sizes), most_(most), multiply_(multiply) {
    sizes_.kept = kept;
    make_weights(sizes_, type, model_);
    layout_ = {.layers = sizes_.layers,
               .kv_heads = sizes_.kv_heads,
               .head_dim = sizes_.head_dim,
               .block_size = block_size};
    require(on_.make(), "stream");
  }

  void report() {
    std::printf("{\"shape\":\"%s\",\"weight_bytes\":%zu,\"decode\":[", shape_.name,
                model_.read_bytes);
    bool is_first = true;
    for (const auto batch : batches) {
      std::printf("%s", is_first ? "" : ",");
      is_first = false;
      decode(batch);
    }
    std::printf("],\"prefill\":");
    prefill();
    std::printf(",\"export\":");
    export_beside_prefill();
    std::printf("}");
  }

private:
  /// Of keys and values that a row reads at `context`.
  [[nodiscard]] double kv_bytes(double context) const {
    return context * 2.0 * sizes_.layers * sizes_.kv_heads * sizes_.head_dim
           * static_cast<double>(ops::bytes_of(sizes_.kept));
  }

  void decode(std::int32_t count) {
    const auto batch = batch_of(count, decode_context - 1, 1);
    decoder d(sizes_, model_.weights, multiply_);
    require(d.reserve(count, count, count, batch.table_stride, decode_context), "reserve");
    make_pool(count * batch.table_stride);
    require(d.begin(batch, through_, on_.get()), "step");
    const auto step = [&] {
      return d.run(batch, layout_, pool_.data(), on_.get());
    };
    require(step(), "step"); // So that every product has its advice before it is recorded.
    require(on_.wait(), "step");
    check_finite(d, count);
    graph recorded;
    require(recorded.record(on_.get(), step), "graph");
    const auto seconds =
        median_seconds(on_.get(), rounds, [&] { require(recorded.launch(on_.get()), "graph"); });
    const auto eager = median_seconds(on_.get(), rounds, [&] { require(step(), "step"); });
    const double bytes = static_cast<double>(model_.read_bytes) + count * kv_bytes(decode_context);
    std::printf("{\"batch\":%d,\"context_tokens\":%d,\"step_ms\":%.4f,\"eager_step_ms\":%.4f,"
                "\"tokens_per_s\":%.1f,\"share_of_copy\":%.4f}",
                count, decode_context, seconds * 1e3, eager * 1e3, count / seconds,
                bytes / seconds / most_.copy_bytes_per_s);
  }

  void prefill() {
    const auto batch = batch_of(1, 0, prompt);
    decoder d(sizes_, model_.weights, multiply_);
    require(d.reserve(prompt, 1, 1, batch.table_stride, prompt), "reserve");
    make_pool(batch.table_stride);
    require(d.begin(batch, through_, on_.get()), "step");
    const auto step = [&] {
      require(d.run(batch, layout_, pool_.data(), on_.get()), "step");
    };
    step();
    require(on_.wait(), "step");
    check_finite(d, 1);
    const auto seconds = median_seconds(on_.get(), 5, step);
    // Two operations for each weight but the head's and each token, and for each pair of a query
    // and a key that it sees, in both products of attention.
    const double pairs = 0.5 * prompt * (prompt + 1.0) * sizes_.layers * sizes_.heads;
    const double flops = 2.0 * model_.layer_weights * prompt + 4.0 * pairs * sizes_.head_dim;
    std::printf("{\"prompt_tokens\":%d,\"step_ms\":%.3f,\"tokens_per_s\":%.1f,"
                "\"share_of_cublas\":%.4f}",
                prompt, seconds * 1e3, prompt / seconds, flops / seconds / most_.flops_per_s);
  }

  /// A prompt whose blocks are copied out while it is computed.
  void export_beside_prefill() {
    export_rates rates;
    require(measure_export(sizes_, model_.weights, layout_, make_cublas_product(), exported, rounds,
                           rates),
            "export");
    std::printf("{\"prompt_tokens\":%d,\"bytes\":%.0f,\"step_ms\":%.3f,\"step_and_copy_ms\":%.3f,"
                "\"copy_ms\":%.3f,\"hidden\":%.4f}",
                exported, rates.bytes, rates.step_s * 1e3, rates.step_and_copy_s * 1e3,
                rates.copy_s * 1e3, rates.hidden());
  }

  void make_pool(std::int32_t slots) {
    const auto elements = static_cast<std::size_t>(slots) * layout_.block_elements();
    require(pool_.resize(elements * ops::bytes_of(sizes_.kept)), "pool");
    const auto fill = [&](auto* to) {
      using type = std::remove_pointer_t<decltype(to)>;
      return launch(fill_kernel<type>, dim3{2048, 1, 1}, dim3{256, 1, 1}, 0, nullptr, to, elements,
                    std::uint64_t{99}, 1.0F, 0.0F);
    };
    require(sizes_.kept == ops::kv_element::bf16 ? fill(reinterpret_cast<bf16*>(pool_.data()))
                                                 : fill(reinterpret_cast<e4m3*>(pool_.data())),
            "pool");
    require(synchronize(), "pool");
  }

  void check_finite(const decoder& d, std::int32_t rows) {
    std::vector<float> logits(static_cast<std::size_t>(rows)
                              * static_cast<std::size_t>(sizes_.vocab));
    require(copy_out(logits.data(), d.logits(), logits.size() * sizeof(float)), "logits");
    for (const float logit : logits) {
      if (!std::isfinite(logit)) {
        fail("logits that are no numbers");
      }
    }
  }

  bench_shape shape_;
  decoder_shape sizes_;
  limits most_;
  product& multiply_;
  model model_;
  engine::ops::kv_layout layout_;
  owned_stream on_;
  transfers through_;
  device_buffer<std::byte> pool_;
};

constexpr dtype types[] = {dtype::bf16,  dtype::q8_0, dtype::q4_0, dtype::int4,
                           dtype::mxfp4, dtype::int8, dtype::fp8};

/// Takes --dtype and what comes after it out of `words`.
dtype take_type(std::vector<std::string>& words) {
  const auto at = std::find(words.begin(), words.end(), "--dtype");
  if (at == words.end()) {
    return dtype::bf16;
  }
  const auto name = at + 1 == words.end() ? std::string{} : at[1];
  for (const auto type : types) {
    if (name == engine::ops::name_of(type)) {
      words.erase(at, at + 2);
      return type;
    }
  }
  fail("--dtype takes bf16, q8_0, q4_0, int4, mxfp4, int8 or fp8");
}

/// The same of --kv-dtype.
ops::kv_element take_kept(std::vector<std::string>& words) {
  const auto at = std::find(words.begin(), words.end(), "--kv-dtype");
  if (at == words.end()) {
    return ops::kv_element::bf16;
  }
  const auto name = at + 1 == words.end() ? std::string{} : at[1];
  if (name != "bf16" && name != "fp8") {
    fail("--kv-dtype takes bf16 or fp8");
  }
  words.erase(at, at + 2);
  return name == "fp8" ? ops::kv_element::fp8 : ops::kv_element::bf16;
}

int run(std::vector<std::string> names) {
  const auto type = take_type(names);
  const auto kept = take_kept(names);
  if (const auto why = why_no_device(); !why.empty()) {
    std::fprintf(stderr, "troupe_bench_engine: %s\n", why.c_str());
    return 1;
  }
  for (const auto& name : names) {
    bool is_known = false;
    for (const auto& shape : shapes) {
      is_known = is_known || name == shape.name;
    }
    if (!is_known) {
      std::fprintf(stderr, "troupe_bench_engine: no shape '%s'; take llama-1b, llama-8b\n",
                   name.c_str());
      return 2;
    }
  }
  const auto multiply = make_cublas_product();
  if (multiply == nullptr) {
    fail("cuBLASLt does not start");
  }
  const auto most = measure_limits(*multiply);
  std::printf("{\"device\":\"%s\",\"dtype\":\"%s\",\"kv_dtype\":\"%s\",\"copy_bytes_per_s\":%.4g,"
              "\"cublas_flops_per_s\":%.4g,"
              "\"shapes\":[",
              device_name().c_str(), engine::ops::name_of(type).data(),
              kept == ops::kv_element::fp8 ? "fp8" : "bf16", most.copy_bytes_per_s,
              most.flops_per_s);
  bool is_first = true;
  for (const auto& shape : shapes) {
    if (names.empty() || std::find(names.begin(), names.end(), shape.name) != names.end()) {
      std::printf("%s", is_first ? "" : ",");
      is_first = false;
      bench(shape, type, kept, most, *multiply).report();
      std::fflush(stdout);
    }
  }
  std::printf("]}\n");
  return 0;
}

} // namespace
} // namespace troupe::cuda::bench

int main(int count, char** words) {
  return troupe::cuda::bench::run({words + 1, words + count});
}
