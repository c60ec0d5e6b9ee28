// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"

/// The reference path: plain C++, the arithmetic of the op contracts written out. Every other path
/// is tested against it bit by bit.
namespace troupe::engine::cpu::portable {

void embedding(const ops::embedding_args& args);
void rms_norm(const ops::rms_norm_args& args);
void matmul(const ops::matmul_args& args);
void round_rows(const ops::round_rows_args& args);
void pair_matmul(const ops::pair_matmul_args& args);
/// pair_matmul in the order tiles; in no table, the path of AMX is held to it.
void tile_matmul(const ops::pair_matmul_args& args);
void scale_add(const ops::scale_add_args& args);
void widen_fp8(const std::uint8_t* codes, std::size_t count, std::uint16_t* out);
void quantize_rows(const ops::quantize_rows_args& args);
void block_matmul(const ops::block_matmul_args& args);
void rope(const ops::rope_args& args);
void kv_store(const ops::kv_store_args& args);
void paged_attention(const ops::paged_attention_args& args);
void silu_mul(const ops::silu_mul_args& args);
void gelu_mul(const ops::silu_mul_args& args);
void softcap(const ops::softcap_args& args);
void swiglu_oai(const ops::silu_mul_args& args);
void layer_norm(const ops::layer_norm_args& args);
void gelu(const ops::gelu_args& args);
void scale_rows(const ops::scale_rows_args& args);
void add(const ops::add_args& args);
void route(const ops::route_args& args);
void gather_rows(const ops::gather_rows_args& args);
void scatter_add(const ops::scatter_add_args& args);

} // namespace troupe::engine::cpu::portable
