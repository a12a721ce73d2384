"""One dict for all caches.

A dict that is made in the body of the class is made once, and every cache uses it. Make it in `__init__`:
`self._entries = {}`.
"""

FAILS = ("caches_are_separate",)


class LRUCache:
    _entries = {}

    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self._capacity = capacity

    def get(self, key, default=None):
        if key not in self._entries:
            return default
        value = self._entries.pop(key)
        self._entries[key] = value
        return value

    def put(self, key, value):
        self._entries.pop(key, None)
        self._entries[key] = value
        if len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]

    def __len__(self):
        return len(self._entries)
