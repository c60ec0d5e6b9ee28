// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/bench_model.hpp"
#include "apps/troupe/bench/kv/kv_link.hpp"
#include "apps/troupe/bench/median.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/load_model.hpp"
#include "apps/troupe/table.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <map>
#include <optional>
#include <utility>

namespace troupe {
namespace {

using namespace bench;

constexpr std::uint32_t blocks_wanted = 128; ///< 2,048 tokens.
constexpr auto patience = std::chrono::seconds(60);

/// A one-time word from another thread.
class reply {
public:
  kv_holder::told teller() {
    return [said = said_](bool is_well) {
      said->set_value(is_well);
    };
  }
  /// False: no, or nothing in time.
  bool wait() {
    auto heard = said_->get_future();
    return heard.wait_for(patience) == std::future_status::ready && heard.get();
  }

private:
  std::shared_ptr<std::promise<bool>> said_ = std::make_shared<std::promise<bool>>();
};

result<std::unique_ptr<kv_holder>> load(const command_context& cx, const std::string& file,
                                        kv_holder::part does) {
  const auto weights = weight_type_of(cx.config);
  if (!weights) {
    return weights.err();
  }
  auto model = engine::load_native(file, {.threads = cx.config.threads,
                                          .weights = *weights,
                                          .packed = named_packed_cache(cx.config, file)});
  if (!model) {
    return std::move(model).err();
  }
  return std::make_unique<kv_holder>(*std::move(model), blocks_wanted, does);
}

/// Seconds from one pool into another of this process; < 0: it failed.
double hand_over(kv_holder& from, kv_holder& to) {
  reply ready;
  reply whole;
  to.expect(ready.teller(), whole.teller());
  if (!ready.wait()) {
    return -1;
  }
  const auto start = machine_clock().now();
  reply over;
  from.give([&](std::uint32_t index, std::uint64_t checksum,
                blob data) { to.get(index, checksum, std::move(data)); },
            over.teller());
  return over.wait() && whole.wait() ? to_seconds(machine_clock().now() - start) : -1;
}

/// What a thread copies in a second from memory to memory, where neither fits into a cache.
class copier {
public:
  explicit copier(std::size_t size) : from_(size, std::byte{1}), to_(size, std::byte{2}) {}
  [[nodiscard]] std::size_t size() const { return from_.size(); }
  double seconds() {
    const auto start = machine_clock().now();
    std::memcpy(to_.data(), from_.data(), from_.size());
    const auto took = to_seconds(machine_clock().now() - start);
    std::swap(from_, to_);
    return took;
  }

private:
  bytes from_;
  bytes to_;
};

struct figures {
  std::uint32_t blocks = 0;
  std::size_t block_bytes = 0;
  std::map<std::string, std::vector<double>> bytes_per_s; ///< By transport, a value per round.
  std::vector<double> limit;
};

class pools {
public:
  pools(const command_context& cx, const std::string& file)
      : plain_([&](const auto& up) { serve(up, cx, file, nullptr); }),
        keyed_([&](const auto& up) { serve(up, cx, file, &keys_.peer); }) {}

  /// Once every peer is forked.
  result<void> open(const command_context& cx, const std::string& file) {
    auto from = load(cx, file, kv_holder::part::gives);
    if (!from) {
      return std::move(from).err();
    }
    auto beside = load(cx, file, kv_holder::part::gets);
    if (!beside) {
      return std::move(beside).err();
    }
    from_ = *std::move(from);
    beside_ = *std::move(beside);
    reply filled;
    from_->fill(filled.teller());
    loopback_.emplace(plain_.endpoint(), nullptr);
    sealed_.emplace(keyed_.endpoint(), &keys_.side);
    if (!filled.wait() || !loopback_->is_connected() || !sealed_->is_connected()) {
      return error{.code = errc::internal, .text = "the pools did not come up"};
    }
    return {};
  }

  result<figures> run(std::uint32_t rounds) {
    figures out{.blocks = from_->blocks(), .block_bytes = from_->block_bytes()};
    const auto size = out.blocks * out.block_bytes;
    copier copies(std::max(size, std::size_t{128} << 20U));
    for (std::uint32_t round = 0; round < rounds; ++round) {
      std::fprintf(stderr, "bench kv: round %u of %u\n", round + 1, rounds);
      out.limit.push_back(static_cast<double>(copies.size()) / copies.seconds());
      for (const auto& [name, took_s] : {std::pair{"process", hand_over(*from_, *beside_)},
                                         std::pair{"loopback", loopback_->send(*from_)},
                                         std::pair{"sealed", sealed_->send(*from_)}}) {
        if (took_s <= 0) {
          return error{.code = errc::internal,
                       .text = std::string("not every block came: ") + name};
        }
        out.bytes_per_s[name].push_back(static_cast<double>(size) / took_s);
      }
    }
    return out;
  }

private:
  static void serve(const peer_process::child_side& up, const command_context& cx,
                    const std::string& file, const keys::node_keys* mine) {
    serve_kv(
        up,
        [&]() -> std::unique_ptr<kv_holder> {
          auto loaded = load(cx, file, kv_holder::part::gets);
          return loaded ? *std::move(loaded) : nullptr;
        },
        mine);
  }

  bench_keys keys_ = make_bench_keys();
  peer_process plain_;
  peer_process keyed_;
  std::unique_ptr<kv_holder> beside_;
  std::optional<kv_link> loopback_;
  std::optional<kv_link> sealed_;
  std::unique_ptr<kv_holder> from_; ///< Last: its thread hands blocks to all the others.
};

json::value to_json(const command_context& cx, const figures& of) {
  std::vector<std::pair<std::string_view, json::value>> ways;
  for (const auto& [name, values] : of.bytes_per_s) {
    ways.emplace_back(name, median(values));
  }
  return json::object_of({{"shape", cx.config.bench_shape},
                          {"threads", cx.config.threads},
                          {"rounds", cx.config.bench_rounds},
                          {"blocks", of.blocks},
                          {"block_bytes", of.block_bytes},
                          {"bytes_per_s", json::object_of(std::move(ways))},
                          {"limit_bytes_per_s", median(of.limit)}});
}

void print(const figures& of) {
  const auto limit = median(of.limit);
  std::vector<std::vector<std::string>> rows{{"TRANSPORT", "GB/S", "OF LIMIT"}};
  const auto row = [&](const std::string& name, double rate) {
    std::array<char, 32> speed{};
    std::array<char, 32> share{};
    std::snprintf(speed.data(), speed.size(), "%.2f", rate / 1e9);
    std::snprintf(share.data(), share.size(), "%.0f %%", 100 * rate / limit);
    rows.push_back({name, speed.data(), share.data()});
  };
  for (const auto& [name, values] : of.bytes_per_s) {
    row(name, median(values));
  }
  row("copy (limit)", limit);
  std::printf("%u blocks of %zu bytes\n%s", of.blocks, of.block_bytes, format_table(rows).c_str());
}

} // namespace

int run_bench_kv(command_context& cx) {
  const auto file = find_model_file(cx.config);
  if (!file) {
    return report(file.err());
  }
  pools all(cx, *file);
  if (const auto up = all.open(cx, *file); !up) {
    return report(up.err());
  }
  const auto found = all.run(cx.config.bench_rounds);
  if (!found) {
    return report(found.err());
  }
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(to_json(cx, *found)).c_str());
  } else {
    print(*found);
  }
  return 0;
}

} // namespace troupe
