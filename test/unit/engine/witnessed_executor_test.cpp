// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/witnessed_executor.hpp"

#include <doctest/doctest.h>

#include <string>

namespace troupe::engine {

namespace {

class fake_executor final : public executor {
public:
  explicit fake_executor(std::string& said) : said_(said) {}
  [[nodiscard]] const executor_traits& traits() const override { return traits_; }
  void allocate_pool(std::uint32_t) override {}
  void begin(const step_plan&) override { said_ += "begin "; }
  void execute(const step_plan&, step_output&) override { said_ += "step "; }
  void read_page(slot_id, std::span<std::byte>) override { said_ += "read "; }
  void write_page(slot_id, std::span<const std::byte>) override { said_ += "write "; }
  void tag_slot(slot_id, block_name, std::uint64_t) override { said_ += "tag "; }

private:
  std::string& said_;
  executor_traits traits_{.vocab_size = 42};
};

class fake_witness final : public step_witness {
public:
  explicit fake_witness(std::string& said) : said_(said) {}
  void begin(std::span<const witnessed_request> all) override {
    for (const auto& one : all) {
      said_ += std::to_string(one.request.value.low) + "@" + std::to_string(one.index) + " ";
    }
  }
  void end() override { said_ += "end"; }

private:
  std::string& said_;
};

step_row row_of(std::uint64_t request, std::uint32_t index) {
  return {.request = request_id{{0, request}}, .index = index};
}

} // namespace

TEST_CASE("a witness knows the requests of a step before it begins, each once, and its end") {
  std::string said;
  const auto exec =
      make_witnessed(std::make_unique<fake_executor>(said), std::make_shared<fake_witness>(said));
  step_output out;

  exec->execute({.rows = {row_of(2, 1), row_of(1, 7), row_of(2, 5), row_of(0, 9)}}, out);

  CHECK(said == "1@7 2@5 begin step end");
  CHECK(exec->traits().vocab_size == 42);
  exec->tag_slot(0, {}, 0);
  CHECK(said == "1@7 2@5 begin step endtag ");

  said.clear();
  const step_plan next{.rows = {row_of(3, 1)}};
  exec->begin(next);
  CHECK(said == "3@1 begin ");
  exec->execute(next, out);
  CHECK(said == "3@1 begin step end");
}

} // namespace troupe::engine
