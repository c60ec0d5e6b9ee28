// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/llama_forward.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::engine {
namespace {

/// Rows of one tile: enough to pay for widening a panel of weights, few enough that the tile's
/// activations stay in a level 2 cache. A multiple of the kernel's 6.
constexpr std::int32_t tile_rows_max = 132;

/// Up to this many rows one tile takes all and shares its matmuls out by columns, so that every
/// weight is read once; above, tiles go to the workers.
constexpr std::int32_t shared_rows_max = 24;

/// Multiplications below which waking a helper costs more than it saves.
constexpr std::int64_t parallel_work_min = 1 << 17;

/// Query positions that one attention task takes.
constexpr std::int32_t attention_rows = 48;

std::size_t padded(std::int32_t cols) {
  return static_cast<std::size_t>(ops::round_up_to_panel(cols));
}

} // namespace

llama_forward::llama_forward(const llama_weights& weights, const ops::kv_layout& layout,
                             const cpu::cpu_ops& ops, cpu::parallel& workers)
    : weights_(weights),
      layout_(layout),
      ops_(ops),
      workers_(workers),
      rope_(weights.spec),
      scale_(1.0F / std::sqrt(static_cast<float>(weights.spec.head_dim))),
      hidden_stride_(padded(weights.spec.hidden)),
      q_stride_(padded(weights.spec.q_cols() + 2 * weights.spec.kv_cols())),
      attention_stride_(padded(weights.spec.q_cols())),
      wide_stride_(padded(2 * weights.spec.feed_forward)),
      logits_stride_(padded(weights.spec.vocab)),
      scratch_(workers.threads()) {
}

std::span<const float> llama_forward::logits(std::size_t i) const {
  TROUPE_CHECK(i < wanted_.size());
  return std::span{logits_}.subspan(i * logits_stride_,
                                    static_cast<std::size_t>(weights_.spec.vocab));
}

void llama_forward::run(std::span<const step_row> rows, float* pool) {
  flatten(rows);
  reserve();
  const auto last = weights_.spec.layers - 1;
  for (std::int32_t layer = 0; layer <= last; ++layer) {
    for_tiles(static_cast<std::int32_t>(ids_.size()), [&](const tile& t) {
      if (layer == 0) {
        embed(t);
      } else {
        finish_layer(t, layer - 1);
      }
      begin_layer(t, layer, pool);
    });
    attend(layer, pool, layer == last);
  }
  if (wanted_.empty()) {
    return;
  }
  keep_wanted();
  const auto count = static_cast<std::int32_t>(wanted_.size());
  for_tiles(count, [&](const tile& t) {
    finish_layer(t, last);
    norm(t, weights_.final_norm);
    multiply(t, weights_.head, t.memory->narrow.data(), hidden_stride_,
             logits_.data() + static_cast<std::size_t>(t.first) * logits_stride_, logits_stride_);
  });
}

void llama_forward::flatten(std::span<const step_row> rows) {
  ids_.clear();
  positions_.clear();
  segments_.clear();
  wanted_.clear();
  for (const auto& row : rows) {
    TROUPE_CHECK(!row.tokens.empty());
    TROUPE_CHECK(row.first_position + row.tokens.size() <= weights_.spec.context_tokens_max);
    TROUPE_CHECK(row.first_position + row.tokens.size()
                 <= row.blocks.size() * static_cast<std::size_t>(layout_.block_size));
    if (row.wants_token) {
      wanted_.push_back(static_cast<std::int32_t>(segments_.size()));
    }
    segments_.push_back({&row, static_cast<std::int32_t>(ids_.size()),
                         static_cast<std::int32_t>(row.tokens.size())});
    for (const auto id : row.tokens) {
      TROUPE_CHECK(id < static_cast<token_id>(weights_.spec.vocab));
      positions_.push_back(row.first_position + static_cast<std::uint32_t>(ids_.size())
                           - static_cast<std::uint32_t>(segments_.back().first));
      ids_.push_back(id);
    }
  }
}

void llama_forward::reserve() {
  const auto grow = [](std::vector<float>& buffer, std::size_t count) {
    if (buffer.size() < count) {
      buffer.resize(count);
    }
  };
  const auto tokens = ids_.size();
  grow(x_, tokens * hidden_stride_);
  grow(qkv_, tokens * q_stride_);
  grow(attention_, tokens * attention_stride_);
  grow(logits_, wanted_.size() * logits_stride_);
  const auto rows = std::min(tokens, static_cast<std::size_t>(tile_rows_max));
  for (auto& memory : scratch_) {
    grow(memory.narrow, rows * hidden_stride_);
    grow(memory.wide, rows * wide_stride_);
  }
  if (!positions_.empty()) {
    rope_.cover(*std::ranges::max_element(positions_) + 1);
  }
}

