// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/part_sender.hpp"

#include "engine/core/ops/packed_slice.hpp"

#include <algorithm>
#include <array>

namespace troupe {
namespace {

using cuda::part;
using cuda::part_cut;
using cuda::part_range;
using engine::ops::dtype;
using engine::ops::packed_matrix;

constexpr std::size_t piece_bytes_max = std::size_t{16} << 20U;
constexpr auto panel_width = engine::ops::panel_width;

/// Those of a rank, where each stands whole on one.
template <class T>
std::span<const T> some_of(std::span<const T> all, const cuda::part_slice& slice) {
  if (slice.cut != part_cut::matrices || all.empty()) {
    return all;
  }
  const auto& range = slice.ranges.front();
  return all.subspan(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.count));
}

/// Whether a slice of codes is codes, too: whole panels of outputs, whole runs of inputs.
bool keeps_codes(const packed_matrix& from, const cuda::part_slice& slice) {
  const bool cuts_inputs = slice.cut == part_cut::inputs;
  const auto granule = cuts_inputs ? engine::ops::inputs_of_slice(from.type) : panel_width;
  const auto size = cuts_inputs ? from.inputs : from.outputs;
  const auto is_whole = [&](const part_range& range) {
    const auto end = range.first + range.count;
    return range.first % granule == 0 && (range.count % granule == 0 || end == size);
  };
  switch (slice.cut) {
    case part_cut::whole:
    case part_cut::matrices:
      return true;
    case part_cut::outputs:
    case part_cut::inputs:
      return std::ranges::all_of(slice.ranges, is_whole);
    default:
      return false;
  }
}

bool may_be_coded(part what, const packed_matrix& from, const cuda::part_slice& slice) {
  return cuda::takes_codes(what) && is_in_codes(from) && keeps_codes(from, slice);
}

} // namespace

bool is_in_codes(const packed_matrix& what) {
  return engine::ops::is_blocked(what.type) || what.type == dtype::fp8;
}

std::uint64_t bf16_bytes(const packed_matrix& what) {
  return sizeof(std::uint16_t) * static_cast<std::uint64_t>(what.outputs)
         * static_cast<std::uint64_t>(what.inputs);
}

part_sender::part_sender(cuda_library::load& to, const cuda::model_facts& whole,
                         std::span<const cuda::layer_facts> layers, engine::cpu::parallel& workers,
                         const engine::progress_callback& on_progress, std::uint64_t total_bytes)
    : to_(to),
      whole_(whole),
      layers_(layers),
      workers_(workers),
      on_progress_(on_progress),
      progress_{.stage = engine::load_stage::send, .total_bytes = total_bytes} {
}

cuda::part_slice part_sender::slice_of(part what, std::int32_t layer) const {
  return cuda::slice_of(what, whole_, layers_[static_cast<std::size_t>(layer)], rank_);
}

void part_sender::numbers(part what, std::int32_t layer, std::span<const float> all) {
  send_numbers(what, layer, all, 0);
}

void part_sender::numbers(part what, std::int32_t layer,
                          std::span<const std::span<const float>> of_each) {
  std::size_t offset = 0;
  for (const auto& one : some_of(of_each, slice_of(what, layer))) {
    offset = send_numbers(what, layer, one, offset);
  }
}

std::size_t part_sender::send_numbers(part what, std::int32_t layer, std::span<const float> all,
                                      std::size_t offset) {
  if (all.empty()) {
    return offset;
  }
  const auto slice = slice_of(what, layer);
  const auto put_some = [&](std::span<const float> some) {
    put({what, layer, dtype::bf16, rank_}, offset, std::as_bytes(some));
    offset += some.size_bytes();
  };
  if (slice.cut == part_cut::outputs) {
    for (const auto& range : slice.ranges) {
      put_some(all.subspan(static_cast<std::size_t>(range.first),
                           static_cast<std::size_t>(range.count)));
    }
  } else if (slice.cut == part_cut::first_rank && rank_ > 0) {
    put_some(std::vector<float>(all.size()));
  } else {
    put_some(all);
  }
  return offset;
}

void part_sender::matrix(part what, std::int32_t layer, const packed_matrix& from) {
  const auto slice = slice_of(what, layer);
  send_slice(what, layer, from, slice, 0, may_be_coded(what, from, slice));
}

void part_sender::matrices(part what, std::int32_t layer, std::span<const packed_matrix> all) {
  const auto slice = slice_of(what, layer);
  all = some_of(all, slice);
  const bool is_coded = std::ranges::all_of(all, [&](const packed_matrix& one) {
    return may_be_coded(what, one, slice) && one.type == all.front().type;
  });
  std::size_t offset = 0;
  for (const auto& one : all) {
    offset = send_slice(what, layer, one, slice, offset, is_coded);
  }
}

