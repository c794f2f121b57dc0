// A small open-addressing map from a non-zero word to a word: the identity maps, which are on every hot path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace caduceus::bridge {

class FlatMap {
 public:
  struct Entry {
    uint64_t key = 0;
    uint64_t value = 0;
  };

  Entry* find(uint64_t key) {
    if (entries_.empty()) return nullptr;
    for (std::size_t i = slot(key);; i = (i + 1) & mask_) {
      if (entries_[i].key == key) return &entries_[i];
      if (entries_[i].key == 0) return nullptr;
    }
  }

  void set(uint64_t key, uint64_t value) {
    if ((size_ + 1) * 4 > entries_.size() * 3) grow();
    for (std::size_t i = slot(key);; i = (i + 1) & mask_) {
      if (entries_[i].key != 0 && entries_[i].key != key) continue;
      if (entries_[i].key == 0) ++size_;
      entries_[i] = {key, value};
      return;
    }
  }

  // Shifts followers back instead of leaving a tombstone, so that a long-lived map never fills up with them.
  void erase(uint64_t key) {
    Entry* entry = find(key);
    if (!entry) return;
    std::size_t hole = static_cast<std::size_t>(entry - entries_.data());
    for (std::size_t i = (hole + 1) & mask_; entries_[i].key != 0; i = (i + 1) & mask_) {
      std::size_t home = slot(entries_[i].key);
      if (((i - home) & mask_) < ((i - hole) & mask_)) continue;
      entries_[hole] = entries_[i];
      hole = i;
    }
    entries_[hole] = {};
    --size_;
  }

  std::size_t size() const { return size_; }
  std::vector<Entry> take() {
    size_ = 0;
    mask_ = 0;
    return std::move(entries_);
  }

 private:
  std::size_t slot(uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ull) >> 20) & mask_;
  }

  void grow() {
    std::vector<Entry> old = std::move(entries_);
    entries_.assign(old.empty() ? 64 : old.size() * 2, {});
    mask_ = entries_.size() - 1;
    size_ = 0;
    for (auto& entry : old) {
      if (entry.key) set(entry.key, entry.value);
    }
  }

  std::vector<Entry> entries_;
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace caduceus::bridge
