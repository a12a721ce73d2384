"""Room made for a key that is there already.

A full cache drops an entry before it looks whether the key is new. If it is not, nothing has to go. Store first, and
drop only if there are too many then.
"""

FAILS = ("stored_again",)


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
        if len(self._entries) == self._capacity:
            del self._entries[next(iter(self._entries))]
        self._entries.pop(key, None)
        self._entries[key] = value

    def __len__(self):
        return len(self._entries)
