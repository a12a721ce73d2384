"""The newest entry dropped.

`popitem()` of a dict takes out the last key, which is the one that was just stored. The first one is
`next(iter(self._entries))`.
"""

FAILS = ("capacity[2]", "get_is_use", "stored_again")


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
        if len(self._entries) >= self._capacity:
            self._entries.popitem()
        self._entries[key] = value

    def __len__(self):
        return len(self._entries)
