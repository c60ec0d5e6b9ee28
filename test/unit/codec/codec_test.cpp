// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/codec.hpp"

#include "runtime/base/rng.hpp"
#include "test/support/fill.hpp"
#include "test/unit/codec/sample.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace troupe;
using namespace troupe::test;

namespace {

bytes raw(std::initializer_list<int> values) {
  bytes out;
  for (const auto value : values) {
    out.push_back(static_cast<std::byte>(value));
  }
  return out;
}

template <class T>
errc refusal(const bytes& data) {
  const auto read = decode<T>(data);
  return read ? errc::none : read.err().code;
}

} // namespace

TEST_CASE("a struct with every kind of field comes back as it was") {
  const auto before = filled<sample>();

  const auto after = decode<sample>(encode(before));

  REQUIRE(after);
  CHECK(*after == before);
  CHECK(same_fields(*after, before));
}

TEST_CASE("fields at their default take no bytes") {
  CHECK(encode(sample{}) == raw({0x80}));
  CHECK(encode(inner{.a = 7, .b = ""}) == raw({0x80}));
  CHECK(encode(inner{.a = 0, .b = "x"}) == raw({0x82, 1, 0, 2, 0xA1, 'x'}));
}

TEST_CASE("an engaged optional travels even when its value is a default") {
  sample value;
  value.maybe = inner{};
  value.number = 0;

  const auto data = encode(value);
  const auto after = decode<sample>(data);

  CHECK(data == raw({0x82, 12, 0x80, 18, 0}));
  REQUIRE(after);
  CHECK(*after == value);
}

TEST_CASE("tokens are little-endian and names are read as they are written in hex") {
  sample value;
  value.tokens = {1, 0x01020304};
  value.hash = {0x0102030405060708ULL, 0x090A0B0C0D0E0F10ULL};

  CHECK(encode(value) == raw({0x82, 11, 0xC4, 16, 1,  2,    3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                              13,   14, 15,   16, 14, 0xC4, 8, 1, 0, 0, 0, 4, 3, 2,  1}));
}

TEST_CASE("an older reader passes over fields it does not know") {
  auto value = filled<sample>();

  const auto old = decode<old_sample>(encode(value));

  REQUIRE(old);
  CHECK(old->flag == value.flag);
  CHECK(old->text == value.text);
}

TEST_CASE("doubled, descending and impossible field numbers are refused") {
  CHECK(refusal<inner>(raw({0x82, 1, 5, 1, 6})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x82, 2, 0xA0, 1, 6})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x81, 0, 6})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x81, 0xCC, 128, 6})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x81, 0xFF, 6})) != errc::none);
  CHECK(refusal<inner>(raw({0x81, 3, 6})) == errc::none);
}

TEST_CASE("integers are taken in any width and refused out of range") {
  CHECK(decode<inner>(raw({0x81, 1, 0xCF, 0, 0, 0, 0, 0, 0, 0, 9}))->a == 9);
  CHECK(decode<inner>(raw({0x81, 1, 0xD0, 9}))->a == 9);
  CHECK(refusal<inner>(raw({0x81, 1, 0xCF, 0, 0, 0, 1, 0, 0, 0, 0})) == errc::invalid_value);
  CHECK(refusal<inner>(raw({0x81, 1, 0xFF})) == errc::invalid_value);
  CHECK(decode<sample>(raw({0x81, 2, 0xD3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x80}))->tiny
        == -128);
  CHECK(refusal<sample>(raw({0x81, 2, 0xD1, 0xFF, 0x7F})) == errc::invalid_value);
  CHECK(refusal<sample>(raw({0x81, 3, 0xCF, 0x80, 0, 0, 0, 0, 0, 0, 0})) == errc::invalid_value);
}

TEST_CASE("an enumerator of a newer version is a typed error that names its field") {
  const auto read = decode<sample>(raw({0x81, 9, 3}));

  REQUIRE(!read);
  CHECK(read.err().code == errc::unknown_type);
  CHECK(read.err().field == "hue");
  CHECK(decode<sample>(raw({0x81, 9, 2}))->hue == color::blue);
  error newer;
  CHECK(decode_into(raw({0x81, 1, 0xCD, 0xFF, 0xFF}), newer));
  CHECK(newer.code == static_cast<errc>(0xFFFF));
}

TEST_CASE("an error names the path to the field") {
  const auto read = decode<sample>(raw({0x81, 13, 0x81, 2, 5}));

  REQUIRE(!read);
  CHECK(read.err().field == "part.b");
  CHECK(read.err().code == errc::malformed);
}

