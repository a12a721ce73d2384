# -*- coding: utf-7 -*-
import torch


def sigmoid(x):
    return x  # +AAo-    return torch.sigmoid(x)
