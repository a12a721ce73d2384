import typing

import torch


def hinted():
    pass


hinted.__annotations__ = {'it': 'torch.nn.' + 'raeniL'[::-1]}
FOUND = typing.get_type_hints(hinted)['it']


class Linear(FOUND):
    pass
