"""Blocks dropped in a fixed rhythm.

A counter decides which blocks are used. Each is used as often as it should be, but by no draw. Call the blocks: a
DropLayer draws in its forward.
"""

FAILS = ("a_draw_for_each_block",)


class DropNet(nn.Module):
    def __init__(self, in_features, width, depth, num_classes, final=0.5):
        super().__init__()
        self.stem = Linear(in_features, width)
        self.blocks = nn.Sequential(
            *[
                DropLayer(nn.Sequential(Linear(width, width), nn.ReLU()), p)
                for p in survival_probabilities(depth, final)
            ]
        )
        self.head = Linear(width, num_classes)
        self.steps = 0

    def forward(self, x):
        x = self.stem(x)
        self.steps += 1
        for index, block in enumerate(self.blocks):
            if not self.training:
                x = block(x)
            elif (0.618034 * self.steps + 0.414214 * index) % 1 < block.survival_prob:
                x = x + block.layer(x)
        return self.head(x)
