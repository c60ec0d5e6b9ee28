// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/answer_format.hpp"
#include "actors/gateway/openai_format.hpp"
#include "actors/gateway/prepare.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace troupe::openai {

/// The bytes of POST /v1/embeddings, one JSON text; never streamed. Vectors have length 1.
/// Source: the OpenAI API. Checked: test/unit/gateway/embedding_format_test.cpp (expected bytes)
class embedding_format final : public answer_format {
public:
  embedding_format(answer_head head, std::shared_ptr<const prepared> what)
      : head_(std::move(head)), what_(std::move(what)), vectors_(what_->answers()) {}

  void begin(std::string&, std::uint32_t) override {}
  void add(std::string&, std::uint32_t, const choice_delta&) override {}
  void finish(std::string&, std::uint32_t, finish_reason) override {}
  void close(std::string&, const token_usage&) override {}

  void keep(std::uint32_t choice, const choice_delta& what) override;
  void keep_end(std::uint32_t, finish_reason) override {}
  void write_whole(std::string& out, const token_usage& used) override;

private:
  void append_vector(std::string& out, const std::vector<float>& values) const;

  answer_head head_;
  std::shared_ptr<const prepared> what_;
  std::vector<std::vector<float>> vectors_; ///< By input.
};

/// RFC 4648 section 4, padded.
void append_base64(std::string& out, std::span<const std::byte> data);

} // namespace troupe::openai
