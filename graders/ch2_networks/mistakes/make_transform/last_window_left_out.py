"""The last window left out.

A border of 4 on each side makes 40 pixels, and a window of 32 can begin at 0 … 8: nine places. `torch.randint(0, 8, …)`
never gives 8, because its upper end is excluded.
Read: torch.randint · https://docs.pytorch.org/docs/stable/generated/torch.randint.html
"""

FAILS = ("every_window_is_as_likely",)


def make_transform(train):
    normal = transforms.Normalize(CIFAR10_MEAN, CIFAR10_STD)

    def look(picture):
        x = transforms.functional.to_tensor(picture)
        if train:
            top, left = torch.randint(0, 8, (2,)).tolist()
            x = F.pad(x, (4, 4, 4, 4))[:, top : top + 32, left : left + 32]
            x = x.flip(2) if torch.rand(()) < 0.5 else x
        return normal(x)

    return look