template <class Body>
void llama_forward::for_tiles(std::int32_t rows, const Body& body) {
  const auto threads = static_cast<std::int32_t>(workers_.threads());
  if (rows <= shared_rows_max || (threads == 1 && rows <= tile_rows_max)) {
    if (rows > 0) {
      body(tile{0, rows, true, &scratch_[0]});
    }
    return;
  }
  const auto rounds = (rows + threads * tile_rows_max - 1) / (threads * tile_rows_max);
  const auto even = (rows + threads * rounds - 1) / (threads * rounds);
  const auto step = std::min((even + 5) / 6 * 6, tile_rows_max);
  workers_.run(static_cast<std::uint32_t>((rows + step - 1) / step),
               [&](std::uint32_t task, std::uint32_t worker) {
                 const auto first = static_cast<std::int32_t>(task) * step;
                 body(tile{first, std::min(step, rows - first), false, &scratch_[worker]});
               });
}

void llama_forward::embed(const tile& t) {
  const auto first = static_cast<std::size_t>(t.first);
  ops_.embedding({.table = weights_.embedding.data(),
                  .type = weights_.embedding_type,
                  .cols = weights_.spec.hidden,
                  .ids = ids_.data() + first,
                  .rows = t.rows,
                  .out = x_.data() + first * hidden_stride_,
                  .out_stride = hidden_stride_});
}

void llama_forward::begin_layer(const tile& t, std::int32_t layer, float* pool) {
  const auto& w = weights_.layers[static_cast<std::size_t>(layer)];
  const auto first = static_cast<std::size_t>(t.first);
  norm(t, w.input_norm);
  float* qkv = qkv_.data() + first * q_stride_;
  multiply(t, w.qkv, t.memory->narrow.data(), hidden_stride_, qkv, q_stride_);
  ops_.rope({.x = qkv,
             .x_stride = q_stride_,
             .rows = t.rows,
             .heads = weights_.spec.heads + weights_.spec.kv_heads,
             .head_dim = weights_.spec.head_dim,
             .positions = positions_.data() + first,
             .cos = rope_.cos(),
             .sin = rope_.sin()});
  store_keys(t, layer, pool);
}

void llama_forward::store_keys(const tile& t, std::int32_t layer, float* pool) {
  const auto q_cols = static_cast<std::size_t>(weights_.spec.q_cols());
  const auto kv_cols = static_cast<std::size_t>(weights_.spec.kv_cols());
  const auto after = [&](std::int32_t row, const segment& s) {
    return row < s.first + s.count;
  };
  auto s = std::ranges::upper_bound(segments_, t.first, {}, &segment::first) - 1;
  for (auto row = t.first; row < t.first + t.rows; ++s) {
    TROUPE_CHECK(s != segments_.end() && after(row, *s));
    const auto rows = std::min(s->first + s->count, t.first + t.rows) - row;
    const float* qkv = qkv_.data() + static_cast<std::size_t>(row) * q_stride_;
    ops_.kv_store(
        {.k = qkv + q_cols,
         .v = qkv + q_cols + kv_cols,
         .stride = q_stride_,
         .rows = rows,
         .first_position = static_cast<std::int32_t>(positions_[static_cast<std::size_t>(row)]),
         .slots = s->row->blocks.data(),
         .layout = layout_,
         .layer = layer,
         .pool = pool});
    row += rows;
  }
}

void llama_forward::attend(std::int32_t layer, const float* pool, bool only_wanted) {
  struct task {
    const segment* of;
    std::int32_t first; // Flat row.
    std::int32_t rows;
  };
  std::vector<task> tasks;
  std::int64_t work = 0;
  const auto add = [&](const segment& s, std::int32_t from) {
    for (; from < s.count; from += attention_rows) {
      const auto rows = std::min(attention_rows, s.count - from);
      tasks.push_back({&s, s.first + from, rows});
      work += std::int64_t{rows} * (static_cast<std::int64_t>(s.row->first_position) + from + rows);
    }
  };
  if (only_wanted) {
    for (const auto i : wanted_) {
      const auto& s = segments_[static_cast<std::size_t>(i)];
      add(s, s.count - 1);
    }
  } else {
    for (const auto& s : segments_) {
      add(s, 0);
    }
  }
  const auto heads = static_cast<std::uint32_t>(layout_.kv_heads);
  const auto run = [&](std::uint32_t number, std::uint32_t) {
    const auto& t = tasks[number / heads];
    const auto row = static_cast<std::size_t>(t.first);
    ops_.paged_attention({.q = qkv_.data() + row * q_stride_,
                          .q_stride = q_stride_,
                          .rows = t.rows,
                          .first_position = static_cast<std::int32_t>(positions_[row]),
                          .heads = weights_.spec.heads,
                          .kv_head = static_cast<std::int32_t>(number % heads),
                          .scale = scale_,
                          .slots = t.of->row->blocks.data(),
                          .layout = layout_,
                          .layer = layer,
                          .pool = pool,
                          .out = attention_.data() + row * attention_stride_,
                          .out_stride = attention_stride_});
  };
  const auto count = static_cast<std::uint32_t>(tasks.size()) * heads;
  if (work * 2 * weights_.spec.q_cols() >= parallel_work_min) {
    workers_.run(count, run);
  } else {
    for (std::uint32_t i = 0; i < count; ++i) {
      run(i, 0);
    }
  }
}

