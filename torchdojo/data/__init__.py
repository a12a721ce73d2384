"""Images: the embedded ones, CIFAR-10, or a folder's."""

from torchdojo.data.choose import load_images
from torchdojo.data.errors import DataError
from torchdojo.data.fashion_mnist import load_fashion_mnist
from torchdojo.data.images import ImageSet
from torchdojo.data.vision import prepare_torchvision

__all__ = ["DataError", "ImageSet", "load_fashion_mnist", "load_images", "prepare_torchvision"]
