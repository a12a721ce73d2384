"""torchvision's second version of transforms."""

from torchvision.transforms import v2


def make_transform(train):
    last = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean=CIFAR10_MEAN, std=CIFAR10_STD)]
    first = [v2.RandomCrop(32, padding=4, fill=0), v2.RandomHorizontalFlip(p=0.5)] if train else []
    return v2.Compose([*first, *last])