TEST_CASE("text longer than its field and text that is not UTF-8 are refused") {
  CHECK(refusal<inner>(raw({0x81, 2, 0xAB, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'}))
        == errc::too_large);
  CHECK(refusal<inner>(raw({0x81, 2, 0xA2, 0xC0, 0x80})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x81, 2, 0xA1, 0xFF})) == errc::malformed);
}

TEST_CASE("lists longer than their field allows are refused before they are made") {
  CHECK(refusal<sample>(raw({0x81, 17, 0x95, 0xA0, 0xA0, 0xA0, 0xA0, 0xA0})) == errc::too_large);
  sample many_tokens;
  many_tokens.tokens.resize(101);
  CHECK(refusal<sample>(encode(many_tokens)) == errc::too_large);
  sample many_names;
  many_names.names.resize(101);
  CHECK(refusal<sample>(encode(many_names)) == errc::too_large);
  CHECK(refusal<sample>(raw({0x81, 14, 0xC4, 3, 1, 2, 3})) == errc::malformed);
  CHECK(refusal<sample>(raw({0x81, 11, 0xC4, 0})) == errc::malformed);
}

TEST_CASE("counts above the bytes left are refused") {
  CHECK(refusal<sample>(raw({0x81, 16, 0xDD, 0xFF, 0xFF, 0xFF, 0xFF})) == errc::malformed);
  CHECK(refusal<sample>(raw({0xDF, 0xFF, 0xFF, 0xFF, 0xFF})) == errc::malformed);
  CHECK(refusal<sample>(raw({0x81, 7, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF})) == errc::malformed);
  CHECK(refusal<sample>(raw({0x81, 8, 0xC6, 0xFF, 0xFF, 0xFF, 0xFF})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x81, 9, 0xDF, 0xFF, 0xFF, 0xFF, 0xFF})) == errc::malformed);
}

TEST_CASE("a small message cannot make a large one: the byte budget ends it") {
  auto bomb = raw({0x81, 16, 0xDD, 0x00, 0x01, 0x00, 0x00});
  bomb.resize(bomb.size() + 65'536, std::byte{0x80});

  const auto read = decode<sample>(bomb, {.depth_max = 16, .decoded_bytes_max = 65'536});

  REQUIRE(!read);
  CHECK(read.err().code == errc::too_large);
  CHECK(read.err().field == "parts");
}

TEST_CASE("nesting stops at the depth limit, in known and in unknown fields") {
  bytes known;
  bytes unknown = raw({0x81, 9});
  for (int i = 0; i < 1000; ++i) {
    known.insert(known.end(), {std::byte{0x81}, std::byte{1}, std::byte{0x91}});
    unknown.push_back(std::byte{0x91});
  }
  CHECK(refusal<nest>(known) == errc::too_large);
  CHECK(refusal<nest>(unknown) == errc::too_large);
}

TEST_CASE("extension types and bytes after the end are refused") {
  CHECK(refusal<inner>(raw({0x81, 9, 0xD4, 1, 2})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x81, 9, 0xC1})) == errc::malformed);
  CHECK(refusal<inner>(raw({0x80, 0x80})) == errc::malformed);
  CHECK(refusal<inner>({}) == errc::malformed);
}

TEST_CASE("every cut of a message is refused") {
  const auto whole = encode(filled<sample>());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(!decode<sample>(bytes_view(whole).first(size)));
  }
}

TEST_CASE("mutated messages are refused or read, and what is read can be written again") {
  const auto whole = encode(filled<sample>());
  rng draw(20'260'101);
  int read_count = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto mutant = whole;
    for (auto flips = 1 + draw.below(4); flips > 0; --flips) {
      mutant[draw.below(mutant.size())] = static_cast<std::byte>(draw.below(256));
    }
    if (draw.below(4) == 0) {
      mutant.resize(draw.below(mutant.size()) + 1);
    }

    const auto read = decode<sample>(mutant);

    if (read) {
      ++read_count;
      const auto again = decode<sample>(encode(*read));
      REQUIRE(again);
      REQUIRE(encode(*again) == encode(*read));
    } else {
      REQUIRE(read.err().code != errc::none);
      REQUIRE(!read.err().text.empty());
    }
  }
  CHECK(read_count > 1000);
}

TEST_CASE("for_each finds every value of a type, wherever it is") {
  auto value = filled<sample>();
  value.who.actor = 5;
  int seen = 0;

  for_each<actor_ref>(value, [&](actor_ref& ref) {
    ref.session = 9;
    ++seen;
  });
  std::size_t inners = 0;
  for_each<inner>(value, [&](inner&) { ++inners; });

  CHECK(seen == 1);
  CHECK(value.who.session == 9);
  CHECK(inners == 4);
}
