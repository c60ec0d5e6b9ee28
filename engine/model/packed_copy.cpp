// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_copy.hpp"

#include <algorithm>
#include <atomic>
#include <span>
#include <utility>

namespace troupe::engine {
namespace {

constexpr std::uint64_t pieces_per_report = 32;

bool is_whole(bytes_view body, const packed_front& front, cpu::parallel& workers,
              const std::function<void(std::uint64_t)>& on_bytes) {
  std::atomic<bool> fine{true};
  for (std::uint64_t first = 0; first < front.sums.size() && fine; first += pieces_per_report) {
    const auto here = std::min<std::uint64_t>(pieces_per_report, front.sums.size() - first);
    workers.run(static_cast<std::uint32_t>(here), [&](std::uint32_t i, std::uint32_t) {
      const auto at = (first + i) * packed_piece_bytes;
      const auto size = std::min<std::uint64_t>(packed_piece_bytes, body.size() - at);
      if (hash64(body.subspan(at, size)) != front.sums[first + i]) {
        fine = false;
      }
    });
    if (on_bytes) {
      on_bytes(std::min<std::uint64_t>(here * packed_piece_bytes,
                                       body.size() - first * packed_piece_bytes));
    }
  }
  return fine;
}

} // namespace

result<packed_copy> packed_copy::open(const std::string& path, hash128 key, cpu::parallel& workers,
                                      const std::function<void(std::uint64_t)>& on_bytes) {
  auto mapped = mapped_file::open(path);
  if (!mapped) {
    return mapped.err();
  }
  auto file = std::make_shared<const mapped_file>(*std::move(mapped));
  file->prefer_huge_pages();
  const auto refuse = [&](error why) {
    why.text = path + ": " + why.text;
    why.field = path;
    return why;
  };
  auto front = read_front(file->view(), key);
  if (!front) {
    return refuse(front.err());
  }
  if (!is_whole(file->view().subspan(front->body_at), *front, workers, on_bytes)) {
    return refuse({.code = errc::malformed, .text = "its weights are damaged"});
  }
  return packed_copy{path, std::move(file), *std::move(front)};
}

result<packed_copy::found> packed_copy::find(packed_kind kind, const std::string& name,
                                             std::int32_t outputs, std::int32_t inputs) const {
  const auto at = front_.entries.find(packed_name{kind, name});
  if (at == front_.entries.end()) {
    return error{
        .code = errc::not_found, .text = path_ + ": has no '" + name + "'", .field = path_};
  }
  const auto& entry = at->second;
  if (entry.outputs != outputs || entry.inputs != inputs) {
    return error{.code = errc::malformed,
                 .text = path_ + ": has '" + name + "' in another shape than the config asks for",
                 .field = path_};
  }
  return found{entry, weight_buffer{file_, file_->view().subspan(entry.at, entry.size_bytes)}};
}

void packed_notes::add(packed_kind kind, std::string name, ops::dtype type, std::int32_t outputs,
                       std::int32_t inputs, bytes_view data) {
  const packed_draft draft{{kind, std::move(name)}, {type, outputs, inputs, 0, data.size()}};
  const auto [at, is_new] = known_.emplace(draft.name, draft.entry);
  if (is_new || at->second != draft.entry) {
    all_.push_back({draft, data});
  }
}

void packed_notes::add_floats(std::string name, const std::vector<float>& values) {
  floats_.push_back(std::make_unique<const std::vector<float>>(values));
  add(packed_kind::floats, std::move(name), ops::dtype::f32, 1,
      static_cast<std::int32_t>(values.size()), std::as_bytes(std::span{*floats_.back()}));
}

} // namespace troupe::engine
