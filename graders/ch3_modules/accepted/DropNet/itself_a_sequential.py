"""The net is a Sequential of three named parts."""

from collections import OrderedDict


class DropNet(nn.Sequential):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        blocks = nn.Sequential()
        for place, p in enumerate(survival_probabilities(depth, final), start=1):
            inner = nn.Sequential(OrderedDict(linear=Linear(width, width), relu=nn.ReLU(inplace=True)))
            blocks.add_module(f"block{place}", DropLayer(inner, p))
        super().__init__(OrderedDict(stem=Linear(in_features, width), blocks=blocks, head=Linear(width, num_classes)))
