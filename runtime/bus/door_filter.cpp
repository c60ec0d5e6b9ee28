// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/door_filter.hpp"

#include <arpa/inet.h>
#include <cstdint>
#include <cstring>

namespace troupe::zmq_detail {

namespace {

// The filter sees a segment from its TCP header on; the header before is found by SKF_NET_OFF.
constexpr std::uint32_t offset_of_length = 12; // In its upper four bits, of words.
constexpr std::uint32_t offset_of_flags = 13;
constexpr auto offset_of_version = static_cast<std::uint32_t>(SKF_NET_OFF); // In its upper bits.
constexpr std::uint32_t offset_of_v4_source = offset_of_version + 12;
constexpr std::uint32_t offset_of_v6_source = offset_of_version + 8;
constexpr std::uint32_t syn = 0x02;
constexpr std::uint32_t fin_rst = 0x05;

constexpr sock_filter take = BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF);
constexpr sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);

using program = std::vector<sock_filter>;

std::uint32_t word_of(const std::string& network, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, network.data() + at, sizeof word);
  return ntohl(word);
}

program judge_v4(const std::vector<std::string>& barred) {
  program out{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset_of_v4_source)};
  for (const auto& network : barred) {
    if (network.size() == 4) {
      out.insert(out.end(), {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word_of(network, 0), 0, 1), drop});
    }
  }
  out.push_back(take);
  return out;
}

program judge_v6(const std::vector<std::string>& barred) {
  program out;
  for (const auto& network : barred) {
    if (network.size() == 8) {
      out.insert(out.end(), {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset_of_v6_source),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word_of(network, 0), 0, 3),
                             BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset_of_v6_source + 4),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word_of(network, 4), 0, 1), drop});
    }
  }
  out.push_back(take);
  return out;
}

program judge_what_begins(const std::vector<std::string>& barred) {
  const auto v4 = judge_v4(barred);
  const auto v6 = judge_v6(barred);
  program out{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset_of_version),
              BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0),
              BPF_STMT(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(v4.size()))};
  out.insert(out.end(), v4.begin(), v4.end());
  out.insert(out.end(), v6.begin(), v6.end());
  return out;
}

} // namespace

program door_filter(const std::vector<std::string>& barred) {
  program out{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset_of_flags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, fin_rst, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 7, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset_of_length),
      BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1),
      take,
      drop,
  };
  const auto begins = judge_what_begins(barred);
  out.insert(out.end(), begins.begin(), begins.end());
  return out;
}

} // namespace troupe::zmq_detail
