"""Looking up does not count.

The entry that was stored first is dropped, even if somebody has just looked it up. In `get`, move the key to the end:
take it out and put it back.
"""

FAILS = ("get_is_use", "used_directly")


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self._capacity = capacity
        self._entries = {}

    def get(self, key, default=None):
        return self._entries.get(key, default)

    def put(self, key, value):
        self._entries.pop(key, None)
        self._entries[key] = value
        if len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]

    def __len__(self):
        return len(self._entries)