void llama_forward::finish_layer(const tile& t, std::int32_t layer) {
  const auto& w = weights_.layers[static_cast<std::size_t>(layer)];
  const auto first = static_cast<std::size_t>(t.first);
  float* narrow = t.memory->narrow.data();
  float* wide = t.memory->wide.data();
  const auto add_narrow = [&] {
    ops_.add({.x = narrow,
              .x_stride = hidden_stride_,
              .rows = t.rows,
              .cols = weights_.spec.hidden,
              .out = x_.data() + first * hidden_stride_,
              .out_stride = hidden_stride_});
  };
  multiply(t, w.attention_out, attention_.data() + first * attention_stride_, attention_stride_,
           narrow, hidden_stride_);
  add_narrow();
  norm(t, w.post_norm);
  multiply(t, w.gate_up, narrow, hidden_stride_, wide, wide_stride_);
  ops_.silu_mul({.gate_up = wide,
                 .gate_up_stride = wide_stride_,
                 .rows = t.rows,
                 .cols = weights_.spec.feed_forward,
                 .out = wide,
                 .out_stride = wide_stride_});
  multiply(t, w.down, wide, wide_stride_, narrow, hidden_stride_);
  add_narrow();
}

/// Moves the rows whose logits are asked for to the front; each moves down or stays.
void llama_forward::keep_wanted() {
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const auto& s = segments_[static_cast<std::size_t>(wanted_[i])];
    const auto row = static_cast<std::size_t>(s.first + s.count - 1);
    if (row != i) {
      std::copy_n(x_.begin() + static_cast<std::ptrdiff_t>(row * hidden_stride_), hidden_stride_,
                  x_.begin() + static_cast<std::ptrdiff_t>(i * hidden_stride_));
      std::copy_n(attention_.begin() + static_cast<std::ptrdiff_t>(row * attention_stride_),
                  attention_stride_,
                  attention_.begin() + static_cast<std::ptrdiff_t>(i * attention_stride_));
    }
  }
}

void llama_forward::norm(const tile& t, const std::vector<float>& weight) {
  ops_.rms_norm({.x = x_.data() + static_cast<std::size_t>(t.first) * hidden_stride_,
                 .x_stride = hidden_stride_,
                 .rows = t.rows,
                 .cols = weights_.spec.hidden,
                 .weight = weight.data(),
                 .eps = weights_.spec.norm_eps,
                 .out = t.memory->narrow.data(),
                 .out_stride = hidden_stride_});
}

void llama_forward::multiply(const tile& t, const owned_matrix& w, const float* x,
                             std::size_t x_stride, float* out, std::size_t out_stride) {
  const auto panels = w.view.panels();
  const auto part = [&](std::int32_t begin, std::int32_t end) {
    ops_.matmul({.x = x,
                 .x_stride = x_stride,
                 .rows = t.rows,
                 .w = w.view,
                 .panel_begin = begin,
                 .panel_end = end,
                 .out = out,
                 .out_stride = out_stride});
  };
  const auto work = std::int64_t{panels} * ops::panel_width * w.view.inputs * t.rows;
  const auto threads = static_cast<std::int32_t>(workers_.threads());
  if (!t.is_alone || threads == 1 || work < parallel_work_min) {
    part(0, panels);
    return;
  }
  // Two shares a thread, so that a late helper costs at most half of its part; of whole groups of
  // four panels, which the kernel for one row takes at once.
  const auto step = ((panels + 2 * threads - 1) / (2 * threads) + 3) / 4 * 4;
  workers_.run(static_cast<std::uint32_t>((panels + step - 1) / step),
               [&](std::uint32_t task, std::uint32_t) {
                 const auto begin = static_cast<std::int32_t>(task) * step;
                 part(begin, std::min(begin + step, panels));
               });
}

} // namespace troupe::engine
