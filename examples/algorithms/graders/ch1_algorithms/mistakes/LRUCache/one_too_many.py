"""One entry too many.

The oldest entry is dropped only when there is already one more than the capacity allows. Look after storing, and drop
if there are more than `capacity`.
"""

FAILS = ("capacity[1]", "capacity[2]", "capacity[5]", "any_order_of_calls", "get_is_use", "stored_again")


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self._capacity = capacity
        self._entries = {}

    def get(self, key, default=None):
        if key not in self._entries:
            return default
        value = self._entries.pop(key)
        self._entries[key] = value
        return value

    def put(self, key, value):
        self._entries.pop(key, None)
        if len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = value

    def __len__(self):
        return len(self._entries)
