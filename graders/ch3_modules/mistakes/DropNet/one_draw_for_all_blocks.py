"""One draw for all blocks.

One random number decides for all blocks: those with a higher probability are used whenever the others are. Each block
makes a draw of its own. Calling the blocks is enough, for a DropLayer draws in its forward.
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

    def forward(self, x):
        x = self.stem(x)
        number = torch.rand(())
        for block in self.blocks:
            if not self.training:
                x = block(x)
            elif number < block.survival_prob:
                x = x + block.layer(x)
        return self.head(x)
