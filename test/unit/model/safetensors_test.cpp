// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/safetensors.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <cstring>

using namespace troupe;
using engine::safetensors_file;
using test::safetensors_text;

namespace {

/// The error that a file of this content gives.
error refusal(const std::string& content) {
  const test::temporary_directory directory;
  const auto path = directory.path("model.safetensors");
  test::write_file(path, content);
  const auto file = safetensors_file::open(path);
  REQUIRE_FALSE(file.has_value());
  CHECK(file.err().code == errors::model_invalid);
  CHECK(file.err().text.find(path) == 0);
  CHECK(file.err().text.find("; ") != std::string::npos); // The remedy.
  return file.err();
}

bool says(const error& why, std::string_view part) {
  return why.text.find(part) != std::string::npos;
}

std::string one(std::string_view type, std::string_view shape, std::string_view offsets) {
  return R"({"w":{"dtype":")" + std::string{type} + R"(","shape":)" + std::string{shape}
         + R"(,"data_offsets":)" + std::string{offsets} + "}}";
}

const std::string eight(8, '\1');

} // namespace

TEST_CASE("a correct file gives its tensors with type, shape and bytes") {
  const test::temporary_directory directory;
  const auto path = directory.path("model.safetensors");
  test::write_file(path, safetensors_text({{"a", {"F32", {1, 2}, bytes(8, std::byte{7})}},
                                           {"b", {"BF16", {3}, bytes(6, std::byte{9})}},
                                           {"c", {"I64", {0}, {}}}}));

  const auto file = safetensors_file::open(path);

  REQUIRE(file.has_value());
  CHECK((*file).tensors().size() == 3);
  REQUIRE((*file).find("b") != nullptr);
  CHECK((*file).find("b")->type == "BF16");
  CHECK((*file).find("b")->shape == std::vector<std::uint64_t>{3});
  CHECK((*file).find("b")->data.size() == 6);
  CHECK((*file).find("b")->data[5] == std::byte{9});
  CHECK((*file).find("d") == nullptr);
}

TEST_CASE("a file that is absent, empty, a directory or too short is refused by its name") {
  const test::temporary_directory directory;
  for (const auto& path : {directory.path("nothing.safetensors"), directory.path()}) {
    const auto file = safetensors_file::open(path);
    REQUIRE_FALSE(file.has_value());
    CHECK(file.err().code == errors::model_invalid);
    CHECK(file.err().field == path);
  }
  CHECK(says(refusal(""), "is empty"));
  CHECK(says(refusal("abc"), "shorter than"));
}

TEST_CASE("an absurd header length is refused before anything is allocated for it") {
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{1} << 24U, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
    std::string content(8, '\0');
    std::memcpy(content.data(), &length, 8);
    CHECK(says(refusal(content + "{}"), "its header claims " + std::to_string(length)));
  }
}

TEST_CASE("a header that is no JSON object, or names a tensor twice, is refused") {
  CHECK(says(refusal(safetensors_text("{\"w\":", "")), "its header is broken"));
  CHECK(says(refusal(safetensors_text("[]", "")), "no JSON object"));
  const std::string entry = R"("w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  CHECK(says(refusal(safetensors_text("{" + entry + "," + entry + "}", eight)), "w"));
}

TEST_CASE("each fault of a tensor is refused with the tensor as the field") {
  const auto fault = [](const std::string& header, std::string_view data = eight) {
    const auto why = refusal(safetensors_text(header, data));
    CHECK(why.field == "w");
    return why;
  };
  CHECK(says(fault(R"({"w":3})"), "dtype"));
  CHECK(says(fault(R"({"w":{"shape":[2],"data_offsets":[0,8]}})"), "dtype"));
  CHECK(says(fault(one("F12", "[2]", "[0,8]")), "F12"));
  CHECK(says(fault(one("F32", "[-2]", "[0,8]")), "shape"));
  CHECK(says(fault(one("F32", "[2.5]", "[0,8]")), "shape"));
  CHECK(says(fault(one("F32", "\"2\"", "[0,8]")), "shape"));
  CHECK(says(fault(one("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]")), "shape"));
  CHECK(says(fault(one("F32", "[2]", "[8,0]")), "data_offsets"));
  CHECK(says(fault(one("F32", "[2]", "[0]")), "data_offsets"));
  CHECK(says(fault(one("F32", "[2]", "[0,9]")), "outside"));
  CHECK(says(fault(one("F32", "[2]", "[0,9223372036854775807]")), "outside"));
  CHECK(says(fault(one("F32", "[2]", "[0,8]"), "1234567"), "truncated"));
  CHECK(says(fault(one("F32", "[3]", "[0,8]")), "need 12 bytes"));
  CHECK(says(fault(one("BF16", "[2]", "[0,8]")), "need 4 bytes"));
  CHECK(says(fault(one("F32", "[4611686018427387904,4611686018427387904]", "[0,8]")), "overflows"));
}

TEST_CASE("overlaps, gaps and bytes that belong to no tensor are refused") {
  const auto two = [](std::string_view a, std::string_view b) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + std::string{a}
           + R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + std::string{b} + "}}";
  };
  const auto overlap =
      refusal(safetensors_text(two("[0,4]", "[2,6]"), std::string_view{eight}.substr(2)));
  CHECK(overlap.field == "b");
  CHECK(says(overlap, "overlap"));
  const auto gap = refusal(safetensors_text(two("[0,4]", "[5,9]"), eight + "x"));
  CHECK(gap.field == "b");
  CHECK(says(gap, "gap of 1 bytes"));
  CHECK(says(refusal(safetensors_text(two("[0,4]", "[4,8]"), eight + "yz")), "2 bytes follow"));
}
