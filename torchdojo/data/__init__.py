"""Images: the embedded ones, or CIFAR-10."""