std::size_t part_sender::send_slice(part what, std::int32_t layer, const packed_matrix& from,
                                    const cuda::part_slice& slice, std::size_t offset,
                                    bool is_coded) {
  const bool cuts_inputs = slice.cut == part_cut::inputs;
  const bool is_cut = slice.cut == part_cut::outputs || cuts_inputs;
  const part_range outputs{0, from.outputs};
  const part_range inputs{0, from.inputs};
  for (const auto& range : is_cut ? slice.ranges : std::array<part_range, 3>{outputs}) {
    if (range.count == 0 || from.outputs == 0) {
      continue;
    }
    offset = is_coded ? send_codes(what, layer, from, range, cuts_inputs, offset)
                      : send_rows(
                            what, layer,
                            {.rows = cuts_inputs ? outputs : range,
                             .columns = cuts_inputs ? range : inputs,
                             .all_rows = from.outputs,
                             .all_columns = from.inputs},
                            [&](std::int32_t panel, std::span<float> rows) {
                              engine::ops::unpack_panel(from, panel, rows);
                            },
                            offset);
  }
  return offset;
}

std::size_t part_sender::send_codes(part what, std::int32_t layer, const packed_matrix& from,
                                    part_range range, bool cuts_inputs, std::size_t offset) {
  const cuda::part_place where{what, layer, from.type, rank_};
  if (cuts_inputs) {
    return send_whole(where,
                      engine::ops::slice_inputs(from, static_cast<std::int32_t>(range.first),
                                                static_cast<std::int32_t>(range.count)),
                      offset);
  }
  const auto each = engine::ops::panel_bytes(from.type, from.inputs);
  const auto panels = (static_cast<std::size_t>(range.count) + panel_width - 1) / panel_width;
  return send_whole(where,
                    {static_cast<const std::byte*>(from.data)
                         + static_cast<std::size_t>(range.first / panel_width) * each,
                     panels * each},
                    offset);
}

std::size_t part_sender::send_whole(const cuda::part_place& where, std::span<const std::byte> all,
                                    std::size_t offset) {
  for (std::size_t from = 0; from < all.size(); from += piece_bytes_max) {
    const auto here = all.subspan(from, std::min(piece_bytes_max, all.size() - from));
    put(where, offset + from, here);
    tell(here.size());
  }
  return offset + all.size();
}

void part_sender::table(part what, dtype type, std::span<const std::byte> rows) {
  send_whole({what, 0, type, rank_}, rows, 0);
}

void part_sender::table(part what, std::int32_t rows, std::int32_t columns,
                        const panel_widener& widen) {
  send_rows(what, 0,
            {.rows = {0, rows}, .columns = {0, columns}, .all_rows = rows, .all_columns = columns},
            widen, 0);
}

std::size_t part_sender::send_rows(part what, std::int32_t layer, const rectangle& which,
                                   const panel_widener& widen, std::size_t offset) {
  const auto columns = static_cast<std::size_t>(which.columns.count);
  const auto row_bytes = columns * sizeof(std::uint16_t);
  const auto panels_max = static_cast<std::int64_t>(
      std::max<std::size_t>(1, piece_bytes_max / (panel_width * row_bytes)));
  const auto end = which.rows.first + which.rows.count;
  std::vector<std::vector<float>> wide(workers_.threads());
  for (auto panel = which.rows.first / panel_width; panel * panel_width < end && outcome_;
       panel += panels_max) {
    const auto from = std::max(which.rows.first, panel * panel_width);
    const auto to = std::min(end, (panel + panels_max) * panel_width);
    piece_.resize(static_cast<std::size_t>(to - from) * columns);
    const auto panels = static_cast<std::uint32_t>((to - 1) / panel_width - panel + 1);
    workers_.run(panels, [&](std::uint32_t number, std::uint32_t worker) {
      const auto first = (panel + number) * panel_width;
      const auto here = std::min<std::int64_t>(panel_width, which.all_rows - first);
      auto& all = wide[worker];
      all.resize(static_cast<std::size_t>(here) * static_cast<std::size_t>(which.all_columns));
      widen(static_cast<std::int32_t>(panel + number), all);
      for (auto row = std::max(first, from); row < std::min(first + here, to); ++row) {
        const auto* begin = all.data() + (row - first) * which.all_columns + which.columns.first;
        std::transform(begin, begin + which.columns.count,
                       piece_.data() + static_cast<std::size_t>(row - from) * columns,
                       engine::ops::f32_to_bf16);
      }
    });
    put({what, layer, dtype::bf16, rank_},
        offset + static_cast<std::size_t>(from - which.rows.first) * row_bytes,
        std::as_bytes(std::span{piece_}));
    tell(piece_.size() * sizeof piece_.front());
  }
  return offset + static_cast<std::size_t>(which.rows.count) * row_bytes;
}

void part_sender::tell(std::size_t sent_bytes) {
  progress_.done_bytes = std::min(progress_.done_bytes + sent_bytes, progress_.total_bytes);
  if (on_progress_) {
    on_progress_(progress_);
  }
}

void part_sender::put(const cuda::part_place& where, std::size_t offset,
                      std::span<const std::byte> data) {
  if (outcome_) {
    outcome_ = to_.put(where, offset, data);
  }
}

} // namespace troupe
