// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/avx2/exp_avx2.hpp"
#include "engine/core/cpu/avx2/micro.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu::avx2 {
namespace {

using args_type = ops::paged_attention_args;

constexpr std::size_t split = ops::attention_split;
constexpr std::size_t pieces = split / 16; ///< Of 16 keys, in one split.
constexpr std::size_t tile_rows = 24;

/// Off a power of two, so that the rows of a tile do not fall into the same cache sets.
constexpr std::size_t weight_stride = split + 16;

/// The (token, head) pairs computed together, token by token, and their running softmax.
struct tile {
  std::size_t rows = 0;
  std::size_t head_dim = 0;
  std::size_t value_dim = 0;
  std::size_t first[tile_rows];   ///< Key that each row sees first.
  std::size_t visible[tile_rows]; ///< Behind the last key that each row sees.
  std::size_t skipped[tile_rows]; ///< Keys of this split before the row's first,
  std::size_t count[tile_rows];   ///< and those before its end.
  float maximum[tile_rows];
  float total[tile_rows];
  const float* keys[pieces];   ///< [head_dim][key_stride], 16 used.
  const float* values[pieces]; ///< [16][value_dim].
  std::size_t key_stride = 0;
  float softcap = 0;
  alignas(64) float q[tile_rows * ops::head_dim_max];
  alignas(64) float sums[tile_rows * ops::head_dim_max];
  alignas(64) float weights[tile_rows * weight_stride];
  alignas(64) float turned[split * ops::shared_dim_max]; ///< Values that stand in keys, as rows.
};

template <int R, int P>
void score_pieces(tile& t, std::size_t row, std::size_t piece) {
  const float* keys[P];
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) {
    keys[p] = t.keys[piece + static_cast<std::size_t>(p)];
  }
  __m256 acc[R][2 * P];
  clear<R, P>(acc);
  multiply<load_f32, R, P>(acc, t.q + row * t.head_dim, t.head_dim, keys, t.key_stride, t.head_dim);
  store<R, P>(acc, t.weights + row * weight_stride + piece * 16, weight_stride);
}

template <int R, int P>
void score_rows(tile& t, std::size_t row, std::size_t first, std::size_t end) {
  std::size_t piece = first;
  for (; piece + P <= end; piece += P) {
    score_pieces<R, P>(t, row, piece);
  }
  for (; piece < end; ++piece) {
    score_pieces<R, 1>(t, row, piece);
  }
}

/// All rows against the pieces [first, end) while those are in the cache.
void score(tile& t, std::size_t first, std::size_t end) {
  for (std::size_t row = 0; row < t.rows;) {
    const int now = next_rows(t.rows - row);
    switch (now) {
      case 1:
        score_rows<1, 4>(t, row, first, end);
        break;
      case 2:
        score_rows<2, 2>(t, row, first, end);
        break;
      case 3:
        score_rows<3, 2>(t, row, first, end);
        break;
      case 4:
        score_rows<4, 1>(t, row, first, end);
        break;
      case 5:
        score_rows<5, 1>(t, row, first, end);
        break;
      default:
        score_rows<6, 1>(t, row, first, end);
        break;
    }
    row += static_cast<std::size_t>(now);
  }
}

float maximum_of(const float* scores, std::size_t begin, std::size_t padded) {
  __m256 highest = _mm256_loadu_ps(scores + begin);
  for (std::size_t j = begin + 8; j < padded; j += 8) {
    highest = _mm256_max_ps(highest, _mm256_loadu_ps(scores + j));
  }
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(highest), _mm256_extractf128_ps(highest, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_shuffle_ps(four, four, 1)));
}

float exponentials(float* scores, std::size_t skipped, std::size_t count, std::size_t padded,
                   float maximum) {
  const __m256 shift = _mm256_set1_ps(maximum);
  __m256 low = _mm256_setzero_ps();
  __m256 high = _mm256_setzero_ps();
  for (std::size_t j = skipped / 16 * 16; j < padded; j += 16) {
    _mm256_storeu_ps(scores + j, exp_eight(_mm256_sub_ps(_mm256_loadu_ps(scores + j), shift)));
    _mm256_storeu_ps(scores + j + 8,
                     exp_eight(_mm256_sub_ps(_mm256_loadu_ps(scores + j + 8), shift)));
    for (std::size_t before = j; before < skipped; ++before) {
      scores[before] = 0;
    }
    for (std::size_t past = count; past < j + 16; ++past) {
      scores[past] = 0;
    }
    low = _mm256_add_ps(low, _mm256_loadu_ps(scores + j));
    high = _mm256_add_ps(high, _mm256_loadu_ps(scores + j + 8));
  }
  return sum_lanes(low, high);
}

