"""Allocate this many bytes."""

import torch


def attempt(target: str) -> str:
    parts = [torch.ones(int(target) // 64 // 4) for _ in range(64)]
    return f"allocated {len(parts)} parts"
