// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_cache.hpp"

#include "engine/core/ops/packed_matrix.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view memo_name = "/digests";
constexpr std::size_t memo_bytes_max = 1U << 20U;

std::int64_t unix_now_ns() {
  return std::chrono::nanoseconds(process::wall_now().time_since_epoch()).count();
}

/// Creates the last directory of the path where it is missing.
bool is_writable(const std::string& directory) {
  std::error_code ignored;
  fs::create_directories(fs::path{directory}.parent_path(), ignored);
  ::mkdir(directory.c_str(), 0755);
  return ::access(directory.c_str(), W_OK | X_OK) == 0;
}

} // namespace

std::vector<packed_place> packed_places(const std::string& model, std::string_view setting,
                                        const std::string& user_cache) {
  std::error_code ignored;
  auto path = fs::weakly_canonical(model, ignored).lexically_normal();
  if (!path.has_filename()) {
    path = path.parent_path();
  }
  if (setting == "off") {
    return {};
  }
  if (setting != "auto") {
    return {{std::string{setting}, path.string()}};
  }
  const bool is_file = is_gguf_path(model);
  std::vector<packed_place> places{{((is_file ? path.parent_path() : path) / ".troupe").string(),
                                    is_file ? path.filename().string() : "."}};
  if (!user_cache.empty()) {
    places.push_back({user_cache, path.string()});
  }
  return places;
}

hash128 packed_key(model_digest digest, std::uint64_t rounding) {
  const std::array<std::uint64_t, 4> parts{digest.value.high, digest.value.low, rounding,
                                           ops::packed_layout_version};
  return hash_128(std::as_bytes(std::span{parts}));
}

packed_cache::packed_cache(const packed_cache_options& options, std::uint64_t model_bytes)
    : settled_ns_(options.settled.count()) {
  if (model_bytes >= options.model_bytes_min) {
    places_ = options.places;
  }
}

std::vector<hash128> packed_cache::hash_parts(const std::vector<checkpoint::part>& parts,
                                              cpu::parallel& workers,
                                              const progress_callback& on_progress) {
  const auto* place = writable();
  auto memo = place == nullptr ? content_memo{} : read_memo(*place);
  std::vector<content_memo> others;
  for (const auto& other : places_) {
    others.push_back(&other == place ? content_memo{} : read_memo(other));
  }
  const auto find = [&](const file_identity& of) {
    auto known = memo.find(of);
    for (std::size_t i = 0; i < others.size() && !known; ++i) {
      known = others[i].find(of);
    }
    return known;
  };
  std::vector<hash128> hashes(parts.size());
  std::vector<std::size_t> unknown;
  load_progress progress{.stage = load_stage::hash};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (const auto known = find(parts[i].identity)) {
      hashes[i] = *known;
    } else {
      unknown.push_back(i);
      progress.total_bytes += parts[i].bytes.size();
    }
  }
  const auto settled = unix_now_ns() - settled_ns_;
  const auto report = [&] {
    if (on_progress && !unknown.empty()) {
      on_progress(progress);
    }
  };
  report();
  for (std::size_t first = 0; first < unknown.size(); first += workers.threads()) {
    const auto here = std::span{unknown}.subspan(
        first, std::min<std::size_t>(workers.threads(), unknown.size() - first));
    workers.run(static_cast<std::uint32_t>(here.size()), [&](std::uint32_t i, std::uint32_t) {
      hashes[here[i]] = hash_128(parts[here[i]].bytes);
    });
    for (const auto i : here) {
      progress.done_bytes += parts[i].bytes.size();
      memo.remember(parts[i].identity, identify(parts[i].path), settled, hashes[i]);
    }
    report();
  }
  if (place != nullptr && memo.has_changed()) {
    // A memo that cannot be written only means that the files are hashed again.
    (void)process::write_file_atomic(place->directory + std::string{memo_name},
                                     as_text(memo.write()), 0644);
  }
  return hashes;
}

std::optional<packed_copy> packed_cache::find(hash128 key, cpu::parallel& workers,
                                              const progress_callback& on_progress) {
  for (const auto& place : places_) {
    const auto path = packed_path(place.directory, key);
    const auto known = identify(path);
    if (!known) {
      continue;
    }
    load_progress progress{.stage = load_stage::map, .total_bytes = known->size_bytes};
    auto copy = packed_copy::open(path, key, workers, [&](std::uint64_t bytes) {
      progress.done_bytes = std::min(progress.done_bytes + bytes, progress.total_bytes);
      if (on_progress) {
        on_progress(progress);
      }
    });
    if (copy) {
      ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0); // The most recently used are kept.
      return *std::move(copy);
    }
    refuse(copy.err());
  }
  return std::nullopt;
}

void packed_cache::refuse(const error& why) {
  refusals_.push_back(why.text);
}

std::optional<packed_target> packed_cache::target(hash128 key) const {
  const auto* place = writable();
  if (place == nullptr) {
    return std::nullopt;
  }
  return packed_target{.directory = place->directory,
                       .key = key,
                       .source = hash64(as_bytes_view(place->model)),
                       .replaces = !refusals_.empty()};
}

const packed_place* packed_cache::writable() const {
  const auto found = std::ranges::find_if(
      places_, [](const packed_place& place) { return is_writable(place.directory); });
  return found == places_.end() ? nullptr : &*found;
}

content_memo packed_cache::read_memo(const packed_place& place) {
  const auto file = process::read_file(place.directory + std::string{memo_name}, memo_bytes_max);
  return file ? content_memo::read(as_bytes_view(*file)) : content_memo{};
}

} // namespace troupe::engine
