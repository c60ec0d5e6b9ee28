// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/rng.hpp"
#include "runtime/codec/codec.hpp"
#include "test/support/fill.hpp"
#include "test/unit/codec/sample.hpp"

#include <doctest/doctest.h>
#include <msgpack.hpp>

#include <optional>

using namespace troupe;
using namespace troupe::test;

namespace {

std::optional<msgpack::object_handle> parse(const bytes& data) {
  try {
    std::size_t end = 0;
    auto tree = msgpack::unpack(reinterpret_cast<const char*>(data.data()), data.size(), end);
    if (end != data.size()) {
      return std::nullopt;
    }
    return tree;
  } catch (const msgpack::unpack_error&) {
    return std::nullopt;
  }
}

} // namespace

TEST_CASE("what we write is what msgpack-cxx reads") {
  const auto value = filled<sample>();
  const auto tree = parse(encode(value));
  REQUIRE(tree);
  const auto& root = tree->get();

  REQUIRE(root.type == msgpack::type::MAP);
  REQUIRE(root.via.map.size == field_count<sample>());
  const auto at = [&](std::uint32_t i) -> const msgpack::object& {
    CHECK(root.via.map.ptr[i].key.via.u64 == i + 1);
    return root.via.map.ptr[i].val;
  };
  CHECK(at(0).as<bool>() == value.flag);
  CHECK(at(1).as<int>() == value.tiny);
  CHECK(at(2).as<std::int64_t>() == value.wide);
  CHECK(at(3).as<std::uint64_t>() == value.big);
  CHECK(at(4).as<float>() == value.real);
  CHECK(at(5).as<double>() == value.real_wide);
  CHECK(at(6).as<std::string>() == value.text);
  CHECK(at(8).as<int>() == static_cast<int>(value.hue));
  CHECK(at(13).via.bin.size == 8);
  CHECK(at(14).via.bin.size == 32);
  CHECK(at(15).via.array.size == 2);
}

TEST_CASE("whatever our reader takes, msgpack-cxx takes too") {
  const auto whole = encode(filled<sample>());
  rng draw(7);
  int taken = 0;
  for (int round = 0; round < 5'000; ++round) {
    auto mutant = whole;
    mutant[draw.below(mutant.size())] = static_cast<std::byte>(draw.below(256));
    if (decode<sample>(mutant)) {
      ++taken;
      REQUIRE(parse(mutant));
    }
  }
  CHECK(taken > 100);
}