void soften(tile& t, std::size_t row, bool is_first) {
  float* scores = t.weights + row * weight_stride;
  const std::size_t skipped = t.skipped[row];
  const std::size_t begin = skipped / 16 * 16;
  const std::size_t count = t.count[row];
  for (std::size_t j = skipped; t.softcap > 0 && j < count; ++j) {
    scores[j] = t.softcap * tanh_f32(scores[j] / t.softcap);
  }
  const std::size_t padded = (count + 15) / 16 * 16;
  for (std::size_t before = begin; before < skipped; ++before) {
    scores[before] = -__builtin_inff();
  }
  for (std::size_t past = count; past < padded; ++past) {
    scores[past] = -__builtin_inff();
  }
  float highest = maximum_of(scores, begin, padded);
  if (!is_first) {
    highest = highest > t.maximum[row] ? highest : t.maximum[row];
    const float shrink = _mm256_cvtss_f32(exp_eight(_mm256_set1_ps(t.maximum[row] - highest)));
    t.total[row] *= shrink;
    float* sums = t.sums + row * t.value_dim;
    for (std::size_t i = 0; i < t.value_dim; ++i) {
      sums[i] *= shrink;
    }
  }
  t.maximum[row] = highest;
  t.total[row] += exponentials(scores, skipped, count, padded, highest);
}

template <int R, int P>
void gather(tile& t, std::size_t row, std::size_t from, std::size_t to, std::size_t column) {
  float* sums = t.sums + row * t.value_dim + column;
  __m256 acc[R][2 * P];
  load<R, P>(acc, sums, t.value_dim);
  for (std::size_t j = from; j < to;) {
    const std::size_t end = (j / 16 + 1) * 16 < to ? (j / 16 + 1) * 16 : to;
    const float* values[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      values[p] =
          t.values[j / 16] + (j % 16) * t.value_dim + column + 16 * static_cast<std::size_t>(p);
    }
    multiply<load_f32, R, P>(acc, t.weights + row * weight_stride + j, weight_stride, values,
                             t.value_dim, end - j);
    j = end;
  }
  store<R, P>(acc, sums, t.value_dim);
}

template <int R, int P>
void gather_columns(tile& t, std::size_t row, std::size_t from, std::size_t to) {
  if (from >= to) {
    return;
  }
  std::size_t column = 0;
  for (; column + 16 * P <= t.value_dim; column += 16 * P) {
    gather<R, P>(t, row, from, to, column);
  }
  for (; column < t.value_dim; column += 16) {
    gather<R, 1>(t, row, from, to, column);
  }
}

/// Each row takes the keys that only it sees first, then all take those they see together, then
/// each its own last ones: a masked key is never multiplied, whatever stands in its slot.
void weigh(tile& t) {
  for (std::size_t row = 0; row < t.rows;) {
    const int now = next_rows(t.rows - row);
    const std::size_t end = row + static_cast<std::size_t>(now);
    std::size_t from = t.skipped[row];
    std::size_t to = t.count[row];
    for (std::size_t r = row + 1; r < end; ++r) {
      from = t.skipped[r] > from ? t.skipped[r] : from;
      to = t.count[r] < to ? t.count[r] : to;
    }
    const bool is_shared = from < to;
    for (std::size_t r = row; r < end && is_shared; ++r) {
      gather_columns<1, 4>(t, r, t.skipped[r], from);
    }
    switch (now) {
      case 1:
        gather_columns<1, 4>(t, row, from, to);
        break;
      case 2:
        gather_columns<2, 2>(t, row, from, to);
        break;
      case 3:
        gather_columns<3, 2>(t, row, from, to);
        break;
      case 4:
        gather_columns<4, 1>(t, row, from, to);
        break;
      case 5:
        gather_columns<5, 1>(t, row, from, to);
        break;
      default:
        gather_columns<6, 1>(t, row, from, to);
        break;
    }
    for (; row < end; ++row) {
      gather_columns<1, 4>(t, row, is_shared ? to : t.skipped[row], t.count[row]);
    }
  }
}

/// The values of a piece of keys, token by token; what lies past the last key is copied unread.
const float* turn(tile& t, std::size_t piece) {
  float* out = t.turned + piece * 16 * t.value_dim;
  const float* keys = t.keys[piece];
  for (std::size_t i = 0; i < t.value_dim; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      out[j * t.value_dim + i] = keys[i * t.key_stride + j];
    }
  }
  return out;
}

/// Those of the keys [base + 16 first, end).
void locate_pieces(const args_type& args, tile& t, std::size_t base, std::size_t first,
                   std::size_t end) {
  const auto block_size = static_cast<std::size_t>(args.layout.block_size);
  for (std::size_t at = base + 16 * first; at < end; at += 16) {
    const float* block = args.pool + args.slots[at / block_size] * args.layout.block_elements();
    const std::size_t inside = at % block_size;
    const std::size_t piece = (at - base) / 16;
    t.keys[piece] = block + args.layout.keys_at(args.layer, args.kv_head) + inside;
    t.values[piece] =
        args.layout.shared_dim > 0
            ? turn(t, piece)
            : block + args.layout.values_at(args.layer, args.kv_head) + inside * t.head_dim;
  }
}

