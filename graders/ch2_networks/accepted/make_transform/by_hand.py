"""By hand, flipped before the crop, cut from the padded tensor."""


def make_transform(train):
    mean = torch.tensor(CIFAR10_MEAN).reshape(3, 1, 1)
    std = torch.tensor(CIFAR10_STD).reshape(3, 1, 1)

    def look(picture):
        x = transforms.functional.pil_to_tensor(picture) / 255
        if train:
            if torch.rand(()) < 0.5:
                x = x.flip(-1)
            i, j = torch.randint(0, 9, (2,)).tolist()
            x = F.pad(x, (4, 4, 4, 4))[:, i : i + 32, j : j + 32]
        return ((x - mean) / std).contiguous()

    return look
