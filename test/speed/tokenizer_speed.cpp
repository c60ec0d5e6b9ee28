// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/detokenizer.hpp"
#include "engine/text/tokenizer.hpp"
#include "engine/text/word_memo.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace troupe::text {
namespace {

constexpr int rounds = 5;

std::string contents(const char* path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

/// The messages of a file in which NUL ends each.
std::vector<std::string> messages_of(const std::string& all) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < all.size();) {
    const auto end = std::min(all.find('\0', at), all.size());
    out.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// Processor seconds of `work`.
template <class Work>
double seconds(const Work& work) {
  const auto begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

struct speeds {
  double cold = 0; ///< Nothing is remembered when a message begins.
  double warm = 0;
  double decode = 0;
};

/// Megabytes per second of processor time; the best of some rounds, so that a neighbour's cache
/// misses do not count.
speeds measure(const tokenizer& with, const std::vector<std::string>& messages) {
  double megabytes = 0;
  std::vector<token_list> tokens;
  for (const auto& message : messages) {
    megabytes += static_cast<double>(message.size()) / 1e6;
    tokens.push_back(with.encode(message));
  }
  speeds best;
  for (int round = 0; round < rounds; ++round) {
    best.warm = std::max(best.warm, megabytes / seconds([&] {
                                      for (const auto& message : messages) {
                                        static_cast<void>(with.encode(message));
                                      }
                                    }));
    best.decode = std::max(best.decode, megabytes / seconds([&] {
                                          std::string out;
                                          for (const auto& one : tokens) {
                                            detokenizer stream(with);
                                            out.clear();
                                            for (const auto token : one) {
                                              stream.push(token, out);
                                            }
                                          }
                                        }));
    // A clock read per message would measure the clock; forgetting is measured apart instead.
    const auto forgetting = seconds([&] {
      for (std::size_t at = 0; at < messages.size(); ++at) {
        word_memo::of_thread().clear();
      }
    });
    const auto both = seconds([&] {
      for (const auto& message : messages) {
        word_memo::of_thread().clear();
        static_cast<void>(with.encode(message));
      }
    });
    best.cold = std::max(best.cold, megabytes / std::max(both - forgetting, 1e-9));
  }
  return best;
}

/// FNV-1a over the little-endian ids of all messages.
unsigned long long fingerprint(const tokenizer& with, const std::vector<std::string>& messages) {
  unsigned long long hash = 0xcbf29ce484222325ULL;
  for (const auto& message : messages) {
    for (const auto token : with.encode(message)) {
      for (unsigned at = 0; at < 4; ++at) {
        hash = (hash ^ (token >> 8U * at & 0xFFU)) * 0x100000001b3ULL;
      }
    }
  }
  return hash;
}

int run(const char* tokenizer_path, const char* messages_path) {
  const auto with = tokenizer::parse(contents(tokenizer_path));
  if (!with) {
    static_cast<void>(std::fprintf(stderr, "%s\n", with.err().text.c_str()));
    return 1;
  }
  const auto messages = messages_of(contents(messages_path));
  const auto found = measure(**with, messages);
  std::printf("%.2f %.2f %.2f %016llx\n", found.cold, found.warm, found.decode,
              fingerprint(**with, messages));
  return 0;
}

} // namespace
} // namespace troupe::text

int main(int count, char** words) {
  if (count != 3) {
    static_cast<void>(std::fprintf(stderr, "usage: tokenizer_speed TOKENIZER_JSON MESSAGES\n"));
    return 2;
  }
  return troupe::text::run(words[1], words[2]);
}