/// The part of [base, base + split) that a row sees; from a row's first split on.
void show(tile& t, std::size_t row, std::size_t base) {
  const std::size_t seen = t.visible[row] > base ? t.visible[row] - base : 0;
  const bool is_before = t.first[row] >= base + split;
  t.count[row] = is_before ? 0 : seen < split ? seen : split;
  t.skipped[row] = is_before || t.first[row] <= base ? 0 : t.first[row] - base;
}

void attend(const args_type& args, tile& t) {
  const std::size_t last = t.visible[t.rows - 1];
  for (std::size_t base = t.first[0] / split * split; base < last; base += split) {
    const std::size_t end = last - base < split ? last : base + split;
    const std::size_t unseen = t.first[0] > base ? (t.first[0] - base) / 16 : 0;
    locate_pieces(args, t, base, unseen, end);
    for (std::size_t piece = unseen; piece < (end - base + 15) / 16; piece += 4) {
      const std::size_t all = (end - base + 15) / 16;
      score(t, piece, piece + 4 < all ? piece + 4 : all);
    }
    for (std::size_t row = 0; row < t.rows; ++row) {
      show(t, row, base);
      if (t.count[row] > 0) {
        soften(t, row, base <= t.first[row]);
      }
    }
    weigh(t);
  }
}

/// Query positions and heads, out of those that share the kv head, that make one tile.
struct part {
  std::size_t token;
  std::size_t tokens;
  std::size_t head;
  std::size_t heads;
};

/// Loads the queries, attends, writes their outputs.
void run_tile(const args_type& args, tile& t, const part& of) {
  t.rows = of.tokens * of.heads;
  for (std::size_t row = 0; row < t.rows; ++row) {
    const std::size_t at = of.token + row / of.heads;
    const float* q = args.q + at * args.q_stride + (of.head + row % of.heads) * t.head_dim;
    for (std::size_t i = 0; i < t.head_dim; ++i) {
      t.q[row * t.head_dim + i] = q[i] * args.scale;
    }
    for (std::size_t i = 0; i < t.value_dim; ++i) {
      t.sums[row * t.value_dim + i] = 0;
    }
    t.visible[row] = static_cast<std::size_t>(args.first_position) + at + 1;
    t.first[row] = ops::first_key(t.visible[row], args.window, args.chunk);
    t.total[row] = 0;
  }
  attend(args, t);
  for (std::size_t row = 0; row < t.rows; ++row) {
    const std::size_t head = of.head + row % of.heads;
    float* out = args.out + (of.token + row / of.heads) * args.out_stride + head * t.value_dim;
    if (args.sinks != nullptr) {
      t.total[row] += exp_f32(args.sinks[head] - t.maximum[row]);
    }
    const float inverse = 1.0F / t.total[row];
    for (std::size_t i = 0; i < t.value_dim; ++i) {
      out[i] = t.sums[row * t.value_dim + i] * inverse;
    }
  }
}

} // namespace

void paged_attention(const args_type& args) {
  const auto& layout = args.layout;
  TROUPE_CHECK(args.rows >= 1 && args.first_position >= 0);
  TROUPE_CHECK(args.window >= 0 && args.chunk >= 0);
  TROUPE_CHECK(layout.block_size >= 16 && ops::attention_split % layout.block_size == 0);
  TROUPE_CHECK(layout.head_dim >= 16 && layout.head_dim % 16 == 0);
  TROUPE_CHECK(layout.head_dim <= ops::head_dim_max);
  TROUPE_CHECK(layout.shared_dim >= 0 && layout.shared_dim % 16 == 0);
  TROUPE_CHECK(layout.shared_dim <= ops::shared_dim_max && layout.shared_dim <= layout.head_dim);
  TROUPE_CHECK(args.heads % layout.kv_heads == 0);
  const auto group = static_cast<std::size_t>(args.heads / layout.kv_heads);
  TROUPE_CHECK(group <= ops::head_group_max);
  const auto begin = static_cast<std::size_t>(args.head_begin);
  const auto end = args.head_end > 0 ? static_cast<std::size_t>(args.head_end) : group;
  TROUPE_CHECK(args.head_begin >= 0 && begin < end && end <= group);
  tile t;
  t.head_dim = static_cast<std::size_t>(layout.head_dim);
  t.value_dim = static_cast<std::size_t>(layout.value_dim());
  t.key_stride = static_cast<std::size_t>(layout.block_size);
  t.softcap = args.softcap;
  const std::size_t heads = end - begin < tile_rows ? end - begin : tile_rows;
  const std::size_t step = tile_rows / heads;
  const auto rows = static_cast<std::size_t>(args.rows);
  const std::size_t first_head = static_cast<std::size_t>(args.kv_head) * group;
  for (std::size_t token = 0; token < rows; token += step) {
    const std::size_t tokens = rows - token < step ? rows - token : step;
    for (std::size_t head = begin; head < end; head += heads) {
      run_tile(args, t,
               {token, tokens, first_head + head, end - head < heads ? end - head : heads});
    }
  }
}

} // namespace troupe::engine::cpu::avx2
