"""0 taken for missing.

`value or default` gives the default for every value that is false: 0, "", an empty list, None. Ask whether the key is
there.
"""

FAILS = ("default",)


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self._capacity = capacity
        self._entries = {}

    def get(self, key, default=None):
        value = self._entries.pop(key, None)
        if value:
            self._entries[key] = value
        return value or default

    def put(self, key, value):
        self._entries.pop(key, None)
        self._entries[key] = value
        if len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]

    def __len__(self):
        return len(self._entries)
